/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/error.h"
#include "pool/inflight.h"

static struct job slot_job(struct slot *slot)
{
	return (struct job){.bytes = slot->bytes,
	                    .length = (size_t)slot->length,
	                    .priority = slot->priority};
}

static uint64_t slot_hash(struct slot *slot)
{
	struct job job = slot_job(slot);
	return job_hash(&job);
}

/* The number of messages in flight that are equal to it. */
static uint64_t inflight_copies(const struct inflight *inflight, struct slot *slot)
{
	uint64_t hash = slot_hash(slot), copies = 0;
	for (size_t i = 0; i < inflight->count; i++)
		copies += inflight->hashes[i] == hash;
	/* another process added it: the number is unknown */
	return copies > 0 ? copies : UINT64_MAX;
}

/* False: another process has filled the queue. */
static bool inflight_send_slots(struct inflight *inflight, enum slot_state state)
{
	struct slot *slot;
	while ((slot = slots_find(&inflight->slots, state)) != NULL)
		if (slots_send(&inflight->slots, slot, &inflight->queue,
		               inflight_copies(inflight, slot)) < 0)
			return false;
	return true;
}

static enum status inflight_error(const struct inflight *inflight)
{
	const char *name = inflight->name.text;
	if (errno == EFAULT)
		return error_truncated(inflight->slots.name.text);
	if (errno != EAGAIN && errno != ENOBUFS)
		return error_errno("%s", name);
	return error_as(STATUS_FAILED, "%s: full: another process added messages", name);
}

/*
 * Was the name of an object removed? Then the next process would not find it. Was it
 * truncated? Then the kernel could not write a message into a slot. If the system does
 * not say, it was not: false.
 */
static bool is_unlinked(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 && st.st_nlink == 0;
}

static bool is_shorter(const struct stat *st, const struct slots *slots)
{
	return st->st_size < (off_t)slots->mapping.length;
}

static bool is_truncated(const struct slots *slots)
{
	struct stat st;
	return fstat(slots->segment.fd, &st) == 0 && is_shorter(&st, slots);
}

/* ------------------------------------------------------------ begin and end */

/* Was it sent already? Then one more equal message exists than was noted. */
static bool inflight_was_sent(const struct inflight *inflight, struct slot *sent)
{
	uint64_t hash = slot_hash(sent), found = 1;
	for (size_t i = 0; i < inflight->slots.count; i++) {
		struct slot *slot = slots_at(&inflight->slots, i);
		found += slot->state == SLOT_ORPHANED && slot_hash(slot) == hash;
	}
	return found > sent->copies;
}

/*
 * Receive all messages of the queue into slots. A message that was being sent may be in a
 * slot and on the queue: if the queue was full, no slot is left when the last one has
 * been received.
 */
static enum status inflight_receive_all(struct inflight *inflight)
{
	struct queue_facts facts;
	struct slot *slot;
	while ((slot = slots_receive(&inflight->slots, &inflight->queue)) != NULL)
		slot_set_state(slot, SLOT_ORPHANED);
	if (errno == EAGAIN)
		return STATUS_OK;
	if (errno != ENOBUFS)
		return inflight_error(inflight);
	enum status status = queue_facts(&inflight->queue, &facts);
	if (status != STATUS_OK || facts.messages == 0)
		return status;
	errno = ENOBUFS;
	return inflight_error(inflight);
}

static void inflight_hash_slots(struct inflight *inflight)
{
	inflight->count = 0;
	for (size_t i = 0; i < inflight->slots.count; i++)
		if (slots_at(&inflight->slots, i)->state != SLOT_EMPTY)
			inflight->hashes[inflight->count++] =
			    slot_hash(slots_at(&inflight->slots, i));
}

/* qsort(3): which is to be received later? */
static int compare_orphans(const void *a, const void *b)
{
	const struct inflight_orphan *one = a, *other = b;
	if (one->priority != other->priority)
		return one->priority < other->priority ? -1 : 1;
	if (one->sequence != other->sequence)
		return one->sequence > other->sequence ? -1 : 1;
	return one->slot > other->slot ? -1 : 1;
}

static void inflight_sort_orphans(struct inflight *inflight)
{
	for (size_t i = 0; i < inflight->slots.count; i++) {
		struct slot *slot = slots_at(&inflight->slots, i);
		if (slot->state == SLOT_ORPHANED)
			inflight->orphans[inflight->waiting++] = (struct inflight_orphan){
			    slot->priority, (uint32_t)i, slot->sequence};
	}
	qsort(inflight->orphans, inflight->waiting, sizeof *inflight->orphans,
	      compare_orphans);
}

/* Move the messages that an earlier process had in flight into slots, each one once. */
static enum status inflight_recover(struct inflight *inflight)
{
	struct slots *slots = &inflight->slots;
	struct slot *slot;
	enum status status = inflight_receive_all(inflight);
	if (status != STATUS_OK)
		return status;
	while ((slot = slots_find(slots, SLOT_SENDING)) != NULL)
		if (inflight_was_sent(inflight, slot))
			slots_clear(slots, slot);
		else
			slot_set_state(slot, SLOT_ORPHANED);
	inflight_hash_slots(inflight);
	inflight_sort_orphans(inflight);
	inflight->orphaned = inflight->waiting;
	return STATUS_OK;
}

static enum status inflight_check(const struct inflight *inflight,
                                  const struct queue *from, int64_t workers)
{
	const struct queue *queue = &inflight->queue;
	if (!queue->may_send) {
		errno = EACCES;
		return inflight_error(inflight);
	}
	if (queue->depth >= workers && queue->size >= from->size)
		return STATUS_OK;
	return error_as(STATUS_FAILED,
	                "%s: too small for %s: depth %lld, message size %lld (required: "
	                "%lld, %lld)",
	                inflight->name.text, from->name->text, (long long)queue->depth,
	                (long long)queue->size, (long long)workers,
	                (long long)from->size);
}

static enum status inflight_open_slots(struct inflight *inflight)
{
	int64_t depth = inflight->queue.depth, held = inflight->held;
	struct slots_depth slots = {.wanted = held > depth ? held : depth,
	                            .least = held > 0 ? 1 : depth};
	enum status status = slots_open(&inflight->slots, &inflight->queue, &slots);
	inflight->capacity = (size_t)(held > 0 ? held : depth);
	if (status == STATUS_OK && inflight->slots.count <= inflight->capacity)
		inflight->capacity = inflight->slots.count - 1;
	return status;
}

enum status inflight_begin(struct inflight *inflight, const char *text,
                           const struct queue *from, const struct name *dead_letter,
                           int64_t workers)
{
	const struct name *name = &inflight->name;
	enum status status = name_parse(&inflight->name, NAME_QUEUE, text);
	if (status != STATUS_OK)
		return status;
	if (name->family != NAME_FAMILY_POSIX ||
	    strcmp(name->text, from->name->text) == 0 ||
	    strcmp(name->text, dead_letter->text) == 0)
		return error_usage("%s: --in-flight requires another POSIX queue",
		                   name->text);
	status = queue_open(&inflight->queue, name, QUEUE_RECEIVE);
	if (status == STATUS_OK)
		status = inflight_check(inflight, from, inflight->held > 0 ? 1 : workers);
	if (status == STATUS_OK)
		status = inflight_open_slots(inflight);
	if (status != STATUS_OK)
		return status;
	inflight->hashes = calloc(inflight->slots.count, sizeof *inflight->hashes);
	inflight->orphans = calloc(inflight->slots.count, sizeof *inflight->orphans);
	if (inflight->hashes == NULL || inflight->orphans == NULL)
		return error_errno("%s", name->text);
	struct sigbus sigbus;
	slots_begin_access(&inflight->slots, &sigbus);
	status = inflight_recover(inflight);
	return slots_end_access(&inflight->slots, &sigbus, status);
}

static void inflight_send_all(struct inflight *inflight)
{
	if (inflight->numbered)
		return;
	if (inflight->held > 0)
		inflight_hash_slots(inflight);
	if (inflight_send_slots(inflight, SLOT_HELD))
		inflight_send_slots(inflight, SLOT_ORPHANED);
}

/*
 * Put the messages whose jobs are not done back on the queue; those for which it has no
 * room stay in the slots, and all if it was removed. Report how many, and where they are.
 */
static void inflight_release(struct inflight *inflight)
{
	struct queue_facts facts = {0};
	const char *name = inflight->name.text;
	if (is_unlinked(inflight->queue.fd))
		while (slots_receive(&inflight->slots, &inflight->queue) != NULL)
			continue;
	else
		inflight_send_all(inflight);
	if (!is_unlinked(inflight->queue.fd))
		queue_facts(&inflight->queue, &facts);
	size_t held = slots_used(&inflight->slots);
	if (facts.messages > 0)
		error_as(STATUS_OK, "%s: messages left on the queue: %lld", name,
		         (long long)facts.messages);
	if (held > 0)
		error_as(STATUS_OK,
		         is_unlinked(inflight->slots.segment.fd)
		             ? "%s: messages lost, %s was removed: %zu"
		             : "%s: messages left in %s: %zu",
		         name, inflight->slots.name.text, held);
}

enum status inflight_end(struct inflight *inflight)
{
	enum status status = STATUS_OK;
	if (inflight->slots.count > 0) {
		struct sigbus sigbus;
		slots_begin_access(&inflight->slots, &sigbus);
		inflight_release(inflight);
		slots_end_access(&inflight->slots, &sigbus, STATUS_OK);
		status = slots_close(&inflight->slots);
	}
	if (inflight->queue.fd >= 0)
		queue_close(&inflight->queue);
	free(inflight->hashes);
	free(inflight->orphans);
	return status;
}

/* ----------------------------------------------------------------- messages */

bool inflight_has_orphan(const struct inflight *inflight)
{
	/* those that are not waiting are on the queue, and may fill it */
	return inflight->waiting > 0 &&
	       (inflight->held > 0 ||
	        inflight->count - inflight->waiting < (size_t)inflight->queue.depth);
}

bool inflight_is_full(const struct inflight *inflight)
{
	return inflight->count >= inflight->capacity;
}

static struct slot *inflight_next_orphan(struct inflight *inflight)
{
	while (inflight->waiting > 0) {
		size_t i = inflight->orphans[--inflight->waiting].slot;
		if (slots_at(&inflight->slots, i)->state == SLOT_ORPHANED)
			return slots_at(&inflight->slots, i);
	}
	return NULL;
}

static void inflight_count(struct inflight *inflight, struct slot *slot)
{
	if (inflight->held == 0)
		inflight->hashes[inflight->count] = slot_hash(slot);
	inflight->count++;
}

/* The message stays in its slot. */
static void hold_in_slot(struct inflight *inflight, struct slot *slot, struct job *job)
{
	slots_number(&inflight->slots, slot);
	slot_set_state(slot, SLOT_HELD);
	job->sequence = slot->sequence;
	job->slot = slots_index(&inflight->slots, slot);
}

static enum status receive_in_slot(struct inflight *inflight, const struct queue *from,
                                   struct job *job)
{
	struct slot *slot = inflight_next_orphan(inflight);
	if (slot == NULL) {
		slot = slots_receive(&inflight->slots, from);
		if (slot == NULL && errno != EAGAIN)
			return errno == EFAULT
			           ? error_truncated(inflight->slots.name.text)
			           : queue_error(from, QUEUE_RECEIVING, "");
		if (slot == NULL)
			return STATUS_WOULD_BLOCK;
		inflight_count(inflight, slot);
	}
	memcpy(job->bytes, slot->bytes, slot->length);
	job->length = (size_t)slot->length;
	job->priority = slot->priority;
	if (inflight->held > 0)
		hold_in_slot(inflight, slot, job);
	else if (slots_send(&inflight->slots, slot, &inflight->queue,
	                    inflight_copies(inflight, slot)) < 0)
		return inflight_error(inflight);
	return STATUS_OK;
}

/* For each message: one system call for the slots, whose answer has both. */
static enum status inflight_check_objects(const struct inflight *inflight)
{
	const struct slots *slots = &inflight->slots;
	struct stat st;
	bool known = fstat(slots->segment.fd, &st) == 0;
	if ((known && st.st_nlink == 0) || is_unlinked(inflight->queue.fd))
		return error_as(STATUS_FAILED, "%s: it or %s was removed",
		                inflight->name.text, slots->name.text);
	/* a message that the kernel cannot write into a slot is lost */
	return known && is_shorter(&st, slots) ? error_truncated(slots->name.text)
	                                       : STATUS_OK;
}

enum status inflight_receive(struct inflight *inflight, const struct queue *from,
                             struct job *job)
{
	struct sigbus sigbus;
	enum status status = inflight_check_objects(inflight);
	if (status != STATUS_OK)
		return status;
	slots_begin_access(&inflight->slots, &sigbus);
	status = receive_in_slot(inflight, from, job);
	return slots_end_access(&inflight->slots, &sigbus, status);
}

static bool slot_equals_job(const struct slot *slot, const struct job *job)
{
	return slot->priority == job->priority && slot->length == job->length &&
	       memcmp(slot->bytes, job->bytes, job->length) == 0;
}

static void inflight_forget(struct inflight *inflight, uint64_t hash)
{
	for (size_t i = 0; i < inflight->count; i++)
		if (inflight->hashes[i] == hash) {
			inflight->hashes[i] = inflight->hashes[--inflight->count];
			return;
		}
}

static enum status remove_in_slots(struct inflight *inflight, const struct job *job)
{
	struct slot *slot;
	bool found = false;
	while (!found &&
	       (slot = slots_receive(&inflight->slots, &inflight->queue)) != NULL) {
		found = slot_equals_job(slot, job);
		if (found)
			slots_clear(&inflight->slots, slot);
	}
	int error = errno;
	inflight_forget(inflight, job_hash(job));
	if (!inflight_send_slots(inflight, SLOT_HELD))
		return inflight_error(inflight);
	if (found)
		return STATUS_OK;
	errno = error;
	return error != EAGAIN
	           ? inflight_error(inflight)
	           : error_as(STATUS_FAILED, "%s: another process removed messages",
	                      inflight->name.text);
}

static enum status remove_held(struct inflight *inflight, const struct job *job)
{
	struct slot *slot = slots_at(&inflight->slots, job->slot);
	inflight->count--;
	/* truncated by another process: the message is not there any more */
	if (slot->state == SLOT_HELD)
		slots_clear(&inflight->slots, slot);
	return STATUS_OK;
}

enum status inflight_remove(struct inflight *inflight, const struct job *job)
{
	struct sigbus sigbus;
	if (inflight->held > 0 && inflight->guard != NULL)
		return remove_held(inflight, job);
	if (inflight->held > 0) {
		slots_begin_access(&inflight->slots, &sigbus);
		return slots_end_access(&inflight->slots, &sigbus,
		                        remove_held(inflight, job));
	}
	if (is_truncated(&inflight->slots)) {
		inflight_forget(inflight, job_hash(job));
		return error_truncated(inflight->slots.name.text);
	}
	slots_begin_access(&inflight->slots, &sigbus);
	enum status status = remove_in_slots(inflight, job);
	return slots_end_access(&inflight->slots, &sigbus, status);
}

void inflight_begin_removal(struct inflight *inflight, struct sigbus *guard)
{
	inflight->guard = guard;
	slots_begin_access(&inflight->slots, guard);
}

enum status inflight_end_removal(struct inflight *inflight)
{
	struct sigbus *guard = inflight->guard;
	inflight->guard = NULL;
	return slots_end_access(&inflight->slots, guard, STATUS_OK);
}

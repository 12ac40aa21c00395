/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "io/error.h"
#include "io/owner.h"
#include "lock/lock.h"
#include "pool/slots.h"

enum { FILL_BYTE = 0xc1 /* the lead byte of an overlong form in UTF-8 */ };

/* --------------------------------------------------------------- one slot */

/*
 * If the process is killed, the next one finds the stores before this, and none of those
 * after it: the fences are for the compiler.
 */
static void fence(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

void slot_set_state(struct slot *slot, enum slot_state state)
{
	fence();
	__atomic_store_n(&slot->state, state, __ATOMIC_SEQ_CST);
	fence();
}

void slots_clear(struct slots *slots, struct slot *slot)
{
	slot_set_state(slot, SLOT_EMPTY);
	memset(slot->bytes, FILL_BYTE, slot->length);
	slots->empty[slots->empty_count++] = (uint32_t)slots_index(slots, slot);
}

static struct slot_header *slots_header(const struct slots *slots)
{
	return slots->mapping.address;
}

void slots_number(const struct slots *slots, struct slot *slot)
{
	uint64_t *next = &slots_header(slots)->next, number = *next;
	if (slot->sequence != 0)
		return;
	*next = number + 1;
	fence();
	slot->sequence = number;
}

struct slot *slots_at(const struct slots *slots, size_t index)
{
	return (struct slot *)(void *)((char *)slots->mapping.address +
	                               sizeof(struct slot_header) +
	                               index * slots->stride);
}

size_t slots_index(const struct slots *slots, const struct slot *slot)
{
	return (size_t)((const char *)slot - (const char *)slots_at(slots, 0)) /
	       slots->stride;
}

struct slot *slots_find(const struct slots *slots, enum slot_state state)
{
	for (size_t i = 0; i < slots->count; i++)
		if (slots_at(slots, i)->state == state)
			return slots_at(slots, i);
	return NULL;
}

size_t slots_used(const struct slots *slots)
{
	size_t count = 0;
	for (size_t i = 0; i < slots->count; i++)
		count += slots_at(slots, i)->state != SLOT_EMPTY;
	return count;
}

struct slot *slots_receive(struct slots *slots, const struct queue *from)
{
	/* a moment of CLOCK_REALTIME that has passed: the call does not wait */
	struct timespec expired = {0};
	if (slots->empty_count == 0) {
		errno = ENOBUFS;
		return NULL;
	}
	struct slot *slot = slots_at(slots, slots->empty[slots->empty_count - 1]);
	slot->priority = SLOT_NO_PRIORITY;
	slot->sequence = 0;
	slot_set_state(slot, SLOT_RECEIVING);
	ssize_t length = mq_timedreceive((mqd_t)from->fd, slot->bytes, slots->size,
	                                 &slot->priority, &expired);
	if (length < 0) {
		slot_set_state(slot, SLOT_EMPTY);
		if (errno == ETIMEDOUT)
			errno = EAGAIN;
		return NULL;
	}
	slots->empty_count--;
	slot->length = (uint64_t)length;
	slot_set_state(slot, SLOT_HELD);
	return slot;
}

int slots_send(struct slots *slots, struct slot *slot, const struct queue *queue,
               uint64_t copies)
{
	slot->copies = copies;
	slot_set_state(slot, SLOT_SENDING);
	if (queue_send(queue, slot->bytes, slot->length, slot->priority, &DEADLINE_NOW) <
	    0) {
		slot_set_state(slot, SLOT_HELD);
		return -1;
	}
	slots_clear(slots, slot);
	return 0;
}

/* Determine the state in which the last process left it. */
static void slot_recover(struct slot *slot, size_t size)
{
	if (slot->state == SLOT_RECEIVING && slot->priority == SLOT_NO_PRIORITY)
		slot->state = SLOT_EMPTY;
	if (slot->state == SLOT_EMPTY) {
		memset(slot->bytes, FILL_BYTE, size);
		return;
	}
	if (slot->state == SLOT_RECEIVING)
		for (slot->length = size; slot->length > 0; slot->length--)
			if ((unsigned char)slot->bytes[slot->length - 1] != FILL_BYTE)
				break;
	if (slot->state != SLOT_SENDING)
		slot_set_state(slot, SLOT_ORPHANED);
}

/* ------------------------------------------------------------ open and close */

static enum status slots_damaged(const struct slots *slots)
{
	return error_as(STATUS_FAILED, "%s: damaged or foreign: not as mqrecv leaves it",
	                slots->name.text);
}

void slots_begin_access(const struct slots *slots, struct sigbus *sigbus)
{
	sigbus_begin(sigbus, slots->mapping.base, slots->mapping.length);
}

enum status slots_end_access(const struct slots *slots, struct sigbus *sigbus,
                             enum status status)
{
	if (sigbus_end(sigbus, 0) == 0)
		return status;
	if (status != STATUS_OK && status != STATUS_WOULD_BLOCK)
		return status;
	return error_truncated(slots->name.text);
}

/* Lock and map the object; *again: it was removed before the lock was acquired. */
static enum status slots_lock(struct slots *slots, bool *again)
{
	/* a child of a killed process has the lock until it executes its command */
	static const struct lock_attributes whole = {.api = LOCK_FLOCK};
	struct deadline deadline = deadline_in(1000000000);
	struct stat st;
	const char *name = slots->name.text;
	if (lock_acquire(slots->segment.fd, &whole, &deadline) < 0)
		return errno == ETIMEDOUT ? error_as(STATUS_WOULD_BLOCK,
		                                     "%s: in use by another mqrecv", name)
		                          : error_errno("%s", name);
	if (fstat(slots->segment.fd, &st) < 0)
		return error_errno("%s", name);
	*again = st.st_nlink == 0;
	if (*again)
		return STATUS_OK;
	if (!owner_is_private_file(&st))
		return error_as(STATUS_FAILED,
		                "%s: damaged or foreign: not a private file of this user",
		                name);
	if (st.st_size == 0)
		return slots_damaged(slots);
	return segment_map(&slots->mapping, &slots->segment, 0, (size_t)st.st_size);
}

bool slots_load(struct slots *slots, void *memory, size_t length, const char *queue)
{
	struct slot_header header;
	if (!slot_memory_is_valid(memory, (int64_t)length, queue, &header))
		return false;
	slots->empty = malloc((size_t)header.count * sizeof *slots->empty);
	if (slots->empty == NULL)
		return false;
	slots->mapping.address = memory;
	slots->count = (size_t)header.count;
	slots->size = (size_t)header.size;
	slots->stride = slot_stride(&header);
	slots->created = header.created;
	/* the first one is used first, so that what is recovered keeps its order */
	for (size_t i = slots->count; i-- > 0;) {
		slot_recover(slots_at(slots, i), slots->size);
		if (slots_at(slots, i)->state == SLOT_EMPTY)
			slots->empty[slots->empty_count++] = (uint32_t)i;
	}
	return true;
}

/* The slots to open. */
struct slots_plan {
	struct slot_header header; /* of new slots */
	const struct queue *queue;
	const struct slots_depth *depth;
};

/* Slots with messages, of another number: is it enough? A failure is reported. */
static enum status slots_check_room(const struct slots *slots,
                                    const struct slots_plan *plan, bool *enough)
{
	struct queue_facts facts;
	enum status status = queue_facts(plan->queue, &facts);
	*enough = status == STATUS_OK && slots->size == plan->header.size &&
	          slots->count > (size_t)plan->depth->least &&
	          slots_used(slots) + (size_t)facts.messages <= slots->count;
	return status;
}

/*
 * They may have been created for an earlier queue of this name with other attributes, or
 * to hold more or fewer messages. Then they are removed if they are empty (*again).
 */
static enum status slots_load_mapping(struct slots *slots, const struct slots_plan *plan,
                                      bool *again)
{
	const struct slot_header *wanted = &plan->header;
	bool enough;
	/* a killed process may fail to fault in a page, and with it the system call */
	(void)mlock(slots->mapping.base, slots->mapping.length);
	errno = 0;
	if (!slots_load(slots, slots->mapping.address, slots->mapping.length,
	                wanted->queue))
		return errno == ENOMEM ? error_errno("%s", slots->name.text)
		                       : slots_damaged(slots);
	if (slots->count == wanted->count && slots->size == wanted->size)
		return STATUS_OK;
	*again = slots_used(slots) == 0;
	if (*again)
		return STATUS_OK;
	enum status status = slots_check_room(slots, plan, &enough);
	if (status != STATUS_OK || enough)
		return status;
	return error_as(
	    STATUS_FAILED,
	    "%s: holds messages of an earlier %s with depth %zu, message size "
	    "%zu: %zu",
	    slots->name.text, wanted->queue, slots->count - 1, slots->size,
	    slots_used(slots));
}

static enum status slots_load_guarded(struct slots *slots, const struct slots_plan *plan,
                                      bool *again)
{
	struct sigbus sigbus;
	slots_begin_access(slots, &sigbus);
	enum status status = slots_load_mapping(slots, plan, again);
	return slots_end_access(slots, &sigbus, status);
}

static enum status slots_try_open(struct slots *slots, const struct slots_plan *plan,
                                  bool *again)
{
	const struct slot_header *header = &plan->header;
	struct segment_attributes attributes = {.size = slot_memory_bytes(header),
	                                        .mode = {.bits = 0600},
	                                        .reserve = true,
	                                        .contents = header,
	                                        .contents_length = sizeof *header};
	enum status status =
	    segment_open_or_create(&slots->segment, &slots->name, &attributes);
	if (status != STATUS_OK)
		return status;
	status = slots_lock(slots, again);
	if (status == STATUS_OK && !*again)
		status = slots_load_guarded(slots, plan, again);
	if (status != STATUS_OK || *again)
		slots_close(slots);
	return status;
}

uint64_t slots_nonce(void)
{
	uint64_t number;
	struct timespec now;
	if (getrandom(&number, sizeof number, GRND_NONBLOCK) == (ssize_t)sizeof number)
		return number;
	/* no random numbers yet: the system has just been started */
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec << 32 ^ (uint64_t)now.tv_nsec ^
	       (uint64_t)getpid() << 16;
}

enum status slots_open(struct slots *slots, const struct queue *queue,
                       const struct slots_depth *depth)
{
	char text[sizeof slots->name.text + sizeof ".in-flight"];
	struct slots_plan plan = {
	    .header = slot_header_of(queue->name->text, depth->wanted, queue->size),
	    .queue = queue,
	    .depth = depth,
	};
	bool again = true;
	plan.header.created = slots_nonce();
	snprintf(text, sizeof text, "%s.in-flight", queue->name->text);
	enum status status = name_parse(&slots->name, NAME_MEMORY, text);
	while (status == STATUS_OK && again)
		status = slots_try_open(slots, &plan, &again);
	return status;
}

enum status slots_close(struct slots *slots)
{
	enum status status = STATUS_OK;
	struct sigbus sigbus;
	slots_begin_access(slots, &sigbus);
	bool empty = slots->count > 0 && slots_used(slots) == 0;
	if (sigbus_end(&sigbus, 0) == 0 && empty)
		status = segment_unlink(&slots->name, true);
	if (slots->mapping.address != NULL)
		segment_unmap(&slots->mapping);
	segment_close(&slots->segment);
	free(slots->empty);
	*slots = (struct slots){.name = slots->name, .segment.fd = -1};
	return status;
}

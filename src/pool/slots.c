#include <errno.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/deadline.h"
#include "io/error.h"
#include "io/owner.h"
#include "lock/lock.h"
#include "pool/slots.h"

enum { FILL_BYTE = 0xc1 /* the lead byte of an overlong form in UTF-8 */ };

/* --------------------------------------------------------------- one slot */

/*
 * If the process is killed, the next one finds the stores before this one, and none of
 * those after it: the fences are for the compiler.
 */
void slot_set_state(struct slot *slot, enum slot_state state)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&slot->state, state, __ATOMIC_SEQ_CST);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

void slot_clear(struct slot *slot)
{
	slot_set_state(slot, SLOT_EMPTY);
	memset(slot->bytes, FILL_BYTE, slot->length);
}

struct slot *slots_at(const struct slots *slots, size_t index)
{
	return (struct slot *)(void *)((char *)slots->mapping.address +
	                               sizeof(struct slot_header) +
	                               index * slots->stride);
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

struct slot *slots_receive(const struct slots *slots, const struct queue *from)
{
	/* a moment of CLOCK_REALTIME that has passed: the call does not wait */
	struct timespec expired = {0};
	struct slot *slot = slots_find(slots, SLOT_EMPTY);
	if (slot == NULL) {
		errno = ENOBUFS;
		return NULL;
	}
	slot->priority = SLOT_NO_PRIORITY;
	slot_set_state(slot, SLOT_RECEIVING);
	ssize_t length = mq_timedreceive((mqd_t)from->fd, slot->bytes, slots->size,
	                                 &slot->priority, &expired);
	if (length < 0) {
		slot_set_state(slot, SLOT_EMPTY);
		if (errno == ETIMEDOUT)
			errno = EAGAIN;
		return NULL;
	}
	slot->length = (uint64_t)length;
	slot_set_state(slot, SLOT_HELD);
	return slot;
}

int slot_send(struct slot *slot, const struct queue *queue, uint64_t copies)
{
	slot->copies = copies;
	slot_set_state(slot, SLOT_SENDING);
	if (queue_send(queue, slot->bytes, slot->length, slot->priority, &DEADLINE_NOW) <
	    0) {
		slot_set_state(slot, SLOT_HELD);
		return -1;
	}
	slot_clear(slot);
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
	slots->mapping.address = memory;
	slots->count = (size_t)header.count;
	slots->size = (size_t)header.size;
	slots->stride = slot_stride(&header);
	for (size_t i = 0; i < slots->count; i++)
		slot_recover(slots_at(slots, i), slots->size);
	return true;
}

/*
 * Their count and size are those of the queue for which they were created. If that was an
 * earlier queue of this name with other attributes, they are removed if they are empty
 * (*again), otherwise refused.
 */
static enum status slots_load_mapping(struct slots *slots,
                                      const struct slot_header *wanted, bool *again)
{
	/* a killed process may fail to fault in a page, and with it the system call */
	(void)mlock(slots->mapping.base, slots->mapping.length);
	if (!slots_load(slots, slots->mapping.address, slots->mapping.length,
	                wanted->queue))
		return slots_damaged(slots);
	*again = slots->count != wanted->count || slots->size != wanted->size;
	if (!*again || slots_used(slots) == 0)
		return STATUS_OK;
	return error_as(
	    STATUS_FAILED,
	    "%s: holds messages of an earlier %s with depth %zu, message size "
	    "%zu: %zu",
	    slots->name.text, wanted->queue, slots->count - 1, slots->size,
	    slots_used(slots));
}

static enum status slots_load_guarded(struct slots *slots,
                                      const struct slot_header *wanted, bool *again)
{
	struct sigbus sigbus;
	slots_begin_access(slots, &sigbus);
	enum status status = slots_load_mapping(slots, wanted, again);
	return slots_end_access(slots, &sigbus, status);
}

static enum status slots_try_open(struct slots *slots, const struct slot_header *header,
                                  bool *again)
{
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
		status = slots_load_guarded(slots, header, again);
	if (status != STATUS_OK || *again)
		slots_close(slots);
	return status;
}

enum status slots_open(struct slots *slots, const struct queue *queue)
{
	char text[sizeof slots->name.text + sizeof ".in-flight"];
	struct slot_header header =
	    slot_header_of(queue->name->text, queue->depth, queue->size);
	bool again = true;
	snprintf(text, sizeof text, "%s.in-flight", queue->name->text);
	enum status status = name_parse(&slots->name, NAME_MEMORY, text);
	while (status == STATUS_OK && again)
		status = slots_try_open(slots, &header, &again);
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
	*slots = (struct slots){.name = slots->name, .segment.fd = -1};
	return status;
}

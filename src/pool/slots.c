#include <errno.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "io/error.h"
#include "lock/lock.h"
#include "pool/slots.h"

enum {
	NO_PRIORITY = UINT16_MAX, /* no message has it */
	FILL_BYTE = 0xc1,         /* the lead byte of an overlong form in UTF-8 */
};

/* The first bytes of the shared memory object. */
struct slots_header {
	char magic[16];
	uint64_t count, size;
	char queue[sizeof((struct name *)NULL)->text];
};

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
	                               sizeof(struct slots_header) +
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
	static const struct timespec expired = {0};
	struct slot *slot = slots_find(slots, SLOT_EMPTY);
	if (slot == NULL) {
		errno = ENOBUFS;
		return NULL;
	}
	slot->priority = NO_PRIORITY;
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
	if (slot->state == SLOT_RECEIVING && slot->priority == NO_PRIORITY)
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

static size_t slot_stride(uint64_t size)
{
	return (sizeof(struct slot) + (size_t)size + 7) & ~(size_t)7;
}

static struct slots_header slots_header_of(const struct queue *queue)
{
	/* the format's mark, as objects that an earlier version has left have it */
	struct slots_header header = {.magic = "ipctool hands 1",
	                              .count = (uint64_t)queue->depth + 1,
	                              .size = (uint64_t)queue->size};
	memcpy(header.queue, queue->name->text, strlen(queue->name->text));
	return header;
}

static int64_t slots_bytes(const struct slots_header *header)
{
	return (int64_t)(sizeof *header + header->count * slot_stride(header->size));
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
	if (st.st_uid == geteuid() && st.st_size >= (off_t)sizeof(struct slots_header))
		return segment_map(&slots->mapping, &slots->segment, 0,
		                   (size_t)slots->segment.size);
	return error_as(STATUS_FAILED,
	                "%s: owned by another user, or not created by mqrecv", name);
}

/*
 * Check the header and recover the slots. Their count and size are those of the queue for
 * which they were created. If that was an earlier queue of this name with other
 * attributes, they are removed if they are empty (*again), otherwise refused.
 */
static enum status slots_load(struct slots *slots, const struct slots_header *wanted,
                              bool *again)
{
	const struct slots_header *header = slots->mapping.address;
	const char *name = slots->name.text;
	if (memcmp(header->magic, wanted->magic, sizeof header->magic) != 0 ||
	    strcmp(header->queue, wanted->queue) != 0 ||
	    slots_bytes(header) != slots->segment.size)
		return error_as(STATUS_FAILED, "%s: not created by mqrecv", name);
	slots->count = (size_t)header->count;
	slots->size = (size_t)header->size;
	slots->stride = slot_stride(header->size);
	/* a killed process may fail to fault in a page, and with it the system call */
	(void)mlock(slots->mapping.base, slots->mapping.length);
	for (size_t i = 0; i < slots->count; i++)
		slot_recover(slots_at(slots, i), slots->size);
	*again = header->count != wanted->count || header->size != wanted->size;
	if (!*again || slots_used(slots) == 0)
		return STATUS_OK;
	return error_as(
	    STATUS_FAILED,
	    "%s: holds messages of an earlier %s with depth %zu, message size "
	    "%zu: %zu",
	    name, header->queue, slots->count - 1, slots->size, slots_used(slots));
}

static enum status slots_try_open(struct slots *slots, const struct slots_header *header,
                                  bool *again)
{
	struct segment_attributes attributes = {.size = slots_bytes(header),
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
		status = slots_load(slots, header, again);
	if (status != STATUS_OK || *again)
		slots_close(slots);
	return status;
}

enum status slots_open(struct slots *slots, const struct queue *queue)
{
	char text[sizeof slots->name.text + sizeof ".in-flight"];
	struct slots_header header = slots_header_of(queue);
	bool again = true;
	snprintf(text, sizeof text, "%s.in-flight", queue->name->text);
	enum status status = name_parse(&slots->name, NAME_MEMORY, text);
	while (status == STATUS_OK && again)
		status = slots_try_open(slots, &header, &again);
	return status;
}

void slots_close(struct slots *slots)
{
	if (slots->count > 0 && slots_used(slots) == 0)
		segment_unlink(&slots->name, true);
	if (slots->mapping.address != NULL)
		segment_unmap(&slots->mapping);
	segment_close(&slots->segment);
	*slots = (struct slots){.name = slots->name, .segment.fd = -1};
}

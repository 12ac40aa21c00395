#include <errno.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "io/report.h"
#include "lock/lock.h"
#include "pool/slots.h"

enum {
	NO_PRIORITY = UINT16_MAX, /* more than there are */
	FILLING = 0xc1,           /* a lead byte that would begin an overlong form */
};

/* What the memory begins with. */
struct header {
	char magic[16];
	uint64_t count, size;
	char queue[sizeof((struct name *)NULL)->text];
};

/* --------------------------------------------------------------- one hand */

/* The next process is to find what was written before, and nothing of what comes after.
 */
void hand_set(struct hand *hand, enum hand_state state)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&hand->state, state, __ATOMIC_SEQ_CST);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

void hand_drop(struct hand *hand)
{
	hand_set(hand, HAND_EMPTY);
	memset(hand->bytes, FILLING, hand->length);
}

struct hand *hands_at(const struct hands *hands, size_t index)
{
	return (struct hand *)(void *)((char *)hands->window.at + sizeof(struct header) +
	                               index * hands->distance);
}

struct hand *hands_find(const struct hands *hands, enum hand_state state)
{
	for (size_t i = 0; i < hands->count; i++)
		if (hands_at(hands, i)->state == state)
			return hands_at(hands, i);
	return NULL;
}

size_t hands_held(const struct hands *hands)
{
	size_t count = 0;
	for (size_t i = 0; i < hands->count; i++)
		count += hands_at(hands, i)->state != HAND_EMPTY;
	return count;
}

struct hand *hands_take(const struct hands *hands, const struct queue *from)
{
	/* of CLOCK_REALTIME, and long past: nothing is waited for */
	static const struct timespec passed = {0};
	struct hand *hand = hands_find(hands, HAND_EMPTY);
	if (hand == NULL) {
		errno = ENOBUFS;
		return NULL;
	}
	hand->priority = NO_PRIORITY;
	hand_set(hand, HAND_REACHING);
	ssize_t length = mq_timedreceive((mqd_t)from->fd, hand->bytes, hands->size,
	                                 &hand->priority, &passed);
	if (length < 0) {
		hand_set(hand, HAND_EMPTY);
		if (errno == ETIMEDOUT)
			errno = EAGAIN;
		return NULL;
	}
	hand->length = (uint64_t)length;
	hand_set(hand, HAND_HOLDING);
	return hand;
}

int hand_give(struct hand *hand, const struct queue *queue, uint64_t copies)
{
	static const struct deadline now = {.patience = {.kind = NOT_AT_ALL}};
	hand->copies = copies;
	hand_set(hand, HAND_GIVING);
	if (queue_send(queue, hand->bytes, hand->length, hand->priority, &now) < 0) {
		hand_set(hand, HAND_HOLDING);
		return -1;
	}
	hand_drop(hand);
	return 0;
}

/* As the last process that had it left it. */
static void find_hand(struct hand *hand, size_t size)
{
	if (hand->state == HAND_REACHING && hand->priority == NO_PRIORITY)
		hand->state = HAND_EMPTY;
	if (hand->state == HAND_EMPTY) {
		memset(hand->bytes, FILLING, size);
		return;
	}
	if (hand->state == HAND_REACHING)
		for (hand->length = size; hand->length > 0; hand->length--)
			if ((unsigned char)hand->bytes[hand->length - 1] != FILLING)
				break;
	if (hand->state != HAND_GIVING)
		hand_set(hand, HAND_LEFT);
}

/* ------------------------------------------------------------ open and close */

static size_t distance_of(uint64_t size)
{
	return (sizeof(struct hand) + (size_t)size + 7) & ~(size_t)7;
}

static struct header header_of(const struct queue *queue)
{
	struct header header = {.magic = "ipctool hands 1",
	                        .count = (uint64_t)queue->depth + 1,
	                        .size = (uint64_t)queue->size};
	memcpy(header.queue, queue->name->text, strlen(queue->name->text));
	return header;
}

static int64_t bytes_of(const struct header *header)
{
	return (int64_t)(sizeof *header + header->count * distance_of(header->size));
}

/* Locked, and still what bears the name: else *again. */
static enum status lock(struct hands *hands, bool *again)
{
	/* a child of somebody who was killed may have it until it executes its command */
	static const struct patience second = {.kind = AT_MOST,
	                                       .nanoseconds = 1000000000};
	static const struct lock_shape whole = {.api = LOCK_FLOCK};
	struct deadline deadline = deadline_after(second);
	struct stat st;
	const char *name = hands->name.text;
	if (lock_take(hands->segment.fd, &whole, &deadline) < 0)
		return errno == ETIMEDOUT
		           ? fail_as(STATUS_NOT_NOW, "%s: in use by another mqrecv", name)
		           : fail("%s", name);
	if (fstat(hands->segment.fd, &st) < 0)
		return fail("%s", name);
	*again = st.st_nlink == 0;
	if (st.st_uid == geteuid() && st.st_size >= (off_t)sizeof(struct header))
		return segment_map(&hands->window, &hands->segment, 0,
		                   (size_t)hands->segment.size);
	return fail_as(STATUS_FAILED, "%s: another user's, or not made by mqrecv", name);
}

/*
 * Find what is in them. They have the count and the size that they were made for: those
 * of an earlier queue of this name will do where they hold nothing, but not for long.
 */
static enum status look(struct hands *hands, const struct header *wanted, bool *again)
{
	const struct header *header = hands->window.at;
	const char *name = hands->name.text;
	if (memcmp(header->magic, wanted->magic, sizeof header->magic) != 0 ||
	    strcmp(header->queue, wanted->queue) != 0 ||
	    bytes_of(header) != hands->segment.size)
		return fail_as(STATUS_FAILED, "%s: not made by mqrecv", name);
	hands->count = (size_t)header->count;
	hands->size = (size_t)header->size;
	hands->distance = distance_of(header->size);
	/* a page that has to be fetched is one more chance for the kernel to give up */
	(void)mlock(hands->window.pages, hands->window.length);
	for (size_t i = 0; i < hands->count; i++)
		find_hand(hands_at(hands, i), hands->size);
	*again = header->count != wanted->count || header->size != wanted->size;
	if (!*again || hands_held(hands) == 0)
		return STATUS_DONE;
	return fail_as(STATUS_FAILED,
	               "%s: holds %zu messages for %s with a depth of %zu and a size of "
	               "%zu, which it had",
	               name, hands_held(hands), header->queue, hands->count - 1,
	               hands->size);
}

static enum status open_once(struct hands *hands, const struct header *header,
                             bool *again)
{
	struct segment_shape shape = {.size = bytes_of(header),
	                              .mode = {.bits = 0600},
	                              .reserve = true,
	                              .contents = header,
	                              .contents_length = sizeof *header};
	enum status status = segment_provide(&hands->segment, &hands->name, &shape);
	if (status != STATUS_DONE)
		return status;
	status = lock(hands, again);
	if (status == STATUS_DONE && !*again)
		status = look(hands, header, again);
	if (status != STATUS_DONE || *again)
		hands_close(hands);
	return status;
}

enum status hands_open(struct hands *hands, const struct queue *queue)
{
	char text[sizeof hands->name.text + sizeof ".in-flight"];
	struct header header = header_of(queue);
	bool again = true;
	snprintf(text, sizeof text, "%s.in-flight", queue->name->text);
	enum status status = name_parse(&hands->name, NAME_MEMORY, text);
	while (status == STATUS_DONE && again)
		status = open_once(hands, &header, &again);
	return status;
}

void hands_close(struct hands *hands)
{
	if (hands->count > 0 && hands_held(hands) == 0)
		segment_unlink(&hands->name, true);
	if (hands->window.at != NULL)
		segment_unmap(&hands->window);
	segment_close(&hands->segment);
	*hands = (struct hands){.name = hands->name, .segment.fd = -1};
}

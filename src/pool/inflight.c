#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/report.h"
#include "pool/inflight.h"

static struct job job_in(struct hand *hand)
{
	return (struct job){.bytes = hand->bytes,
	                    .length = (size_t)hand->length,
	                    .priority = hand->priority};
}

static uint64_t hash_in(struct hand *hand)
{
	struct job job = job_in(hand);
	return job_hash(&job);
}

/* How many of those in flight are equal to it. */
static uint64_t copies_of(const struct in_flight *flight, struct hand *hand)
{
	uint64_t hash = hash_in(hand), copies = 0;
	for (size_t i = 0; i < flight->count; i++)
		copies += flight->hashes[i] == hash;
	/* somebody else put it there: then we do not know */
	return copies > 0 ? copies : UINT64_MAX;
}

/* False: the queue has been filled by others. */
static bool put_down(const struct in_flight *flight, enum hand_state state)
{
	struct hand *hand;
	while ((hand = hands_find(&flight->hands, state)) != NULL)
		if (hand_give(hand, &flight->queue, copies_of(flight, hand)) < 0)
			return false;
	return true;
}

static enum status failed(const struct in_flight *flight)
{
	const char *name = flight->name.text;
	if (errno != EAGAIN && errno != ENOBUFS)
		return fail("%s", name);
	return fail_as(STATUS_FAILED, "%s: full: others have put messages on it", name);
}

/* Has its name been removed? Then the next process would not find it. */
static bool is_gone(int fd)
{
	struct stat st;
	return fstat(fd, &st) < 0 || st.st_nlink == 0;
}

/* ------------------------------------------------------------ begin and end */

/* Was it given already? Then there is one more than there were. */
static bool was_given(const struct in_flight *flight, struct hand *given)
{
	uint64_t hash = hash_in(given), found = 1;
	for (size_t i = 0; i < flight->hands.count; i++) {
		struct hand *hand = hands_at(&flight->hands, i);
		found += hand->state == HAND_LEFT && hash_in(hand) == hash;
	}
	return found > given->copies;
}

/* What an earlier process had in flight is in hands, each message once. */
static enum status take_up(struct in_flight *flight)
{
	const struct hands *hands = &flight->hands;
	struct hand *hand;
	while ((hand = hands_take(hands, &flight->queue)) != NULL)
		hand_set(hand, HAND_LEFT);
	if (errno != EAGAIN)
		return failed(flight);
	while ((hand = hands_find(hands, HAND_GIVING)) != NULL)
		if (was_given(flight, hand))
			hand_drop(hand);
		else
			hand_set(hand, HAND_LEFT);
	for (size_t i = 0; i < hands->count; i++)
		if (hands_at(hands, i)->state == HAND_LEFT)
			flight->hashes[flight->count++] = hash_in(hands_at(hands, i));
	flight->left = flight->count;
	return STATUS_DONE;
}

static enum status check(const struct in_flight *flight, const struct queue *from,
                         int64_t workers)
{
	const struct queue *queue = &flight->queue;
	if (!queue->may_send) {
		errno = EACCES;
		return failed(flight);
	}
	if (queue->depth >= workers && queue->size >= from->size)
		return STATUS_DONE;
	return fail_as(STATUS_FAILED,
	               "%s: holds %lld messages of %lld bytes; in flight from %s may be "
	               "%lld of %lld",
	               flight->name.text, (long long)queue->depth, (long long)queue->size,
	               from->name->text, (long long)workers, (long long)from->size);
}

enum status in_flight_begin(struct in_flight *flight, const char *text,
                            const struct queue *from, const struct name *dead,
                            int64_t workers)
{
	const struct name *name = &flight->name;
	enum status status = name_parse(&flight->name, NAME_QUEUE, text);
	if (status != STATUS_DONE)
		return status;
	if (name->family != FAMILY_POSIX || strcmp(name->text, from->name->text) == 0 ||
	    strcmp(name->text, dead->text) == 0)
		return usage_error("%s: --in-flight wants a POSIX queue of its own",
		                   name->text);
	status = queue_open(&flight->queue, name, QUEUE_RECEIVE);
	if (status == STATUS_DONE)
		status = check(flight, from, workers);
	if (status == STATUS_DONE)
		status = hands_open(&flight->hands, &flight->queue);
	if (status != STATUS_DONE)
		return status;
	flight->hashes = calloc(flight->hands.count, sizeof *flight->hashes);
	return flight->hashes == NULL ? fail("%s", name->text) : take_up(flight);
}

/* What is not done stays on the queue, or in the hands where that has been removed. */
static void leave(struct in_flight *flight)
{
	struct queue_facts facts = {0};
	const char *name = flight->name.text;
	if (is_gone(flight->queue.fd))
		while (hands_take(&flight->hands, &flight->queue) != NULL)
			continue;
	else if (put_down(flight, HAND_HOLDING) && put_down(flight, HAND_LEFT))
		queue_facts(&flight->queue, &facts);
	size_t held = hands_held(&flight->hands);
	if (facts.messages > 0)
		fail_as(STATUS_DONE, "%s: %lld messages stay on it", name,
		        (long long)facts.messages);
	if (held > 0)
		fail_as(STATUS_DONE, "%s: %zu messages stay in %s", name, held,
		        is_gone(flight->hands.segment.fd) ? "nobody's hands: lost"
		                                          : flight->hands.name.text);
}

void in_flight_end(struct in_flight *flight)
{
	if (flight->hands.count > 0) {
		leave(flight);
		hands_close(&flight->hands);
	}
	if (flight->queue.fd >= 0)
		queue_close(&flight->queue);
	free(flight->hashes);
}

/* ------------------------------------------------------------- in between */

bool in_flight_has_left(const struct in_flight *flight)
{
	return hands_find(&flight->hands, HAND_LEFT) != NULL;
}

bool in_flight_is_full(const struct in_flight *flight)
{
	return flight->count >= (size_t)flight->queue.depth;
}

enum status in_flight_take(struct in_flight *flight, const struct queue *from,
                           struct job *job)
{
	struct hand *hand = hands_find(&flight->hands, HAND_LEFT);
	if (is_gone(flight->queue.fd) || is_gone(flight->hands.segment.fd))
		return fail_as(STATUS_FAILED, "%s: has been removed, or %s has",
		               flight->name.text, flight->hands.name.text);
	if (hand == NULL) {
		hand = hands_take(&flight->hands, from);
		if (hand == NULL)
			return errno == EAGAIN ? STATUS_NOT_NOW
			                       : queue_failed(from, QUEUE_RECEIVING, "");
		flight->hashes[flight->count++] = hash_in(hand);
	}
	memcpy(job->bytes, hand->bytes, hand->length);
	job->length = (size_t)hand->length;
	job->priority = hand->priority;
	if (hand_give(hand, &flight->queue, copies_of(flight, hand)) < 0)
		return failed(flight);
	return STATUS_DONE;
}

static bool is_equal(const struct hand *hand, const struct job *job)
{
	return hand->priority == job->priority && hand->length == job->length &&
	       memcmp(hand->bytes, job->bytes, job->length) == 0;
}

static void forget(struct in_flight *flight, uint64_t hash)
{
	for (size_t i = 0; i < flight->count; i++)
		if (flight->hashes[i] == hash) {
			flight->hashes[i] = flight->hashes[--flight->count];
			return;
		}
}

enum status in_flight_done(struct in_flight *flight, const struct job *job)
{
	struct hand *hand;
	bool found = false;
	while (!found && (hand = hands_take(&flight->hands, &flight->queue)) != NULL) {
		found = is_equal(hand, job);
		if (found)
			hand_drop(hand);
	}
	int error = errno;
	forget(flight, job_hash(job));
	if (!put_down(flight, HAND_HOLDING))
		return failed(flight);
	if (found)
		return STATUS_DONE;
	errno = error;
	return error != EAGAIN
	           ? failed(flight)
	           : fail_as(STATUS_FAILED, "%s: others have taken messages from it",
	                     flight->name.text);
}

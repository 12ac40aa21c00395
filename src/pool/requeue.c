#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "io/report.h"
#include "pool/requeue.h"

static const struct patience not_at_all = {.kind = NOT_AT_ALL};

static enum status lost(const struct post *post, const struct job *job,
                        const char *reason)
{
	const struct in_flight *flight = post->flight;
	return fail_as(STATUS_FAILED,
	               "%s: the message of %zu bytes, priority %lld, %s%s: %s",
	               post->home->name->text, job->length, (long long)job->priority,
	               flight != NULL ? "stays on " : "is lost",
	               flight != NULL ? flight->name.text : "", reason);
}

/* It has been sent. */
static enum status sent(const struct post *post, const struct job *job)
{
	return post->flight != NULL ? in_flight_done(post->flight, job) : STATUS_DONE;
}

/* 0, or -1 with errno. */
static int put(struct post *post, const struct queue *to, const struct job *job,
               const struct deadline *deadline)
{
	if (!to->may_send) {
		errno = EACCES;
		return -1;
	}
	if (queue_send(to, job->bytes, job->length, job->priority, deadline) < 0)
		return -1;
	if (to == post->home && job->tries > 0)
		tries_remember(&post->tries, job);
	return 0;
}

/* False: no memory. */
static bool put_aside(struct post *post, const struct queue *to, struct deadline due,
                      const struct job *job)
{
	struct parcel *parcel = malloc(sizeof *parcel + job->length);
	struct parcel *earlier = &post->parcels;
	if (parcel == NULL)
		return false;
	*parcel = (struct parcel){.to = to, .due = due, .job = *job};
	parcel->job.bytes = (char *)(parcel + 1);
	memcpy(parcel->job.bytes, job->bytes, job->length);
	int64_t left = deadline_left(&due);
	while (earlier->next != NULL && deadline_left(&earlier->next->due) <= left)
		earlier = earlier->next;
	insque(parcel, earlier);
	return true;
}

/* The one behind it has been dealt with. */
static void drop_next(struct parcel *parcel)
{
	struct parcel *gone = parcel->next;
	parcel->next = gone->next;
	if (gone->next != NULL)
		gone->next->before = parcel;
	free(gone);
}

enum status post_send(struct post *post, const struct queue *to, int64_t delay,
                      const struct job *job)
{
	struct deadline now = deadline_after(not_at_all);
	if (delay == 0 && put(post, to, job, &now) == 0)
		return sent(post, job);
	if (delay == 0 && errno != EAGAIN)
		return lost(post, job, error_text(errno));
	struct patience wait = {.kind = AT_MOST, .nanoseconds = delay};
	if (put_aside(post, to, deadline_after(wait), job))
		return STATUS_DONE;
	return lost(post, job, error_text(ENOMEM));
}

enum status post_send_due(struct post *post, enum post_time time)
{
	enum { MOMENT = 20000000, SECOND = 1000000000 };
	static const struct patience moment = {.kind = AT_MOST, .nanoseconds = MOMENT};
	static const struct patience second = {.kind = AT_MOST, .nanoseconds = SECOND};
	enum status status = STATUS_DONE;
	struct deadline deadline =
	    deadline_after(time == POST_NOW_OR_NEVER ? second : not_at_all);
	struct parcel *before = &post->parcels;
	while (before->next != NULL) {
		struct parcel *parcel = before->next;
		const struct job *job = &parcel->job;
		enum status result;
		if (time == POST_DUE && deadline_left(&parcel->due) > 0)
			break;
		if (put(post, parcel->to, job, &deadline) == 0) {
			result = sent(post, job);
		} else if (errno == EAGAIN) {
			parcel->due = deadline_after(moment);
			parcel->refused = true;
			before = parcel;
			continue;
		} else {
			result = lost(post, job,
			              errno == ETIMEDOUT ? "the queue is full"
			                                 : error_text(errno));
		}
		status = first_failure(status, result);
		drop_next(before);
	}
	return status;
}

bool post_take_back(struct post *post, struct job *job)
{
	struct parcel *before = &post->parcels;
	while (before->next != NULL &&
	       !(before->next->refused && before->next->to == post->home))
		before = before->next;
	if (before->next == NULL)
		return false;
	char *room = job->bytes;
	*job = before->next->job;
	job->bytes = memcpy(room, job->bytes, job->length);
	tries_remember(&post->tries, job);
	drop_next(before);
	return true;
}

/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "io/error.h"
#include "pool/dead_letter.h"
#include "pool/job_report.h"
#include "pool/requeue.h"

static enum status requeue_lost(const struct requeue *requeue, const struct job *job,
                                const char *reason)
{
	const struct inflight *inflight = requeue->inflight;
	return job_report_error(STATUS_FAILED, requeue->source->name->text, job,
	                        "%s%s: %s", inflight != NULL ? "left on " : "lost",
	                        inflight != NULL ? inflight->name.text : "", reason);
}

enum status requeue_remove_inflight(const struct requeue *requeue, const struct job *job)
{
	return requeue->inflight != NULL ? inflight_remove(requeue->inflight, job)
	                                 : STATUS_OK;
}

static bool is_kept(const struct requeue *requeue, const struct queue *to)
{
	return requeue->keeps && to == requeue->source;
}

/* 0, or -1 with errno. */
static int requeue_try_send(struct requeue *requeue, const struct queue *to,
                            const struct job *job, const struct deadline *deadline)
{
	if (!to->may_send) {
		errno = EACCES;
		return -1;
	}
	const char *bytes = job->bytes;
	size_t length = job->length;
	if (job->dead_status != 0) {
		length = dead_letter_write(requeue->dead_letter, job,
		                           requeue->source->name->text);
		bytes = requeue->dead_letter;
	}
	if (queue_send(to, bytes, length, job->priority, deadline) < 0)
		return -1;
	requeue->put_back += to == requeue->source;
	if (to == requeue->source && job->attempts > 0)
		attempts_remember(&requeue->attempts, job);
	return 0;
}

/* All are times of CLOCK_MONOTONIC. */
static bool is_before(const struct deadline *a, const struct deadline *b)
{
	return a->at.tv_sec < b->at.tv_sec ||
	       (a->at.tv_sec == b->at.tv_sec && a->at.tv_nsec < b->at.tv_nsec);
}

/* Keep a copy until `due`. False: out of memory. */
static bool requeue_delay(struct requeue *requeue, const struct queue *to,
                          struct deadline due, const struct job *job)
{
	struct requeue_message *message = malloc(sizeof *message + job->length);
	struct requeue_message *earlier = &requeue->delayed;
	if (message == NULL)
		return false;
	*message = (struct requeue_message){.to = to, .due = due, .job = *job};
	message->job.bytes = (char *)(message + 1);
	memcpy(message->job.bytes, job->bytes, job->length);
	while (earlier->next != NULL && !is_before(&due, &earlier->next->due))
		earlier = earlier->next;
	insque(message, earlier);
	requeue->count++;
	return true;
}

/* Remove the message after this one from the list. */
static void requeue_drop_next(struct requeue *requeue, struct requeue_message *message)
{
	struct requeue_message *next = message->next;
	message->next = next->next;
	if (next->next != NULL)
		next->next->previous = message;
	free(next);
	requeue->count--;
}

/* A kept message stays where it is in flight. */
static void requeue_leave_next(struct requeue *requeue, struct requeue_message *before)
{
	const struct job *job = &before->next->job;
	requeue->put_back++;
	if (job->attempts > 0)
		attempts_remember(&requeue->attempts, job);
	requeue_drop_next(requeue, before);
}

enum status requeue_send(struct requeue *requeue, const struct queue *to, int64_t delay,
                         const struct job *job)
{
	bool keeps = is_kept(requeue, to);
	if (delay == 0 && !keeps &&
	    requeue_try_send(requeue, to, job, &DEADLINE_NOW) == 0)
		return requeue_remove_inflight(requeue, job);
	if (delay == 0 && !keeps && errno != EAGAIN)
		return requeue_lost(requeue, job, error_text(errno));
	if (requeue_delay(requeue, to, deadline_in(delay), job))
		return STATUS_OK;
	return requeue_lost(requeue, job, error_text(ENOMEM));
}

enum status requeue_send_due(struct requeue *requeue, enum requeue_selection selection)
{
	enum { MOMENT = 20000000, SECOND = 1000000000 };
	enum status status = STATUS_OK;
	struct deadline deadline =
	    selection == REQUEUE_FINAL ? deadline_in(SECOND) : DEADLINE_NOW;
	struct requeue_message *before = &requeue->delayed;
	while (before->next != NULL) {
		struct requeue_message *message = before->next;
		const struct job *job = &message->job;
		enum status result;
		if (selection == REQUEUE_DUE && deadline_left(&message->due) > 0)
			break;
		if (is_kept(requeue, message->to)) {
			if (selection != REQUEUE_DUE)
				requeue_leave_next(requeue, before);
			else
				before = message;
			continue;
		}
		if (requeue_try_send(requeue, message->to, job, &deadline) == 0) {
			result = requeue_remove_inflight(requeue, job);
		} else if (errno == EAGAIN) {
			message->due = deadline_in(MOMENT);
			message->refused = true;
			before = message;
			continue;
		} else {
			result = requeue_lost(requeue, job,
			                      errno == ETIMEDOUT ? "the queue is full"
			                                         : error_text(errno));
		}
		status = status_first_failure(status, result);
		requeue_drop_next(requeue, before);
	}
	return status;
}

static bool can_be_taken(const struct requeue *requeue,
                         const struct requeue_message *message)
{
	return (message->refused && message->to == requeue->source) ||
	       (is_kept(requeue, message->to) && deadline_left(&message->due) == 0);
}

bool requeue_take_refused(struct requeue *requeue, struct job *job)
{
	struct requeue_message *before = &requeue->delayed;
	while (before->next != NULL && !can_be_taken(requeue, before->next))
		before = before->next;
	if (before->next == NULL)
		return false;
	char *room = job->bytes;
	*job = before->next->job;
	job->bytes = memcpy(room, job->bytes, job->length);
	attempts_remember(&requeue->attempts, job);
	requeue->put_back++;
	requeue_drop_next(requeue, before);
	return true;
}

struct deadline requeue_next_due(const struct requeue *requeue)
{
	const struct requeue_message *message = requeue->delayed.next;
	while (message != NULL && can_be_taken(requeue, message) && !message->refused)
		message = message->next;
	return message != NULL ? message->due : DEADLINE_NEVER;
}

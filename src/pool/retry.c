/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/status.h"
#include "io/error.h"
#include "io/report.h"
#include "pool/dead_letter.h"
#include "pool/job_report.h"
#include "pool/retry.h"
#include "process/children.h"
#include "signal/signame.h"

void retry_note_status(struct retry *retry, enum status status)
{
	retry->status = status_first_failure(retry->status, status);
}

void retry_job_done(struct retry *retry, const struct job *job)
{
	retry->done++;
	retry_note_status(retry, requeue_remove_inflight(&retry->requeue, job));
}

/* Is there room for the line of --dead-reason? */
static bool letter_has_room(const struct retry *retry, const struct job *letter)
{
	char line[DEAD_LETTER_LINE_MAX];
	return dead_letter_line(line, letter, retry->source->name->text) +
	           letter->length <=
	       (size_t)retry->dead_letter.size;
}

void retry_give_up(struct retry *retry, const struct job *job, const char *reason,
                   enum status status)
{
	struct job letter = *job;
	const char *fate = "discarded";
	retry->given_up++;
	retry_note_status(retry, status);
	if (retry->options->dead_letter != NULL) {
		fate = "moved to the dead-letter queue";
		letter.dead_status = retry->options->dead_reason ? (int)status : 0;
	}
	if (letter.dead_status != 0 && !letter_has_room(retry, &letter)) {
		fate = "moved to the dead-letter queue, too long for the reason with it";
		letter.dead_status = 0;
	}
	job_report_error(status, retry->source->name->text, job, "%s: %s", fate, reason);
	if (retry->options->dead_letter != NULL)
		retry_note_status(retry, requeue_send(&retry->requeue,
		                                      &retry->dead_letter, 0, &letter));
	else
		retry_note_status(retry, requeue_remove_inflight(&retry->requeue, job));
}

void retry_put_back_untried(struct retry *retry, const struct job *job)
{
	struct job untried = *job;
	untried.attempts--;
	retry_note_status(retry,
	                  requeue_send(&retry->requeue, retry->source, 0, &untried));
}

/* delay, 2 delay, 4 delay …, while that can be represented. */
static int64_t retry_delay(const struct pool_options *options, int64_t next_try)
{
	int64_t delay = options->delay.nanoseconds;
	for (int64_t i = 2; i < next_try && delay <= INT64_MAX / 2; i++)
		delay *= 2;
	return delay;
}

static const char *retry_reason(const struct job *job, int wait_status, bool stays,
                                char text[64])
{
	char signal[32];
	const char *process = stays ? "worker" : "command";
	if (job->limit.stage != JOB_LIMIT_NONE)
		snprintf(text, 64, "its %s exceeded the time limit", process);
	else if (job->broken != NULL)
		snprintf(text, 64, "its worker %s", job->broken);
	else if (WIFSIGNALED(wait_status))
		snprintf(text, 64, "its %s was terminated by a signal: %s", process,
		         signame_description(WTERMSIG(wait_status), signal));
	else if (wait_status == 0)
		return "its worker exited without an answer";
	else
		snprintf(text, 64, "its %s %s %d", process,
		         job->answered ? "answered" : "exited with status",
		         WEXITSTATUS(wait_status));
	return text;
}

/*
 * A command that got a termination signal may have failed because of it: its job is put
 * back without counting the tries.
 */
static bool retry_is_allowed(const struct retry *retry, const struct job *job,
                             enum status status, const struct children *children)
{
	return (int)status != JOB_PERMANENT_FAILURE && retry->source->may_send &&
	       (job->attempts <= retry->options->retries ||
	        children_got_termination(children));
}

enum job_result retry_job_failed(struct retry *retry, const struct job *job,
                                 int wait_status, const struct children *children)
{
	char text[64];
	bool in_time = job->limit.stage == JOB_LIMIT_NONE;
	enum status status = in_time ? status_of_wait(wait_status) : STATUS_TIMED_OUT;
	if (status == STATUS_OK) /* a worker exited without an answer */
		status = STATUS_FAILED;
	retry->failed++;
	if (WIFSIGNALED(wait_status) && job->interrupted && in_time) {
		/* the signal was sent to end all of us: this was not a try */
		retry_put_back_untried(retry, job);
	} else if (retry_is_allowed(retry, job, status, children)) {
		retry->put_back_status = status;
		retry_note_status(
		    retry,
		    requeue_send(&retry->requeue, retry->source,
		                 retry_delay(retry->options, job->attempts + 1), job));
	} else {
		retry_give_up(retry, job,
		              retry_reason(job, wait_status, retry->options->stay, text),
		              status);
		return JOB_GIVEN_UP;
	}
	return JOB_PUT_BACK;
}

/* ----------------------------------------------------------- begin and end */

static enum status retry_open_dead_letter(struct retry *retry)
{
	const struct queue *source = retry->source;
	const struct name *name = &retry->dead_letter_name;
	enum status status =
	    name_parse(&retry->dead_letter_name, NAME_QUEUE, retry->options->dead_letter);
	if (status != STATUS_OK)
		return status;
	if (name->family != NAME_FAMILY_POSIX ||
	    strcmp(name->text, source->name->text) == 0)
		return error_usage("%s: --dead requires another POSIX queue", name->text);
	status = queue_open(&retry->dead_letter, name, QUEUE_SEND);
	if (status == STATUS_OK)
		status = queue_get_attributes(&retry->dead_letter);
	if (status != STATUS_OK || retry->dead_letter.size >= source->size)
		return status;
	return error_as(STATUS_FAILED,
	                "%s: too small for %s: message size %lld (required: %lld)",
	                name->text, source->name->text,
	                (long long)retry->dead_letter.size, (long long)source->size);
}

/* How many messages the workers that stay can have at once. */
static int64_t retry_held(const struct pool_options *options, int64_t workers)
{
	/* with a workers file there may be more of them later */
	enum { MANY = 16 };
	if (options->workers_file != NULL && workers < MANY)
		workers = MANY;
	return workers * options->window < INFLIGHT_HELD_MAX ? workers * options->window
	                                                     : INFLIGHT_HELD_MAX;
}

enum status retry_begin(struct retry *retry, const struct queue *source,
                        const struct pool_options *options, int64_t workers)
{
	retry->options = options;
	retry->source = retry->requeue.source = source;
	retry->requeue.keeps = options->stay && options->inflight != NULL;
	retry->requeue.attempts.most = (size_t)source->depth + 1;
	enum status status =
	    options->dead_letter != NULL ? retry_open_dead_letter(retry) : STATUS_OK;
	if (status == STATUS_OK && options->dead_reason) {
		retry->requeue.dead_letter = malloc((size_t)retry->dead_letter.size);
		if (retry->requeue.dead_letter == NULL)
			status = error_errno("%s", retry->dead_letter_name.text);
	}
	if (status != STATUS_OK || options->inflight == NULL)
		return status;
	retry->requeue.inflight = &retry->inflight;
	if (options->stay) {
		retry->inflight.held = retry_held(options, workers);
		retry->inflight.numbered = options->with_id;
	}
	status = inflight_begin(&retry->inflight, options->inflight, source,
	                        &retry->dead_letter_name, workers);
	if (status == STATUS_OK && options->verbose &&
	    (int64_t)retry->inflight.capacity < retry->inflight.held)
		report_info("%s: left by an earlier mqrecv: messages at once: %zu",
		            retry->inflight.slots.name.text, retry->inflight.capacity);
	return status;
}

enum status retry_end(struct retry *retry)
{
	enum status status = inflight_end(&retry->inflight);
	if (retry->dead_letter.fd >= 0)
		queue_close(&retry->dead_letter);
	free(retry->requeue.attempts.entries);
	free(retry->requeue.dead_letter);
	return status;
}

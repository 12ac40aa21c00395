/* SPDX-License-Identifier: MIT */
/*
 * After the command of a job: the job is done, its message is put back on its queue for
 * another try, or the job is given up.
 *
 * A failure of these functions themselves is reported; the first one is the status.
 */
#ifndef POOL_RETRY_H
#define POOL_RETRY_H

#include "base/status.h"
#include "pool/inflight.h"
#include "pool/pool.h"
#include "pool/requeue.h"

struct children;

struct retry {
	const struct pool_options *options;
	const struct queue *source; /* the queue of the jobs */
	struct name dead_letter_name;
	struct queue dead_letter; /* fd is -1 without options->dead_letter */
	struct inflight inflight; /* begun if options->inflight is not NULL */
	struct requeue requeue;
	int64_t done, failed,
	    given_up;                /* numbers of messages, of commands, of messages */
	enum status status;          /* of the first failure */
	enum status put_back_status; /* of the last command that was put back */
};

/*
 * Begin with zeros, dead_letter.fd and inflight.queue.fd being -1. For the jobs of
 * `source`: open the two other queues. A failure is reported. retry_end() is called in
 * any case.
 */
enum status retry_begin(struct retry *retry, const struct queue *source,
                        const struct pool_options *options, int64_t workers);
/* A failure to remove the in-flight memory is reported. */
enum status retry_end(struct retry *retry);

/* Keep the first status that is not STATUS_OK. */
void retry_note_status(struct retry *retry, enum status status);

/* Its command exited with status 0. */
void retry_job_done(struct retry *retry, const struct job *job);

/*
 * Its command failed, with this status of waitpid(2), or exceeded its time limit; the
 * signals are those of children.
 */
enum job_result retry_job_failed(struct retry *retry, const struct job *job,
                                 int wait_status, const struct children *children);

/* Move the message to the dead-letter queue, or report it as discarded. */
void retry_give_up(struct retry *retry, const struct job *job, const char *reason,
                   enum status status);

/* Put it back at once: its command was not run, or could not have been. */
void retry_put_back_untried(struct retry *retry, const struct job *job);

#endif

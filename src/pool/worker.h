/* SPDX-License-Identifier: MIT */
/*
 * A worker that stays: a process that is started once, is given messages and answers them
 * in order (stream/coprocess.h), and the jobs that it has not answered.
 *
 * The job that the worker is at is the oldest one: its time begins when the answer before
 * it has come.
 */
#ifndef POOL_WORKER_H
#define POOL_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pool/job.h"
#include "pool/job_command.h"
#include "stream/coprocess.h"

struct children;

enum worker_state {
	WORKER_ABSENT,    /* no process */
	WORKER_ANSWERING, /* it is given messages */
	WORKER_SILENT,    /* it has closed its input or output: it is expected to end */
	WORKER_CLOSED,    /* its input was closed: it may end, nothing is unanswered */
	WORKER_BROKEN,    /* it is terminated, and nothing that it writes is used */
};

/* A job that was given. */
struct worker_job {
	struct job job;
	char *bytes; /* of its message; reused, with `room` bytes */
	size_t room;
	uint64_t begin; /* of its message among the bytes that were given */
};

/* Begin with zeros; worker_release() is called in any case, when it has no process. */
struct worker {
	enum worker_state state;
	pid_t pid;
	struct coprocess coprocess; /* not with WORKER_ABSENT */
	struct worker_job
	    *jobs; /* a ring of `window` elements; NULL before the first start */
	size_t window, first, unanswered;
	int64_t answers;         /* since it was started */
	int failures;            /* ends without an answer, one after the other */
	int64_t due;             /* is not started before: deadline_clock(); 0: at once */
	const char *closed;      /* WORKER_SILENT: what it did, for reports */
	struct job_limit ending; /* WORKER_SILENT, _CLOSED, _BROKEN: its time to end */
	int64_t ending_time;     /* nanoseconds, INT64_MAX: without limit */
};

void worker_release(struct worker *worker);

/*
 * Start it: 0, or as children_spawn(). Reports nothing.
 */
pid_t worker_start(struct worker *worker, size_t window,
                   const struct job_command *command, struct children *children);

/* Can it take another job? If it is absent: may it be started now? */
bool worker_has_room(const struct worker *worker, int64_t now);

/* Give it a copy of the job, whose message is `message`. False: out of memory. */
bool worker_give(struct worker *worker, const struct job *job,
                 const struct coprocess_message *message);

/* The oldest job without an answer; NULL: none. */
struct job *worker_oldest(const struct worker *worker);
/* It has ended, its answer or its worker: it is a job of the worker no longer. */
void worker_drop_oldest(struct worker *worker);

/* Is it certain that the worker has not begun to read the oldest message? */
bool worker_has_not_read_oldest(const struct worker *worker);

/* It may end, and nothing more is given to it; after `time` nanoseconds it is terminated.
 */
void worker_close(struct worker *worker, int64_t time);
/* It has closed its input or output, as the static text says: it is expected to end, and
 * terminated if it does not. */
void worker_silence(struct worker *worker, const char *closed);
/* Terminate it now; its output is not used. */
void worker_break(struct worker *worker);

/*
 * The process has ended. It may be started again after a while that is twice as long
 * after each end without an answer: 100 ms to 10 s.
 */
void worker_ended(struct worker *worker);

/* The nanoseconds until a signal is due, `most` being the time for an answer, or until it
 * may be started again; INT64_MAX: nothing is due. */
int64_t worker_time_left(const struct worker *worker, int64_t most, int64_t now);

/*
 * Send the signals that are due. True if the time of the oldest job is over only now:
 * worker_break() has been called.
 */
bool worker_enforce_time(struct worker *worker, int64_t most, int64_t now);

#endif

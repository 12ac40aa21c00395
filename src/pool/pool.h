/* SPDX-License-Identifier: MIT */
/*
 * A command for each message of a queue, several at once: mqrecv --exec.
 *
 * A job (pool/job.h) is a message and the command that is run for it. The command has the
 * message as its standard input, MQ_NAME, MQ_PRIORITY, MQ_SIZE and MQ_TRY in its
 * environment, and the message in place of each {} in its arguments. If it fails, the
 * message is put back on the queue, at most `retries` times; then the job is given up:
 * its message is moved to the dead-letter queue, or reported as discarded.
 *
 * With `stay` a job is a message and an answer to it: the command is a worker that is
 * started once and is given one message after the other, see pool/workers.h.
 *
 * With an in-flight queue a message is on that queue from before its command begins until
 * its job is done, and a later run begins with the messages that an earlier one left on
 * it: see pool/inflight.h.
 *
 * With `until` and `drain` messages are received without limit. The pool ends when the
 * queue is empty and all processes of `until` have ended.
 *
 * A termination signal ends the receiving: commands that run may finish, messages that
 * wait for another try are put back at once. A second one is forwarded to the commands.
 * With `drain` the first SIGTERM ends the pool when the queue is empty; a second one is a
 * first and a second one at once. SIGUSR1 reports on standard error where the pool
 * stands.
 */
#ifndef POOL_POOL_H
#define POOL_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/string_list.h"
#include "base/timeout.h"
#include "base/value.h"

struct pool_options {
	struct timeout timeout; /* for all messages; with follow and all for each */
	struct timeout delay;   /* before the first retry; then twice as long each time */
	int64_t count;          /* messages to receive, without all and follow */
	int64_t workers;        /* commands at once, 1 to POOL_WORKERS_MAX */
	int64_t retries;        /* 0 to POOL_RETRIES_MAX */
	const char *dead_letter;  /* name of the dead-letter queue; NULL: none */
	const char *inflight;     /* name of the in-flight queue; NULL: none */
	int64_t period;           /* nanoseconds from one command to the next; 0: any */
	struct timeout limit;     /* for each command; TIMEOUT_NONE: none */
	struct string_list until; /* processes that send: PID or PID:INODE */
	bool stay;                /* workers that stay, instead of commands */
	int64_t window;           /* messages that a worker has not answered, at most */
	bool with_id, with_priority; /* before each message */
	bool dead_reason;            /* the dead letter begins with why */
	const char *job_log;         /* file that gets a line for each command, or NULL */
	const char *workers_file;    /* file with the number of workers, or NULL */
	enum value_when progress;
	bool all;        /* until the queue is empty */
	bool follow;     /* without limit */
	bool keep_order; /* write the outputs in the order of the messages */
	bool drain;      /* after SIGTERM: until the queue is empty */
	bool verbose;    /* report each message */
};

enum {
	POOL_WORKERS_MAX = 4096,
	POOL_RETRIES_MAX = 1000000,
	POOL_WINDOW_MAX = 4096,
};

/*
 * Run `command`, which ends with NULL, for the messages of the queue of this name. The
 * status of the first command whose job was given up, or whose message was put back and
 * not received again; 123, 124 or 125 for a failure of its own; 126 or 127 if the command
 * cannot be executed: then its message is back on the queue. Failures are reported, and
 * at the end a summary.
 */
enum status pool_run(const struct pool_options *options, const char *queue,
                     char **command);

#endif

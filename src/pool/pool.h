/*
 * A command for each message of a queue, several at once: mqrecv --exec.
 *
 * A job (pool/job.h) is a message and the command that is run for it. The command has the
 * message as its standard input, MQ_NAME, MQ_PRIORITY, MQ_SIZE and MQ_TRY in its
 * environment, and the message in place of each {} in its arguments. If it fails, the
 * message is put back on the queue, at most `retries` times; then the job is given up:
 * its message is moved to the dead-letter queue, or reported as discarded.
 *
 * With an in-flight queue a message is on that queue from before its command begins until
 * its job is done, and a later run begins with the messages that an earlier one left on
 * it: see pool/inflight.h.
 *
 * A termination signal ends the receiving: commands that run may finish, messages that
 * wait for another try are put back at once. A second one is forwarded to the commands.
 */
#ifndef POOL_POOL_H
#define POOL_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/timeout.h"

struct pool_options {
	struct timeout timeout; /* for all messages; with follow and all for each */
	struct timeout delay;   /* before the first retry; then twice as long each time */
	int64_t count;          /* messages to receive, without all and follow */
	int64_t workers;        /* commands at once, 1 to POOL_WORKERS_MAX */
	int64_t retries;        /* 0 to POOL_RETRIES_MAX */
	const char *dead_letter; /* name of the dead-letter queue; NULL: none */
	const char *inflight;    /* name of the in-flight queue; NULL: none */
	bool all;                /* until the queue is empty */
	bool follow;             /* without limit */
	bool keep_order;         /* write the outputs in the order of the messages */
	bool verbose;            /* report each message */
};

enum {
	POOL_WORKERS_MAX = 4096,
	POOL_RETRIES_MAX = 1000000,
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

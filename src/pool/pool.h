/*
 * A command for each message of a queue, several at once: what mqrecv --exec does.
 *
 * A job is a message and the command that is run for it, with the message as its standard
 * input, as MQ_NAME, MQ_PRIORITY, MQ_SIZE and MQ_TRY in its environment, and in the place
 * of {} in its arguments. A job whose command fails goes back on the queue, so many times
 * as is wished; then it is given up: put on the queue of the dead, or reported.
 *
 * With a queue for what is in flight a message is on it from before its command begins
 * until its job is done, and a later run begins with what an earlier one left there: see
 * pool/inflight.h.
 *
 * INT, TERM, HUP and QUIT end the taking: what runs may finish, what waits to be tried
 * again goes back at once. A second one of them is passed on to the commands.
 */
#ifndef POOL_POOL_H
#define POOL_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/deadline.h"
#include "base/status.h"
#include "queue/queue.h"

struct pool_options {
	int64_t workers;        /* commands at once, at most */
	int64_t count;          /* messages to take; 0: any number */
	bool until_empty;       /* end when there are no more */
	struct timeout timeout; /* with them all; where count is 0 with each */
	int64_t retries;        /* how often a failed one goes back at most */
	int64_t delay; /* nanoseconds before the first time; twice as many each time */
	const char
	    *dead_letter;     /* the name of a queue for what is given up; NULL: none */
	const char *inflight; /* of one for what is not done; NULL: none */
	bool keep_order;      /* of the outputs: that of the messages */
	bool verbose;
	char **command; /* up to NULL */
};

enum {
	POOL_WORKERS_MAX = 4096,
	POOL_RETRIES_MAX = 1000000,
};

/* sysexits.h, EX_DATAERR: a command that ends with it need not be tried again. */
enum { JOB_PERMANENT_FAILURE = 65 };

/*
 * The status of the first command whose job was given up; 123, 124, 125 where it failed
 * by itself; 126, 127 where the command cannot be run: then its message is back on the
 * queue.
 */
enum status pool_run(struct queue *queue, const struct pool_options *options);

#endif

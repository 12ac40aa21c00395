/* SPDX-License-Identifier: MIT */
/*
 * The jobs of a pool by workers that stay: mqrecv --exec --stay.
 *
 * A worker is started when a message is there and each running one has an unanswered
 * message; a message is given to the one that has the fewest. When a worker ends, the job
 * that it was at has failed, so that a message that ends each worker is not tried without
 * limit. It has not if
 *
 * - the worker, whose answers were proper, has not begun to read the message, as the pipe
 * shows: one that cannot start properly does no harm to messages; or
 * - the worker exited with status 0 and has answered others since it was started: then it
 *   ended by itself, and may have read more than it used.
 *
 * Its other messages come back untried.
 */
#ifndef POOL_WORKERS_H
#define POOL_WORKERS_H

#include "pool/job.h"
#include "pool/runner.h"

struct worker;

struct workers {
	struct worker *all; /* pool->jobs_max of them */
	int64_t started;    /* only those before this index have ever been started */
	int64_t unanswered; /* jobs */
	int failed_starts;  /* one after the other, without a message as the cause */
	struct job next;    /* the job to start, with room for its message */
	struct pollfd *fds;
	nfds_t fds_room;
	/* for the ids of the messages: a number of this pool, or of the slots of its
	 * in-flight queue; and the last one given, unless these have one for each */
	uint64_t created, sequence;
};

extern const struct runner workers_runner;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * How the jobs of a pool are run: by a command for each (pool/commands.h), or by workers
 * that stay (pool/workers.h).
 */
#ifndef POOL_RUNNER_H
#define POOL_RUNNER_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct children_exit;
struct job;
struct pool;

struct runner {
	/* allocate; release() is called in any case. False with errno: out of memory */
	bool (*begin)(struct pool *pool);
	void (*release)(struct pool *pool);

	/* Is a command or a worker free? */
	bool (*has_room)(const struct pool *pool);
	/* Room for the message that start() is called for next. NULL: out of memory,
	 * reported, no more messages are received */
	struct job *(*free_job)(struct pool *pool);
	/* Run it: only after has_room() */
	void (*start)(struct pool *pool, struct job *job);
	/* that were started and have not ended */
	int64_t (*running)(const struct pool *pool);
	/* at most this many are started before handle() is called */
	int at_once;

	/* Write and read what can be; NULL: nothing */
	void (*handle)(struct pool *pool);
	/* A process has ended */
	void (*ended)(struct pool *pool, const struct children_exit *ended);
	/* The pool got a termination signal: which jobs run? */
	void (*interrupt)(struct pool *pool);

	/* The nanoseconds until the time of one is over, or something is to be started;
	 * INT64_MAX: never */
	int64_t (*time_left)(const struct pool *pool);
	void (*enforce_time)(struct pool *pool);
	/* The descriptors to wait for, and their number; *fds is valid until the next
	 * call. `more` elements before them are left to the caller. NULL: none */
	nfds_t (*poll_fds)(struct pool *pool, struct pollfd **fds, nfds_t more);
	/* No further job is started: true when no process is left. NULL: none can be */
	bool (*finish)(struct pool *pool);
};

#endif

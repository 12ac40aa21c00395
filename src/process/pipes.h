/* SPDX-License-Identifier: MIT */
/*
 * Commands connected by pipes: the standard output of each is the standard input of the
 * next. See pipe(7).
 */
#ifndef PROCESS_PIPES_H
#define PROCESS_PIPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct gate;

struct pipes_command {
	char **argv;
	int wait_status; /* set by pipes_run(), as of waitpid(2) */
	/* used by pipes_run() only */
	int input, output; /* -1: left as they are */
	const struct gate *gate;
};

struct pipes {
	struct pipes_command *commands;
	int count;
	bool loop; /* connect the last command to the first too */
	int64_t
	    size; /* of each pipe, in bytes: F_SETPIPE_SZ of fcntl(2); 0: the default */
};

/* The largest size: fcntl(2) has an unsigned int, and rounds up to a power of 2. */
enum { PIPES_SIZE_MAX_LOG2 = 31 };

/*
 * Start all or none, forward signals, wait for all. STATUS_OK, and all wait_status are
 * set; or STATUS_RUN_ERROR, reported: no command was executed.
 */
enum status pipes_run(const struct pipes *pipes);

/*
 * As bash's pipefail: the exit status of the last command that failed, by
 * child_adopt_status().
 */
enum status pipes_status(const struct pipes *pipes);

#endif

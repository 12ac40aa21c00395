/* SPDX-License-Identifier: MIT */
/*
 * A job: a message of a queue, and a command that is run for it.
 */
#ifndef POOL_JOB_H
#define POOL_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* EX_DATAERR of <sysexits.h>: a command that exits with it is not tried again. */
enum { JOB_PERMANENT_FAILURE = 65 };

enum job_result { JOB_DONE, JOB_PUT_BACK, JOB_GIVEN_UP };

/* The time that a process has, and the signals that it has got at its end: job_limit.h.
 */
struct job_limit {
	int64_t started; /* deadline_clock() */
	enum job_limit_stage {
		JOB_LIMIT_NONE,
		JOB_LIMIT_TERMINATED,
		JOB_LIMIT_KILLED
	} stage;
	int64_t terminated; /* when it became JOB_LIMIT_TERMINATED */
};

/* The message, received or waiting to be sent, and how often its command was tried. */
struct job {
	char *bytes;
	size_t length;
	int64_t priority;
	int64_t attempts;       /* that were made; the current one is the last */
	uint64_t sequence;      /* of its id, see pool/workers.h; 0: none yet */
	size_t slot;            /* of a held message, see pool/inflight.h */
	uint64_t turn;          /* of the output of its command: pool/ordered_output.h */
	struct job_limit limit; /* of its command, or of a worker's answer */
	int64_t started_at;     /* limit.started by CLOCK_REALTIME */
	bool interrupted;   /* the pool got a termination signal while the command ran */
	bool orphaned;      /* left in flight by an earlier process */
	bool answered;      /* its worker has answered */
	const char *broken; /* what else its worker did: "answered …"; or NULL */
	int dead_status;    /* it was given up with this status, and its dead letter has a
	                       line that says so; 0: no line */
};

/* A hash of the bytes and the priority: equal messages have equal hashes. */
uint64_t job_hash(const struct job *job);

/*
 * The number of bytes at the beginning of the message by which reports name it: at most
 * JOB_EXCERPT_MAX, and not a part of a UTF-8 character only.
 */
enum { JOB_EXCERPT_MAX = 64 };
size_t job_excerpt_length(const struct job *job);

#endif

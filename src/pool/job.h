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

/* The signals that a command has got because it runs too long: --limit. */
enum job_limit { JOB_LIMIT_NONE, JOB_LIMIT_TERMINATED, JOB_LIMIT_KILLED };

/* The message, received or waiting to be sent, and how often its command was tried. */
struct job {
	char *bytes;
	size_t length;
	int64_t priority;
	int64_t attempts; /* that were made; the current one is the last */
	uint64_t turn;    /* of the output of its command: pool/ordered_output.h */
	/* of its command, in nanoseconds; CLOCK_MONOTONIC, CLOCK_REALTIME */
	int64_t started, started_at;
	enum job_limit limit;
	int64_t terminated; /* when limit became JOB_LIMIT_TERMINATED */
	bool interrupted;   /* the pool got a termination signal while the command ran */
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

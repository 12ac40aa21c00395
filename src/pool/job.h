/*
 * A job: a message of a queue, and a command that is run for it.
 */
#ifndef POOL_JOB_H
#define POOL_JOB_H

#include <stddef.h>
#include <stdint.h>

/* EX_DATAERR of <sysexits.h>: a command that exits with it is not tried again. */
enum { JOB_PERMANENT_FAILURE = 65 };

/* The message, received or waiting to be sent, and how often its command was tried. */
struct job {
	char *bytes;
	size_t length;
	int64_t priority;
	int64_t attempts; /* that were made; the current one is the last */
	uint64_t turn;    /* of the output of its command: pool/ordered_output.h */
};

/* A hash of the bytes and the priority: equal messages have equal hashes. */
uint64_t job_hash(const struct job *job);

#endif

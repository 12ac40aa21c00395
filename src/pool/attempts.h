/*
 * A job, and the memory of how often those that went back on a queue had been tried.
 *
 * A queue keeps nothing about a message but its priority, so we remember what we put
 * back. Jobs that are equal are each other's equals here too: which of them bears the
 * tries of which makes no difference.
 */
#ifndef POOL_ATTEMPTS_H
#define POOL_ATTEMPTS_H

#include <stddef.h>
#include <stdint.h>

/* A message on its way, or put aside. */
struct job {
	char *bytes;
	size_t length;
	int64_t priority;
	int64_t attempts; /* that have been made */
};

/* Begin with zeros and `most`, which is how many are remembered; free(tries.all). */
struct attempts {
	struct attempts_entry *entries;
	size_t count, room, most;
};

/* Of the bytes and the priority. */
uint64_t job_hash(const struct job *job);

/* It is being put back. Without memory it will count as a new one. */
void attempts_remember(struct attempts *attempts, const struct job *job);

/* It has come again: how often it was tried; forgotten now. */
int64_t attempts_recall(struct attempts *attempts, const struct job *job);

#endif

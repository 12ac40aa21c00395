/* SPDX-License-Identifier: MIT */
/*
 * How often the jobs that were put back on a queue have been tried.
 *
 * A queue keeps nothing of a message but its priority, so the attempts of each message
 * that is put back are remembered here. Equal messages share their entries: which of them
 * an entry belongs to makes no difference.
 */
#ifndef POOL_ATTEMPTS_H
#define POOL_ATTEMPTS_H

#include <stddef.h>
#include <stdint.h>

#include "pool/job.h"

/*
 * Begin with zeros and `most`, the number of jobs that are remembered at most; at the end
 * free(3) entries.
 */
struct attempts {
	struct attempts_entry *entries;
	size_t count, room, most;
};

/* A job is put back. If no memory is available, it will count as a new one. */
void attempts_remember(struct attempts *attempts, const struct job *job);

/* A job was received: how often it was tried before, 0 if it is new. The entry is
 * removed. */
int64_t attempts_recall(struct attempts *attempts, const struct job *job);

#endif

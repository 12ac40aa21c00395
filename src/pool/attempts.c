/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/vec.h"
#include "pool/attempts.h"

struct attempts_entry {
	uint64_t hash;
	int64_t attempts;
};

/* The oldest entry makes room: its message may have been received by another process. */
void attempts_remember(struct attempts *attempts, const struct job *job)
{
	if (attempts->count == attempts->room && attempts->room < attempts->most) {
		struct attempts_entry *larger =
		    vec_grow(attempts->entries, &attempts->room, sizeof *larger);
		if (larger == NULL)
			return;
		attempts->entries = larger;
	}
	if (attempts->count == attempts->room) {
		attempts->count--;
		memmove(attempts->entries, attempts->entries + 1,
		        attempts->count * sizeof *attempts->entries);
	}
	attempts->entries[attempts->count++] =
	    (struct attempts_entry){.hash = job_hash(job), .attempts = job->attempts};
}

int64_t attempts_recall(struct attempts *attempts, const struct job *job)
{
	uint64_t hash = attempts->count > 0 ? job_hash(job) : 0;
	for (size_t i = 0; i < attempts->count; i++)
		if (attempts->entries[i].hash == hash) {
			int64_t times = attempts->entries[i].attempts;
			attempts->entries[i] = attempts->entries[--attempts->count];
			return times;
		}
	return 0;
}

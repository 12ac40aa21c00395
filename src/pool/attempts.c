#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "pool/attempts.h"

struct tried {
	uint64_t hash;
	int64_t tries;
};

/* FNV-1a, 64 bit. */
uint64_t job_hash(const struct job *job)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	for (size_t i = 0; i < job->length; i++)
		hash = (hash ^ (unsigned char)job->bytes[i]) * UINT64_C(1099511628211);
	return (hash ^ (uint64_t)job->priority) * UINT64_C(1099511628211);
}

/* What another process takes is forgotten when there is more than can be remembered. */
void tries_remember(struct tries *tries, const struct job *job)
{
	if (tries->count == tries->room && tries->room < tries->most) {
		struct tried *larger = vec_grow(tries->all, &tries->room, sizeof *larger);
		if (larger == NULL)
			return;
		tries->all = larger;
	}
	if (tries->count == tries->room) {
		tries->count--;
		memmove(tries->all, tries->all + 1, tries->count * sizeof *tries->all);
	}
	tries->all[tries->count++] =
	    (struct tried){.hash = job_hash(job), .tries = job->tries};
}

int64_t tries_recall(struct tries *tries, const struct job *job)
{
	uint64_t hash = tries->count > 0 ? job_hash(job) : 0;
	for (size_t i = 0; i < tries->count; i++)
		if (tries->all[i].hash == hash) {
			int64_t times = tries->all[i].tries;
			tries->all[i] = tries->all[--tries->count];
			return times;
		}
	return 0;
}

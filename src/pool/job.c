#include "pool/job.h"

/* FNV-1a, 64 bit. */
uint64_t job_hash(const struct job *job)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	for (size_t i = 0; i < job->length; i++)
		hash = (hash ^ (unsigned char)job->bytes[i]) * UINT64_C(1099511628211);
	return (hash ^ (uint64_t)job->priority) * UINT64_C(1099511628211);
}

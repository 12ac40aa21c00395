/* SPDX-License-Identifier: MIT */
#include "pool/job.h"
#include "io/utf8.h"

/* FNV-1a, 64 bit. */
uint64_t job_hash(const struct job *job)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	for (size_t i = 0; i < job->length; i++)
		hash = (hash ^ (unsigned char)job->bytes[i]) * UINT64_C(1099511628211);
	return (hash ^ (uint64_t)job->priority) * UINT64_C(1099511628211);
}

size_t job_excerpt_length(const struct job *job)
{
	if (job->length <= JOB_EXCERPT_MAX)
		return job->length;
	for (size_t at = JOB_EXCERPT_MAX - 1; at > JOB_EXCERPT_MAX - 4; at--) {
		uint32_t code;
		size_t length = utf8_decode(job->bytes + at, job->length - at, &code);
		if (length > JOB_EXCERPT_MAX - at)
			return at;
		if (length > 0)
			break;
	}
	return JOB_EXCERPT_MAX;
}

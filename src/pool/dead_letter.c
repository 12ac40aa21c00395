/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "pool/dead_letter.h"

size_t dead_letter_line(char line[DEAD_LETTER_LINE_MAX], const struct job *job,
                        const char *queue)
{
	char name[ESCAPE_BYTE_MAX * NAME_BYTES_MAX + 1];
	name[escape_text(name, queue)] = '\0';
	return (size_t)snprintf(line, DEAD_LETTER_LINE_MAX,
	                        "tries=%lld status=%d queue=%s\n",
	                        (long long)job->attempts, job->dead_status, name);
}

size_t dead_letter_write(char *to, const struct job *job, const char *queue)
{
	char line[DEAD_LETTER_LINE_MAX];
	size_t length = dead_letter_line(line, job, queue);
	memcpy(to, line, length);
	memcpy(to + length, job->bytes, job->length);
	return length + job->length;
}

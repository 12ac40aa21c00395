/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "io/escape.h"
#include "io/report.h"
#include "pool/job_report.h"

static void append_format(struct report_line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append_format(struct report_line *line, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	report_append_format(line, format, arguments);
	va_end(arguments);
}

/* The beginning of the message, escaped; it may contain NUL bytes. */
static void append_excerpt(struct report_line *line, const struct job *job)
{
	char excerpt[JOB_EXCERPT_MAX + 1] = "";
	char shown[JOB_EXCERPT_MAX * ESCAPE_BYTE_MAX + 1];
	size_t length = job_excerpt_length(job);
	char *to = shown;
	const char *end = excerpt + length;
	memcpy(excerpt, job->bytes, length);
	for (const char *at = excerpt; at < end;)
		to += escape_character(to, &at);
	*to = '\0';
	report_append(line, "'");
	report_append(line, shown);
	report_append(line, length < job->length ? "'..." : "'");
}

enum status job_report_error(enum status status, const char *queue, const struct job *job,
                             const char *format, ...)
{
	struct report_line line;
	int error = errno;
	report_begin_line(&line);
	append_format(&line, "%s: message ", queue);
	append_excerpt(&line, job);
	append_format(&line, " of %zu bytes, priority %lld: ", job->length,
	              (long long)job->priority);
	va_list arguments;
	va_start(arguments, format);
	report_append_format(&line, format, arguments);
	va_end(arguments);
	report_write_line(&line);
	errno = error;
	return status;
}

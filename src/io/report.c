/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/call.h"
#include "io/escape.h"
#include "io/report.h"

void report_append(struct report_line *line, const char *text)
{
	size_t length = strlen(text);
	size_t room = sizeof line->text - line->length;
	if (length > room)
		length = room;
	memcpy(line->text + line->length, text, length);
	line->length += length;
}

/* Cut off so that room is left for the end of the line. */
void report_append_escaped(struct report_line *line, const char *text)
{
	enum { ROOM_FOR_THE_END = 256 };
	while (*text != '\0') {
		if (line->length > sizeof line->text - ROOM_FOR_THE_END) {
			report_append(line, "...");
			return;
		}
		line->length += escape_character(line->text + line->length, &text);
	}
}

void report_append_format(struct report_line *line, const char *format, va_list arguments)
{
	char text[REPORT_LINE_MAX];
	vsnprintf(text, sizeof text, format, arguments);
	report_append_escaped(line, text);
}

void report_begin_line(struct report_line *line)
{
	line->length = 0;
	report_append_escaped(line, call_current->name);
	report_append(line, ": ");
}

/* An empty text leaves the cursor at the beginning of the erased line. */
void report_overwrite(const char *text, size_t length)
{
	char line[2 + REPORT_OVERWRITE_MAX];
	size_t all = length > call_current->shown ? length : call_current->shown;
	struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
	line[0] = '\r';
	memcpy(line + 1, text, length);
	memset(line + 1 + length, ' ', all - length);
	line[1 + all] = '\r';
	/* not worth waiting for, and a failure is not worth a message */
	if (poll(&ready, 1, 0) > 0 &&
	    write(STDERR_FILENO, line, 1 + all + (length == 0)) >= 0)
		call_current->shown = length;
}

void report_write_line(struct report_line *line)
{
	int saved = errno;
	call_ignore_sigpipe();
	if (call_current->shown != 0)
		report_overwrite("", 0);
	if (line->length < sizeof line->text)
		line->text[line->length++] = '\n';
	/* if standard error fails, there is nowhere left to report it */
	while (write(STDERR_FILENO, line->text, line->length) < 0 && errno == EINTR)
		continue;
	errno = saved;
}

void report_info(const char *format, ...)
{
	struct report_line line;
	line.length = 0;
	va_list arguments;
	va_start(arguments, format);
	report_append_format(&line, format, arguments);
	va_end(arguments);
	report_write_line(&line);
}

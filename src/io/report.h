/* SPDX-License-Identifier: MIT */
/*
 * The only writer of standard error.
 *
 * A message is one line, written by one write(2), so that messages of parallel commands
 * are not interleaved. It is escaped (io/escape.h), so that the name of an object cannot
 * control the terminal. A line of more than 4 KiB is cut off and ends in "...". errno is
 * left unchanged.
 */
#ifndef IO_REPORT_H
#define IO_REPORT_H

#include <stdarg.h>
#include <stddef.h>

/* A line for --verbose, without the applet's name. */
void report_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * For io/error.h, io/status_line.h and pool/job_report.h: a line that begins with
 * "APPLET: ".
 */
enum { REPORT_LINE_MAX = 4096 };

struct report_line {
	size_t length;
	char text[REPORT_LINE_MAX];
};

void report_begin_line(struct report_line *line);

/* Append text unchanged; escaped; formatted and escaped. */
void report_append(struct report_line *line, const char *text);
void report_append_escaped(struct report_line *line, const char *text);
void report_append_format(struct report_line *line, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* Write the line and a newline, after erasing the status line, if one is shown. */
void report_write_line(struct report_line *line);

/*
 * Write over the status line, if one is shown, so that the next one is written over this.
 * At most REPORT_OVERWRITE_MAX bytes. Does not wait: if standard error is not writable,
 * or fails, nothing is shown.
 */
enum { REPORT_OVERWRITE_MAX = 240 };
void report_overwrite(const char *text, size_t length);

#endif

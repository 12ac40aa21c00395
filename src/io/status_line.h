/* SPDX-License-Identifier: MIT */
/*
 * A line on standard error that is rewritten while a command runs.
 */
#ifndef IO_STATUS_LINE_H
#define IO_STATUS_LINE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Show "APPLET: text". The next message, or the next status line, is written over it; the
 * last one remains. Does not wait: if standard error is not writable, or fails, the line
 * is omitted. text has no control characters and at most status_line_width() columns.
 */
void status_line_show(const char *text, bool is_last);

/* The columns that the terminal has for the text. */
size_t status_line_width(void);

#endif

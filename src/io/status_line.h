/*
 * A line on standard error that is written over, again and again, while a command runs.
 */
#ifndef IO_STATUS_LINE_H
#define IO_STATUS_LINE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A line that the next message, or the next such line, is written over: "APPLET: text". A
 * last one stays. It is left out rather than waited for, and nobody hears of its failure:
 * what it tells of goes on all the same. text has no control characters and
 * at most so many columns as status_line_width() says.
 */
void status_line_show(const char *text, bool is_last);
size_t status_line_width(void);

#endif

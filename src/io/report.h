/*
 * The only writer of standard error.
 *
 * A message is one line in one write(2), so that those of parallel commands do not mix.
 * Control characters in it are escaped (\x1b), so that the name of an object cannot speak
 * to the terminal. At most 4 KiB; a longer one ends in "...". errno is left as it was.
 */
#ifndef IO_REPORT_H
#define IO_REPORT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* A line for --verbose, without the applet's name. */
void report_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One byte of text as a message has it: itself, or \x1b. Returns the length. */
enum { REPORT_ESCAPE_MAX = 4 };
size_t report_escape(char *to, char c);

/*
 * For io/error.h and io/status_line.h: a line, from its beginning, "APPLET: ", to its
 * end.
 */
enum { REPORT_LINE_MAX = 4096 };

struct report_line {
	size_t length;
	char text[REPORT_LINE_MAX];
};

void report_begin_line(struct report_line *line);

/* As it stands; with its control characters escaped; escaped, as vprintf(3) makes it. */
void report_append(struct report_line *line, const char *text);
void report_append_escaped(struct report_line *line, const char *text);
void report_append_format(struct report_line *line, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* With a newline; the status line that is there, if any, is erased before. */
void report_write_line(struct report_line *line);

/*
 * Over the status line that is there, if any, and so that the next one goes over this.
 * Left out rather than waited for, and a failure is not reported. At most
 * REPORT_OVERWRITE_MAX bytes.
 */
enum { REPORT_OVERWRITE_MAX = 240 };
void report_overwrite(const char *text, size_t length);

#endif

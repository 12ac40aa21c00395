/*
 * Messages: the only writer of standard error.
 *
 * Each is one line in one write(2), "APPLET: message", so that the messages of
 * parallel commands do not mix. Control characters in it are escaped (\x1b),
 * so that an object's name cannot speak to the terminal. At most 4 KiB; what
 * is longer ends in "...".
 *
 * The texts of errors are this module's own, because the C libraries'
 * differ. errno is left as it was by all of these.
 */
#ifndef IO_REPORT_H
#define IO_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/*
 * "APPLET: message: the text of errno". The status is errno's: ENOENT and ESRCH
 * STATUS_NOT_FOUND, EEXIST STATUS_EXISTS, EAGAIN STATUS_WOULD_BLOCK, ETIMEDOUT
 * STATUS_TIMED_OUT, else STATUS_FAILED. Where a signal asked to end and errno is
 * EINTR it is silent and returns 128 + the signal (base/termsig.h). To EMFILE and EFBIG
 * the value of the process's limit is added.
 */
enum status error_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The same with a status of the caller's choice, and never silent. EAGAIN is that of
 * fork(2): the value of its limit is added too.
 */
enum status error_errno_as(enum status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "APPLET: message", with a status of the caller's choice and no text of errno. */
enum status error_as(enum status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "APPLET: message", then "Try 'APPLET --help' for more information." */
enum status error_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line for --verbose, without the applet's name. */
void report_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * A line that the next message, or the next such line, is written over: "APPLET: text". A
 * last one stays. It is left out rather than waited for, and nobody hears of its failure:
 * what it tells of goes on all the same. text has no control characters and
 * at most so many columns as status_line_width() says.
 */
void status_line_show(const char *text, bool is_last);
size_t status_line_width(void);

/* One byte of text as a message has it: itself, or \x1b. Returns the length. */
enum { REPORT_ESCAPE_MAX = 4 };
size_t report_escape(char *to, char c);

/* The text of an errno value, the same with every C library. */
const char *error_text(int error);

/* The status that goes with an errno value, as in error_errno(). */
enum status error_status(int error);

#endif

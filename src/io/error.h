/*
 * Messages of what failed: "APPLET: message", one line on standard error (io/report.h).
 *
 * The texts of errors are this module's own, because the C libraries' differ. errno is
 * left as it was by all of these.
 */
#ifndef IO_ERROR_H
#define IO_ERROR_H

#include <stdint.h>

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

/*
 * "3 messages received, then: ", to stand before the reason of a failure that came after
 * `count` messages; "" if count is 0. `done` is "received" or "sent".
 */
struct error_prefix {
	char text[48];
};
const char *error_after(struct error_prefix *prefix, uint64_t count, const char *done);

/* The text of an errno value, the same with every C library. */
const char *error_text(int error);

/* The status that goes with an errno value, as in error_errno(). */
enum status error_status(int error);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Messages of failures: "APPLET: message", one line on standard error (io/report.h).
 *
 * The texts of errno values are in this module, because those of the C libraries differ.
 * All functions leave errno unchanged.
 */
#ifndef IO_ERROR_H
#define IO_ERROR_H

#include <stdint.h>

#include "base/status.h"

/*
 * "APPLET: message: the text of errno", '' for an empty message. The status depends on
 * errno: ENOENT and ESRCH STATUS_NOT_FOUND, EEXIST STATUS_EXISTS, ETIMEDOUT
 * STATUS_TIMED_OUT, otherwise STATUS_FAILED, also for EAGAIN, which many calls return at
 * a limit; one that waits has error_status() for it. If errno is EINTR and a termination
 * signal is pending (base/termsig.h), it prints nothing and returns 128 + its number. For
 * EMFILE and EFBIG the resource limit of the process is added.
 */
enum status error_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The same with the given status, and with a message in any case. EAGAIN is that of
 * fork(2): its resource limit is added too.
 */
enum status error_errno_as(enum status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "APPLET: message", with the given status and without the text of errno. */
enum status error_as(enum status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "APPLET: message", then "Try 'APPLET --help' for more information." */
enum status error_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * For an operand that a reader of base/value.h has read: a usage error "'TEXT' is
 * REASON", or STATUS_OK if reason is NULL.
 */
enum status error_unless_valid(const char *text, const char *reason);

/*
 * "3 messages received, then: ", to stand before the reason of a failure that came after
 * `count` messages; "" if count is 0. `done` is "received" or "sent".
 */
struct error_prefix {
	char text[48];
};
const char *error_after(struct error_prefix *prefix, uint64_t count, const char *done);

/* "NAME: no such OBJECT (MAKER makes one)": STATUS_NOT_FOUND. */
enum status error_no_such(const char *name, const char *object, const char *maker);

/*
 * "NAME: the object has become shorter": another process truncated a mapped object, see
 * base/sigbus.h. STATUS_FAILED.
 */
enum status error_truncated(const char *name);

/* The text of an errno value. */
const char *error_text(int error);

/* Of a wait that failed: as error_errno(), but EAGAIN is STATUS_WOULD_BLOCK. */
enum status error_status(int error);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The information that came with a signal, as a line of text, a JSON object or
 * environment variables. See sigaction(2), signalfd(2).
 */
#ifndef SIGNAL_SIGINFO_H
#define SIGNAL_SIGINFO_H

#include <stdbool.h>

struct signalfd_siginfo;

/* Format a line, with a newline. Returns its length, which is less than the size. */
enum { SIGINFO_LINE_BYTES = 128 };
int siginfo_format(char line[SIGINFO_LINE_BYTES], const struct signalfd_siginfo *info,
                   bool json);

/*
 * Set SIGNAL, SI_PID, SI_UID, SI_CODE and SI_VALUE ("" without a value) in the
 * environment of a command (process/environment.h): 0, or -1 with errno.
 */
int siginfo_export(const struct signalfd_siginfo *info);

/* Is it the kernel's SIGCHLD for a child, and not one that a process sent? */
bool siginfo_is_child_change(const struct signalfd_siginfo *info);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The state of the process that both front ends prepare for a call: descriptors 0, 1 and
 * 2 are open, and SIGPIPE and SIGXFSZ are ignored, so that a failing write returns an
 * error.
 *
 * If descriptor 0, 1 or 2 were closed, the next open(2) would return its number, and an
 * object would be read as standard input. It is opened on /dev/null with the wrong access
 * mode, so that using it fails with EBADF, and close-on-exec, so that a command finds it
 * closed again.
 */
#ifndef BASE_STDFDS_H
#define BASE_STDFDS_H

#include <signal.h>
#include <stdbool.h>

struct stdfds {
	bool filled[3];       /* was closed, and is open on /dev/null */
	bool sigpipe_ignored; /* the two signals are ignored, and the next members set */
	struct sigaction saved_sigpipe, saved_sigxfsz;
};

/* Open those of the descriptors that are closed. */
void stdfds_fill(struct stdfds *stdfds);

/* Ignore the two signals, unless that was done before. */
void stdfds_ignore_sigpipe(struct stdfds *stdfds);

/* Undo both. */
void stdfds_restore(const struct stdfds *stdfds);

#endif

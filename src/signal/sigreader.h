/* SPDX-License-Identifier: MIT */
/*
 * Receive signals by reading them from a signalfd(2) instead of being interrupted.
 *
 * From begin to end the signals are blocked and have no effect, even if they are ignored.
 * In a program they stay blocked: it exits when the applet returns. In a builtin
 * everything is as before afterwards:
 *
 * - Signals that were blocked before and have not been read are still pending.
 * - Other signals that have not been read are discarded, or they would end the shell.
 * - SIGCHLD, if one was read, is sent to the shell again, which has children of its own.
 */
#ifndef SIGNAL_SIGREADER_H
#define SIGNAL_SIGREADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct signalfd_siginfo;

struct sigreader {
	uint64_t set, saved_mask;
	int fd; /* for poll(2): readable if a signal is pending */
	bool read_sigchld;
};

/* A failure is reported; then there is nothing to end. */
enum status sigreader_begin(struct sigreader *reader, uint64_t set);

/*
 * Read at most count pending signals, the lowest number first: their number, 0 if none
 * is pending. Does not wait.
 */
size_t sigreader_read(struct sigreader *reader, struct signalfd_siginfo *infos,
                      size_t count);

void sigreader_end(struct sigreader *reader);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The mask and the dispositions that a command inherits: sigmask --block. See signal(7),
 * execve(2).
 */
#ifndef SIGNAL_INHERITED_H
#define SIGNAL_INHERITED_H

#include <stdint.h>

#include "base/status.h"

/* Sets of signals as in base/ksig.h. A signal may be in only one of the last two. */
struct signal_inherited {
	uint64_t block;    /* added to the mask */
	uint64_t ignore;   /* SIG_IGN */
	uint64_t standard; /* SIG_DFL */
};

/*
 * "INT,USR1" or "all", which are all signals but KILL, STOP and the two that the C
 * library uses; NULL: none. STATUS_FAILED, reported, for a signal that does not exist or
 * cannot be caught; STATUS_USAGE for an empty list or name.
 */
enum status signal_inherited_parse(const char *list, uint64_t *set);

/*
 * The last act of an applet: a program becomes the command, a shell starts it and waits.
 * All other signals are as the caller of the applet has them. The command's status, or
 * that of a failure, reported, see child_run().
 */
enum status signal_inherited_run(const struct signal_inherited *inherited, char **argv);

#endif

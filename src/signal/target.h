/* SPDX-License-Identifier: MIT */
/*
 * The target of a signal, as an operand says it, and sending to it.
 *
 *     123          a process                        kill(2), sigqueue(3)
 *     123:4567     the process 123, if the inode of its pidfd is 4567: not a later
 *                  process with the same PID
 *     123/124      the thread 124 of process 123    tgkill(2)
 *     -123         every process of the group 123
 *     0            every process of the caller's own group
 *     -1           every process that the caller may signal, but the caller
 */
#ifndef SIGNAL_TARGET_H
#define SIGNAL_TARGET_H

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"

enum signal_target_kind {
	SIGNAL_TARGET_PROCESS,
	SIGNAL_TARGET_IDENTITY,
	SIGNAL_TARGET_THREAD,
	SIGNAL_TARGET_GROUP,
	SIGNAL_TARGET_OWN_GROUP,
	SIGNAL_TARGET_ALL
};

struct signal_target {
	enum signal_target_kind kind;
	const char *text; /* the operand; must outlive the target */
	pid_t pid;        /* or the PGID */
	pid_t thread;
	uint64_t inode;
};

/* STATUS_USAGE, reported, if text is none of these. */
enum status signal_target_parse(struct signal_target *target, const char *text);

/*
 * Send a signal, or test with 0; queue it with a value unless value is NULL. STATUS_OK if
 * at least one process got it. A failure is reported.
 */
enum status signal_target_send(const struct signal_target *target, int signal,
                               const int32_t *value);

/* As sigqueue(3) makes it, for threads and groups too. */
siginfo_t signal_target_siginfo(int signal, int32_t value);

/* Report errno of a signal that could not be sent, or a process that cannot be opened. */
enum status signal_target_error(const struct signal_target *target);

#endif

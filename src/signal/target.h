/*
 * Whom a signal is for, as a person writes it, and sending it there.
 *
 *     123          a process                        kill(2), sigqueue(3)
 *     123:4567     the process 123 only while it is the one whose pidfd has the inode
 *                  4567: a number used again is not mistaken for it
 *     123/124      the thread 124 of process 123    tgkill(2)
 *     -123         every process of the group 123
 *     0            every process of the caller's own group
 *     -1           every process there is that may be reached, but the caller
 */
#ifndef SIGNAL_TARGET_H
#define SIGNAL_TARGET_H

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
	const char *text; /* as it was written; must outlive the target */
	pid_t pid;        /* or the group's number */
	pid_t thread;
	uint64_t inode;
};

/* What is wrong is reported as a usage error and STATUS_USAGE returned. */
enum status signal_target_parse(struct signal_target *target, const char *text);

/*
 * Send a signal, 0 to test; with a value where it is not NULL. It counts as sent when one
 * process got it. A failure is reported.
 */
enum status signal_target_send(const struct signal_target *target, int signal,
                               const int32_t *value);

#endif

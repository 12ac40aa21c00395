/* SPDX-License-Identifier: MIT */
/*
 * The processes that a signal is for, each by a pidfd, which is opened before any of them
 * is signalled: no later process with the same PID is mistaken for one of them.
 */
#ifndef SIGNAL_RECIPIENTS_H
#define SIGNAL_RECIPIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/deadline.h"
#include "signal/target.h"

struct recipient {
	pid_t pid;
	int pidfd;   /* -1: it has ended, or the signal could not be sent */
	pid_t group; /* as a member of which it was added; 0: none */
};

/* All zeros: none. To be closed by recipients_end(). */
struct recipients {
	struct recipient *at;
	size_t count, room;
};

/*
 * Add a process, or each process of a group but the calling one. Other targets are a
 * usage error. A failure is reported.
 */
enum status recipients_open(struct recipients *recipients,
                            const struct signal_target *target);

/* Add each process of the group of a process but the calling one. */
enum status recipients_open_group_of(struct recipients *recipients,
                                     const struct signal_target *target);

/*
 * Add each process with exactly this name, in ps(1) or of its file, but the calling one;
 * only those whose real user is the caller's effective user unless of all users. A
 * failure is reported: STATUS_NOT_FOUND if none has it.
 */
enum status recipients_open_named(struct recipients *recipients, const char *name,
                                  bool all_users);

/* Add the processes that groups have more than were added. */
enum status recipients_open_forked(struct recipients *recipients);

/*
 * Add the process if it is the child of the one with the PID `parent`, which was added
 * before: 1, 0 if it is not, or -1 with errno.
 */
int recipients_open_child(struct recipients *recipients, pid_t pid, pid_t parent);

/* Turn the order around, in which they get the signal. */
void recipients_reverse(struct recipients *recipients);

void recipients_end(struct recipients *recipients);

/* Print PID:INODE of each. */
enum status recipients_print_inodes(const struct recipients *recipients);

/* Print what a signal, with a value or without, would do to each: killn --explain. */
enum status recipients_explain(const struct recipients *recipients, int signal,
                               bool queued);

/*
 * Send a signal to each, with a value unless that is NULL. Failures are reported, and
 * such a process is removed. One that has ended by then is no failure.
 */
enum status recipients_send(struct recipients *recipients, int signal,
                            const int32_t *value);

/*
 * The same, to each as soon as it has a handler for the signal. STATUS_TIMED_OUT and
 * STATUS_NOT_FOUND, reported, if it has none by the deadline or before its end.
 */
enum status recipients_send_to_handlers(struct recipients *recipients, int signal,
                                        const int32_t *value,
                                        const struct deadline *deadline);

/*
 * Wait until all have ended, and print a line for each: "PID exit 3", "PID signal TERM",
 * "PID ended" if the kernel does not report how. STATUS_TIMED_OUT, which is not reported,
 * after the deadline.
 */
enum status recipients_wait(struct recipients *recipients,
                            const struct deadline *deadline);

/* Report those that have not ended as timed out: STATUS_TIMED_OUT. */
enum status recipients_report_running(const struct recipients *recipients);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Processes that are stopped for a short time, while this one finds out what they are.
 *
 * A helper process continues or thaws them if this one is killed. It uses the same table
 * of descriptors, so that what is opened later is its own too.
 */
#ifndef SIGNAL_FREEZE_H
#define SIGNAL_FREEZE_H

#include <stdbool.h>
#include <sys/types.h>

#include "process/cgroup.h"

enum { FREEZE_CGROUPS_MAX = 8 };

struct freeze_note;

struct freeze {
	struct freeze_note *note; /* shared with the helper */
	pid_t helper;
	int self; /* a pidfd of this process, for the helper */
};

/* 0, or -1 with errno; freeze_end() is called after a 0. */
int freeze_begin(struct freeze *freeze);

/*
 * Stop a process, unless it is stopped or has ended already; its descriptor stays open
 * until freeze_end(). False with errno.
 */
bool freeze_stop(struct freeze *freeze, pid_t pid, int pidfd);

bool freeze_has_stopped(const struct freeze *freeze, int pidfd);

/* Continue a process if freeze_stop() has stopped it. */
void freeze_continue(struct freeze *freeze, int pidfd);

/*
 * Begin to freeze a cgroup, which belongs to this one until it is thawed. False with
 * errno: then it is still the caller's.
 */
bool freeze_cgroup(struct freeze *freeze, const struct cgroup *cgroup);

/* The cgroups, and whether all of them are frozen by now. */
const struct cgroup *freeze_cgroups(const struct freeze *freeze, int *count);
bool freeze_is_complete(const struct freeze *freeze);

/* Thaw the cgroups. */
void freeze_thaw(struct freeze *freeze);

/* The processes stay stopped, also if this process is killed; cgroups do not. */
void freeze_keep(struct freeze *freeze);

/* Thaw and continue those that have not been, and end the helper. */
void freeze_end(struct freeze *freeze);

#endif

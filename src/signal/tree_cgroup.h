/* SPDX-License-Identifier: MIT */
/*
 * The cgroups that hold processes of a tree and no others: they are frozen, which no
 * process notices, in place of stopping each process.
 */
#ifndef SIGNAL_TREE_CGROUP_H
#define SIGNAL_TREE_CGROUP_H

#include "signal/freeze.h"
#include "signal/recipients.h"

/* Is the cgroup of one of the first processes one that could be frozen? */
bool tree_cgroup_is_possible(const struct recipients *recipients);

/* Freeze those that hold no other process than these, which are the whole tree. */
void tree_cgroup_freeze(const struct recipients *recipients, struct freeze *freeze);

/* The processes in the frozen cgroups, in place of those before; none if unknown. */
void tree_cgroup_read(struct cgroup_members *members, const struct freeze *freeze);

/* Are they all processes of the tree? */
bool tree_cgroup_is_own(const struct cgroup_members *members,
                        const struct recipients *recipients, const struct freeze *freeze);

#endif

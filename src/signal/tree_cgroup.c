/* SPDX-License-Identifier: MIT */
#include "signal/tree_cgroup.h"

#include <stdlib.h>
#include <unistd.h>

#include "process/listing.h"

/* Of more processes that were named the cgroups are not looked at. */
enum { TREE_CGROUP_ROOTS_MAX = FREEZE_CGROUPS_MAX };

bool tree_cgroup_is_possible(const struct recipients *recipients)
{
	struct cgroup cgroup;
	for (size_t i = 0; i < recipients->count && i < TREE_CGROUP_ROOTS_MAX; i++)
		for (int version = 0; version < CGROUP_VERSIONS; version++)
			if (recipients->at[i].pidfd >= 0 &&
			    cgroup_open(&cgroup, recipients->at[i].pid,
			                (enum cgroup_version)version) == 0) {
				cgroup_close(&cgroup);
				return true;
			}
	return false;
}

static bool is_recipient(const struct recipients *recipients, pid_t pid)
{
	for (size_t i = 0; i < recipients->count; i++)
		if (recipients->at[i].pid == pid && recipients->at[i].pidfd >= 0)
			return true;
	return false;
}

/* One that has ended is no bystander; a child of the tree that has ended is no other. */
static bool is_bystander(const struct recipients *recipients, const struct freeze *freeze,
                         pid_t pid)
{
	struct listing_entry entry;
	if (pid == 0 || pid == getpid() || pid == freeze->helper)
		return true;
	return !is_recipient(recipients, pid) && listing_read(&entry, pid) == 0 &&
	       !(entry.state == 'Z' && is_recipient(recipients, entry.parent));
}

bool tree_cgroup_is_own(const struct cgroup_members *members,
                        const struct recipients *recipients, const struct freeze *freeze)
{
	for (size_t i = 0; i < members->count; i++)
		if (is_bystander(recipients, freeze, members->pids[i]))
			return false;
	return true;
}

/* The members show that it is the right directory. */
static bool freeze_if_own(const struct recipients *recipients, pid_t pid,
                          const struct cgroup *cgroup, struct freeze *freeze)
{
	struct cgroup_members members = {0};
	bool own = cgroup_add_members(cgroup, &members) == 0 &&
	           cgroup_has_member(&members, pid) &&
	           tree_cgroup_is_own(&members, recipients, freeze);
	free(members.pids);
	return own && freeze_cgroup(freeze, cgroup);
}

static void freeze_cgroup_of(const struct recipients *recipients, pid_t pid,
                             struct freeze *freeze)
{
	struct cgroup cgroup;
	for (int version = 0; version < CGROUP_VERSIONS; version++) {
		if (cgroup_open(&cgroup, pid, (enum cgroup_version)version) < 0)
			continue;
		if (freeze_if_own(recipients, pid, &cgroup, freeze))
			return;
		cgroup_close(&cgroup);
	}
}

void tree_cgroup_read(struct cgroup_members *members, const struct freeze *freeze)
{
	int count;
	const struct cgroup *cgroups = freeze_cgroups(freeze, &count);
	members->count = 0;
	for (int i = 0; i < count; i++)
		if (cgroup_add_members(&cgroups[i], members) < 0) {
			members->count = 0;
			return;
		}
}

/* One below a frozen one is frozen with it, if not yet. */
void tree_cgroup_freeze(const struct recipients *recipients, struct freeze *freeze)
{
	struct cgroup_members frozen = {0};
	for (size_t i = 0; i < recipients->count && i < TREE_CGROUP_ROOTS_MAX; i++) {
		const struct recipient *recipient = &recipients->at[i];
		if (recipient->pidfd < 0 || cgroup_has_member(&frozen, recipient->pid))
			continue;
		freeze_cgroup_of(recipients, recipient->pid, freeze);
		tree_cgroup_read(&frozen, freeze);
	}
	free(frozen.pids);
}

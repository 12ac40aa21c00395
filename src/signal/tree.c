/* SPDX-License-Identifier: MIT */
/*
 * A stopped process forks no child, but SIGSTOP takes effect some time after it was sent,
 * as does the freezing of a cgroup. So /proc is read until all have been seen to be
 * stopped or frozen and no new child appears after that.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/vec.h"
#include "io/error.h"
#include "process/listing.h"
#include "process/pidfd.h"
#include "signal/freeze.h"
#include "signal/tree.h"
#include "signal/tree_cgroup.h"

enum status tree_parse(const char *text, enum tree_order *order)
{
	*order = TREE_NONE;
	if (text == NULL)
		return STATUS_OK;
	*order = strcmp(text, "first") == 0 ? TREE_FIRST : TREE_LAST;
	bool known = *order == TREE_FIRST || *text == '\0' || strcmp(text, "last") == 0;
	return error_unless_valid(text, known ? NULL : "not first or last");
}

struct tree {
	struct recipients *recipients;
	struct freeze *freeze; /* NULL: nothing is stopped */
	pid_t helper;          /* its helper, not a descendant; 0: none */
	struct cgroup_members frozen;
	struct listing_entry *entries;
	size_t count, room;
};

/* All processes: 0, or -1 with errno. */
static int read_entries(struct tree *tree)
{
	struct listing listing;
	if (listing_begin(&listing) < 0)
		return -1;
	tree->count = 0;
	for (;;) {
		if (tree->count == tree->room) {
			struct listing_entry *more =
			    vec_grow(tree->entries, &tree->room, sizeof *more);
			if (more == NULL)
				break;
			tree->entries = more;
		}
		if (!listing_next(&listing, &tree->entries[tree->count])) {
			errno = listing.error;
			break;
		}
		tree->count++;
	}
	int error = errno;
	listing_end(&listing);
	errno = error;
	return error == 0 ? 0 : -1;
}

static struct recipient *find_recipient(const struct tree *tree, pid_t pid)
{
	for (size_t i = 0; i < tree->recipients->count; i++)
		if (tree->recipients->at[i].pid == pid)
			return &tree->recipients->at[i];
	return NULL;
}

static bool is_candidate(const struct tree *tree, const struct listing_entry *entry)
{
	return entry->pid != getpid() && entry->pid != tree->helper &&
	       entry->state != 'Z' && entry->state != 'X' &&
	       find_recipient(tree, entry->parent) != NULL &&
	       find_recipient(tree, entry->pid) == NULL;
}

/* The parents in the list are processes that exist, so that the child is one of theirs.
 */
static int stop_recipient(struct tree *tree, const struct recipient *recipient)
{
	if (tree->freeze == NULL || recipient->pidfd < 0 || recipient->pid == getpid() ||
	    cgroup_has_member(&tree->frozen, recipient->pid) ||
	    freeze_stop(tree->freeze, recipient->pid, recipient->pidfd))
		return 0;
	/* not permitted: sending the signal will say so */
	return errno == ESRCH || errno == EPERM ? 0 : -1;
}

/* Add the children among the entries, and theirs: the number, or -1 with errno. */
static int add_descendants(struct tree *tree)
{
	int added = 0;
	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < tree->count; i++) {
			pid_t pid = tree->entries[i].pid;
			if (!is_candidate(tree, &tree->entries[i]))
				continue;
			int result = recipients_open_child(tree->recipients, pid,
			                                   tree->entries[i].parent);
			if (result > 0)
				result = stop_recipient(
				    tree,
				    &tree->recipients->at[tree->recipients->count - 1]);
			else if (result == 0)
				continue;
			if (result < 0)
				return -1;
			added++;
			again = true;
		}
	}
	return added;
}

/* Is a process that was sent SIGSTOP still to stop? */
static bool is_moving(const struct tree *tree)
{
	for (size_t i = 0; tree->freeze != NULL && i < tree->count; i++) {
		const struct recipient *r = find_recipient(tree, tree->entries[i].pid);
		if (r != NULL && r->pidfd >= 0 && r->pid != getpid() &&
		    freeze_has_stopped(tree->freeze, r->pidfd) &&
		    strchr("TtZX", tree->entries[i].state) == NULL)
			return true;
	}
	return false;
}

/* Those that are in no frozen cgroup, as a process of one may have been moved out. */
static int stop_recipients(struct tree *tree)
{
	for (size_t i = 0; i < tree->recipients->count; i++)
		if (stop_recipient(tree, &tree->recipients->at[i]) < 0)
			return -1;
	return 0;
}

static bool is_settled(const struct tree *tree)
{
	return !is_moving(tree) && freeze_is_complete(tree->freeze);
}

/* A process may have been moved into a cgroup before that was frozen. */
static bool has_frozen_others(const struct tree *tree)
{
	return tree->freeze != NULL &&
	       !tree_cgroup_is_own(&tree->frozen, tree->recipients, tree->freeze);
}

/* The processes of the tree are stopped instead: 0, or -1 with errno. */
static int give_up_cgroups(struct tree *tree)
{
	tree->frozen.count = 0;
	int result = stop_recipients(tree), error = errno;
	freeze_thaw(tree->freeze);
	errno = error;
	return result;
}

/* Read /proc once: how many were found, or -1 with errno. */
static int find_children(struct tree *tree)
{
	if (read_entries(tree) < 0)
		return -1;
	if (tree->freeze != NULL)
		tree_cgroup_read(&tree->frozen, tree->freeze);
	int added = add_descendants(tree);
	return added >= 0 && stop_recipients(tree) < 0 ? -1 : added;
}

/* One in an uninterruptible system call, or whose child has not executed after vfork(2),
 * does not stop. */
static int find_descendants(struct tree *tree)
{
	enum { PASSES_MAX = 200 };
	for (int pass = 0; pass < PASSES_MAX; pass++) {
		bool settled = tree->freeze == NULL || (pass > 0 && is_settled(tree));
		int added = find_children(tree);
		if (added < 0)
			return -1;
		if (added == 0 && settled && !has_frozen_others(tree))
			return 0;
		if (added == 0 && settled && give_up_cgroups(tree) < 0)
			return -1;
		if (added == 0 && !settled && !is_settled(tree))
			deadline_sleep(1000000);
	}
	return has_frozen_others(tree) ? give_up_cgroups(tree) : 0;
}

/* The tree has to be known before one can say whether a cgroup is its own. */
static int freeze_descendants(struct tree *tree)
{
	struct freeze *freeze = tree->freeze;
	if (freeze != NULL && tree_cgroup_is_possible(tree->recipients)) {
		tree->freeze = NULL;
		int result = find_descendants(tree);
		tree->freeze = freeze;
		if (result < 0)
			return -1;
		tree_cgroup_freeze(tree->recipients, freeze);
		tree_cgroup_read(&tree->frozen, freeze);
	}
	return stop_recipients(tree) < 0 ? -1 : find_descendants(tree);
}

static enum status find_all(struct recipients *recipients, struct freeze *freeze)
{
	struct tree tree = {.recipients = recipients,
	                    .freeze = freeze,
	                    .helper = freeze != NULL ? freeze->helper : 0};
	int result = freeze_descendants(&tree), error = errno;
	free(tree.entries);
	free(tree.frozen.pids);
	errno = error;
	return result < 0 ? error_errno("%s", "--tree") : STATUS_OK;
}

enum status tree_find(struct recipients *recipients, enum tree_order order)
{
	enum status status = find_all(recipients, NULL);
	if (order == TREE_FIRST)
		recipients_reverse(recipients);
	return status;
}

/* The signal may end it before the others have it. */
static void move_self_last(struct recipients *recipients)
{
	size_t last = recipients->count - 1;
	for (size_t i = 0; i < last; i++) {
		struct recipient one = recipients->at[i];
		if (one.pid != getpid())
			continue;
		recipients->at[i] = recipients->at[last];
		recipients->at[last] = one;
	}
}

static void continue_recipients(struct recipients *recipients, struct freeze *freeze)
{
	for (size_t i = 0; i < recipients->count; i++)
		if (recipients->at[i].pidfd >= 0)
			freeze_continue(freeze, recipients->at[i].pidfd);
}

/* SIGCONT discards the signals that stop: they are sent after it. */
static bool is_stop_signal(int signal)
{
	return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/* Without a process there is nothing to freeze. */
enum status tree_send(struct recipients *recipients, enum tree_order order, int signal,
                      const int32_t *value)
{
	struct freeze freeze;
	if (recipients->count == 0)
		return STATUS_OK;
	if (freeze_begin(&freeze) < 0)
		return error_errno("%s", "--tree");
	enum status status = find_all(recipients, &freeze);
	if (order == TREE_FIRST)
		recipients_reverse(recipients);
	move_self_last(recipients);
	if (is_stop_signal(signal))
		continue_recipients(recipients, &freeze);
	if (status == STATUS_OK)
		status = recipients_send(recipients, signal, value);
	/* those that were named, and so the parents, are in the cgroups */
	if (order != TREE_FIRST)
		freeze_thaw(&freeze);
	if (signal == SIGSTOP && status == STATUS_OK)
		freeze_keep(&freeze);
	else
		continue_recipients(recipients, &freeze);
	freeze_end(&freeze);
	if (order == TREE_FIRST)
		recipients_reverse(recipients);
	return status;
}

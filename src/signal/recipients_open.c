/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/procfs.h"
#include "base/value.h"
#include "base/vec.h"
#include "io/error.h"
#include "process/listing.h"
#include "process/pidfd.h"
#include "signal/procstat.h"
#include "signal/recipients.h"

/* It takes the pidfd: 0, or -1 with errno. */
static int add_recipient(struct recipients *recipients, pid_t pid, int pidfd, pid_t group)
{
	if (recipients->count == recipients->room) {
		struct recipient *more =
		    vec_grow(recipients->at, &recipients->room, sizeof *more);
		if (more == NULL) {
			fd_close_keep_errno(pidfd);
			return -1;
		}
		recipients->at = more;
	}
	recipients->at[recipients->count++] = (struct recipient){pid, pidfd, group};
	return 0;
}

/* Which of the processes that exist are added. */
struct selection {
	const char *name; /* NULL: any */
	bool all_users;
	pid_t group;  /* 0: any */
	pid_t parent; /* 0: any */
};

/* The kernel keeps 15 bytes of a name. The file of a script is the second argument. */
static bool is_long_name(pid_t pid, const char *name)
{
	char path[32], text[4096];
	snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
	ssize_t length = procfs_read(path, text, sizeof text);
	const char *argument = text;
	for (int i = 0; i < 2 && argument < text + length; i++) {
		const char *slash = strrchr(argument, '/');
		if (strcmp(slash != NULL ? slash + 1 : argument, name) == 0)
			return true;
		argument += strlen(argument) + 1;
	}
	return false;
}

static bool has_name(const struct listing_entry *entry, const char *name)
{
	enum { COMM_LENGTH = 15 };
	return strcmp(entry->command, name) == 0 ||
	       (strlen(name) > COMM_LENGTH &&
	        strncmp(entry->command, name, COMM_LENGTH) == 0 &&
	        is_long_name(entry->pid, name));
}

static bool is_selected(const struct selection *selection,
                        const struct listing_entry *entry)
{
	if (selection->parent != 0)
		return entry->parent == selection->parent;
	return selection->group != 0 ? entry->group == selection->group
	                             : has_name(entry, selection->name);
}

static bool is_known(const struct recipients *recipients, pid_t pid)
{
	for (size_t i = 0; i < recipients->count; i++)
		if (recipients->at[i].pid == pid)
			return true;
	return false;
}

/* 1 or 0, or -1 with errno: of a process that is open. */
static int is_still_selected(const struct selection *selection,
                             struct listing_entry *entry)
{
	if (listing_read(entry, entry->pid) < 0)
		return -1;
	if (!is_selected(selection, entry))
		return 0;
	if (selection->name == NULL || selection->all_users)
		return 1;
	struct procstat procstat;
	return procstat_read(&procstat, entry->pid, 0) < 0 ? -1
	                                                   : procstat.user == geteuid();
}

/*
 * Opened first and then read again: as long as it has not ended, what is read is about
 * the process of the pidfd. 1 if it was added, 0 if it is not one of them, -1 with errno.
 */
static int open_selected(struct recipients *recipients, const struct selection *selection,
                         struct listing_entry *entry)
{
	int pidfd = pidfd_open_target(&(struct pidfd_target){.pid = entry->pid});
	if (pidfd < 0)
		return errno == ESRCH ? 0 : -1;
	int result = is_still_selected(selection, entry);
	if (result > 0 && !pidfd_has_ended(pidfd))
		return add_recipient(recipients, entry->pid, pidfd, selection->group) < 0
		           ? -1
		           : 1;
	fd_close_keep_errno(pidfd);
	return result < 0 && errno != ESRCH ? -1 : 0;
}

int recipients_open_child(struct recipients *recipients, pid_t pid, pid_t parent)
{
	struct selection selection = {.parent = parent};
	struct listing_entry entry = {.pid = pid};
	return open_selected(recipients, &selection, &entry);
}

/* Those that are not known yet: 0, or -1 with errno: ESRCH if no such process exists. */
static int open_all_selected(struct recipients *recipients,
                             const struct selection *selection)
{
	struct listing listing;
	struct listing_entry entry;
	bool found = false;
	int result = listing_begin(&listing);
	if (result < 0)
		return -1;
	while (result == 0 && listing_next(&listing, &entry)) {
		if (entry.pid == getpid() || !is_selected(selection, &entry))
			continue;
		bool known = is_known(recipients, entry.pid);
		if (!known)
			result = open_selected(recipients, selection, &entry);
		found |= known || result > 0;
		result = result < 0 ? -1 : 0;
	}
	int error = result < 0 ? errno : listing.error;
	if (error == 0 && !found)
		error = listing.hidden && selection->all_users ? EPERM : ESRCH;
	listing_end(&listing);
	errno = error;
	return error == 0 ? 0 : -1;
}

static int open_group(struct recipients *recipients, pid_t group)
{
	struct selection selection = {.group = group};
	return open_all_selected(recipients, &selection);
}

static int open_process(struct recipients *recipients, const struct signal_target *target)
{
	struct pidfd_target process = {.pid = target->pid,
	                               .has_inode =
	                                   target->kind == SIGNAL_TARGET_IDENTITY,
	                               .inode = target->inode};
	int pidfd = pidfd_open_target(&process);
	return pidfd >= 0 ? add_recipient(recipients, process.pid, pidfd, 0) : -1;
}

/* In place of the process, which was added last, its group. */
static int replace_by_group(struct recipients *recipients)
{
	struct recipient process = recipients->at[--recipients->count];
	struct listing_entry entry;
	int result = listing_read(&entry, process.pid);
	/* of a process that has not been waited for yet this does not fail so */
	if (result == 0 && pidfd_send(process.pidfd, 0, NULL) < 0 && errno == ESRCH)
		result = -1;
	if (result == 0)
		result = open_group(recipients, entry.group);
	fd_close_keep_errno(process.pidfd);
	return result;
}

static enum status open_target(struct recipients *recipients,
                               const struct signal_target *target, bool group)
{
	int result;
	switch (target->kind) {
	case SIGNAL_TARGET_PROCESS:
	case SIGNAL_TARGET_IDENTITY:
		result = open_process(recipients, target);
		if (result == 0 && group)
			result = replace_by_group(recipients);
		break;
	case SIGNAL_TARGET_GROUP: result = open_group(recipients, target->pid); break;
	default:
		return error_usage("'%s': this requires processes: PID, PID:INODE or "
		                   "-PGID",
		                   target->text);
	}
	return result == 0 ? STATUS_OK : signal_target_error(target);
}

enum status recipients_open(struct recipients *recipients,
                            const struct signal_target *target)
{
	return open_target(recipients, target, false);
}

enum status recipients_open_group_of(struct recipients *recipients,
                                     const struct signal_target *target)
{
	return open_target(recipients, target, true);
}

enum status recipients_open_named(struct recipients *recipients, const char *name,
                                  bool all_users)
{
	struct selection selection = {.name = name, .all_users = all_users};
	if (open_all_selected(recipients, &selection) == 0)
		return STATUS_OK;
	if (errno != ESRCH)
		return error_errno("%s", name);
	return error_as(STATUS_NOT_FOUND, "%s: no process%s has that name", name,
	                all_users ? "" : " of this user");
}

enum status recipients_open_forked(struct recipients *recipients)
{
	size_t count = recipients->count;
	for (size_t i = 0; i < count; i++) {
		pid_t group = recipients->at[i].group;
		if (i > 0 && recipients->at[i - 1].group == group)
			continue;
		if (group != 0 && open_group(recipients, group) < 0 && errno != ESRCH)
			return error_errno("-%d", group);
	}
	return STATUS_OK;
}

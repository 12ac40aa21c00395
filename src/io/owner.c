/* SPDX-License-Identifier: MIT */
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/value.h"
#include "io/error.h"
#include "io/owner.h"

enum { OVERFLOW_ID = 65534 }; /* the kernel's default, for users and for groups */

/* user_namespaces(7): "0 0 4294967295", all users, or groups, have their number. */
static bool all_are_mapped(const char *map)
{
	char text[64];
	procfs_read(map, text, sizeof text);
	const char *before_count = strrchr(text, ' ');
	return before_count != NULL &&
	       value_strtoull(before_count + 1, NULL, 10) == UINT32_MAX;
}

static bool is_overflow_id(uint32_t id, const char *sysctl, const char *map)
{
	int64_t overflow = procfs_sysctl(sysctl);
	return (int64_t)id == (overflow >= 0 ? overflow : OVERFLOW_ID) &&
	       !all_are_mapped(map);
}

static bool is_overflow_user(uid_t uid)
{
	return is_overflow_id(uid, "kernel/overflowuid", "/proc/self/uid_map");
}

static bool is_overflow_group(gid_t gid)
{
	return is_overflow_id(gid, "kernel/overflowgid", "/proc/self/gid_map");
}

bool owner_is_trusted(uid_t uid)
{
	return uid == 0 || (uid == geteuid() && !is_overflow_user(uid));
}

static enum status report_owner(const char *name, uid_t uid)
{
	const struct passwd *user = getpwuid(uid);
	if (user == NULL)
		return error_as(STATUS_EXISTS, "%s: exists, but belongs to UID %u", name,
		                (unsigned)uid);
	return error_as(STATUS_EXISTS, "%s: exists, but belongs to %s (UID %u)", name,
	                user->pw_name, (unsigned)uid);
}

/* Would a member of the group, or any user, have been able to write? */
static bool is_shared(gid_t gid, mode_t wanted)
{
	return (wanted & S_IWOTH) != 0 ||
	       ((wanted & S_IWGRP) != 0 && gid == getegid() && !is_overflow_group(gid));
}

enum status owner_check(const char *name, uid_t uid, gid_t gid, mode_t wanted)
{
	return owner_is_trusted(uid) || is_shared(gid, wanted) ? STATUS_OK
	                                                       : report_owner(name, uid);
}

enum status owner_check_ids(const char *name, const struct owner_ids *ids, mode_t wanted)
{
	gid_t gid =
	    ids->owner_group == ids->creator_group ? ids->creator_group : OWNER_NO_GROUP;
	enum status status = owner_check(name, ids->owner, gid, wanted);
	return status != STATUS_OK ? status
	                           : owner_check(name, ids->creator, gid, wanted);
}

enum status owner_check_file(const char *name, const struct stat *st, mode_t wanted)
{
	enum status status = owner_check(name, st->st_uid, st->st_gid, wanted);
	if (status != STATUS_OK || st->st_nlink <= 1 || is_shared(st->st_gid, wanted))
		return status;
	return error_as(STATUS_EXISTS, "%s: exists, but its file has %llu names", name,
	                (unsigned long long)st->st_nlink);
}

bool owner_is_private_file(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_nlink == 1 &&
	       (st->st_mode & (S_IRWXG | S_IRWXO)) == 0 && owner_is_trusted(st->st_uid);
}

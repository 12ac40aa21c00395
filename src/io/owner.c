#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/value.h"
#include "io/error.h"
#include "io/owner.h"

enum { OVERFLOW_UID = 65534 }; /* the kernel's default */

/* user_namespaces(7): "0 0 4294967295", all users have their number. */
static bool all_users_are_mapped(void)
{
	char text[64];
	procfs_read("/proc/self/uid_map", text, sizeof text);
	const char *before_count = strrchr(text, ' ');
	return before_count != NULL &&
	       value_strtoull(before_count + 1, NULL, 10) == UINT32_MAX;
}

static bool is_overflow_user(uid_t uid)
{
	int64_t overflow = procfs_sysctl("kernel/overflowuid");
	return (int64_t)uid == (overflow >= 0 ? overflow : OVERFLOW_UID) &&
	       !all_users_are_mapped();
}

bool owner_is_trusted(uid_t uid)
{
	return uid == 0 || (uid == geteuid() && !is_overflow_user(uid));
}

static enum status report_owner(const char *name, uid_t uid)
{
	const struct passwd *user = getpwuid(uid);
	if (user == NULL)
		return error_as(STATUS_EXISTS, "%s: exists, but belongs to uid %u", name,
		                (unsigned)uid);
	return error_as(STATUS_EXISTS, "%s: exists, but belongs to %s (uid %u)", name,
	                user->pw_name, (unsigned)uid);
}

/* Would a member of the group, or any user, have been able to write? */
static bool is_shared(gid_t gid, mode_t wanted)
{
	return (wanted & S_IWOTH) != 0 || ((wanted & S_IWGRP) != 0 && gid == getegid());
}

enum status owner_check(const char *name, uid_t uid, gid_t gid, mode_t wanted)
{
	return owner_is_trusted(uid) || is_shared(gid, wanted) ? STATUS_OK
	                                                       : report_owner(name, uid);
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

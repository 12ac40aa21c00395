/* SPDX-License-Identifier: MIT */
/*
 * The owner of an object, and whether that user is trusted.
 *
 * The owner of an object can read it, write to it and change its permission bits, so an
 * object that another user created in advance is not the object that this process would
 * have created. Trusted are root and the effective user of this process. The overflow
 * user (65534, /proc/sys/kernel/overflowuid) is not, even if it is the effective user: in
 * a user namespace it stands for every user that has no number there, see
 * user_namespaces(7). Only if all users have a number it is a user as any other.
 */
#ifndef IO_OWNER_H
#define IO_OWNER_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/status.h"

/* Is the user root, or the effective user of this process? */
bool owner_is_trusted(uid_t uid);

/* A group that no process has, in place of one that does not say who created an object.
 */
static const gid_t OWNER_NO_GROUP = (gid_t)-1;

/*
 * For an existing object, in place of one that would have been created with the mode
 * `wanted`: STATUS_EXISTS, reported, if it belongs to a user that is not trusted, unless
 * `wanted` would let that user write: the bit for others, or that for the group if the
 * object's group is the effective group of this process, and not the overflow group
 * (65534, /proc/sys/kernel/overflowgid) of a user namespace.
 */
enum status owner_check(const char *name, uid_t uid, gid_t gid, mode_t wanted);

/*
 * The owner of a System V object can make any user and any group its owner, but not its
 * creator, and both have the same rights: sysvipc(7).
 */
struct owner_ids {
	uid_t owner, creator;
	gid_t owner_group, creator_group;
};

/* owner_check() for both; the group counts if the object was created in it. */
enum status owner_check_ids(const char *name, const struct owner_ids *ids, mode_t wanted);

/*
 * The same for a file. It must also have one name only, unless others may write: another
 * user can link a file of this user to a second name (link(2); with
 * fs.protected_hardlinks a file that the other user may read and write).
 */
enum status owner_check_file(const char *name, const struct stat *st, mode_t wanted);

/*
 * Is it a file that no other user can have created, changed or linked: a regular file of
 * a trusted user with one name, and without permission bits for the group and others?
 */
bool owner_is_private_file(const struct stat *st);

#endif

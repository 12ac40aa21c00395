/* SPDX-License-Identifier: MIT */
/*
 * The owner and the mode of objects that exist, and the capacity of a System V queue:
 * fchmod(2) and fchownat(2) of POSIX objects, IPC_SET of msgctl(2), shmctl(2), semctl(2).
 */
#ifndef OBJECT_ACCESS_H
#define OBJECT_ACCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"
#include "object/name.h"
#include "object/sysv.h"

struct access_values {
	uid_t uid;
	gid_t gid;
	mode_t mode;   /* 07777 of a POSIX object, 0777 of System V */
	int64_t bytes; /* msg_qbytes; 0: not a System V queue */
};

struct access_object {
	const struct name *name; /* must outlive it */
	int fd;                  /* POSIX: open in any way, O_PATH too */
	int id;                  /* System V */
	const struct sysv_kind *kind;
	uid_t creator; /* System V: has the owner's rights; otherwise the owner */
	struct access_values values; /* as they are, or were before the change */
};

/*
 * Read the values. Reports: STATUS_FAILED if a POSIX object is not a file of its own (it
 * is of another type, or has a second name, which another user may have made), or if this
 * process is not permitted to change it.
 */
enum status access_read(struct access_object *object);

/*
 * Change all values that differ; object->values stay. System V does that in one call. If
 * only a part of it succeeds, that is undone. A failure is reported.
 */
enum status access_change(const struct access_object *object,
                          const struct access_values *values);

/* Back to object->values; a failure is reported, with what could not be restored. */
enum status access_restore(const struct access_object *object);

/* "root:adm", or numbers for those without a name. */
struct access_owner_text {
	char text[80];
};
const char *access_owner_text(struct access_owner_text *text, uid_t uid, gid_t gid);

/*
 * "USER", "USER:GROUP", ":GROUP": names, or numbers. An id that is left out is not
 * changed. STATUS_USAGE, reported, if it is none of these.
 */
enum status access_parse_owner(const char *text, uid_t *uid, gid_t *gid);

#endif

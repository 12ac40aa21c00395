/* SPDX-License-Identifier: MIT */
/*
 * The common operations of all System V objects; see sysvipc(7).
 */
#ifndef OBJECT_SYSV_H
#define OBJECT_SYSV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"
#include "object/name.h"

/* IPCMNI of the kernel: the highest value of kernel.msgmni, kernel.shmmni and SEMMNI. */
enum { SYSV_IDS_MAX = 32768 };

struct ipc_perm;

/* A kind of object: its name and its system calls. */
struct sysv_kind {
	const char *object; /* "message queue" */
	const char *maker;  /* "mqcreate", what makes one */
	/* msgget(2): the id of an existing object, without requiring a permission */
	int (*get)(int32_t key);
	/* msgctl(2) */
	int (*control)(int id, int command, void *argument);
	int stat_any; /* MSG_STAT_ANY */
};

/*
 * Report errno of a call on an object, with the prefix `before` ("" for none). ENOENT,
 * EINVAL and EIDRM are STATUS_NOT_FOUND: no object has the key or the id, or it was
 * removed. A call whose EINVAL has another meaning must report it itself.
 */
enum status sysv_error(const struct name *name, const struct sysv_kind *kind,
                       const char *before);

/*
 * The id of an existing object. A failure is reported; `private:`, which never names an
 * existing object, is a usage error.
 */
enum status sysv_find(int *id, const struct name *name, const struct sysv_kind *kind);

/* The same for a name that is not `private:`; -1 with errno if the object is missing. */
int sysv_get(const struct name *name, const struct sysv_kind *kind);

/*
 * IPC_STAT, also without read permission: 0, or -1 with errno. Before Linux 4.17 the
 * permission is needed (EACCES).
 */
int sysv_stat(int id, const struct sysv_kind *kind, void *facts);

/*
 * Remove an object. A failure is reported; but STATUS_NOT_FOUND with missing_is_fine is
 * not.
 */
enum status sysv_unlink(const struct name *name, const struct sysv_kind *kind,
                        bool missing_is_fine);

/* Remove a new object whose initialization failed. errno is left unchanged. */
void sysv_discard(int id, const struct sysv_kind *kind);

/* For creation: STATUS_USAGE, reported, for id:, because the kernel chooses the id. */
enum status sysv_check_create(const struct name *name);

/*
 * Print "id:7" of an object that was created or found: the only name of a `private:`
 * object. If that fails, a new object is removed by `unlink` (such as queue_unlink()).
 */
enum status sysv_print_id(int32_t id, bool is_new,
                          enum status (*unlink)(const struct name *, bool));

/*
 * STATUS_EXISTS, reported, if an existing object is not one that this user would have
 * created with the mode `wanted`, see owner_check_ids().
 */
enum status sysv_check_owner(const struct name *name, const struct ipc_perm *perm,
                             mode_t wanted);

/* A key as text, "0x0000004a"; NULL for 0, the key of an object without one. */
enum { SYSV_KEY_BYTES = sizeof "0x0000004a" };
const char *sysv_key_text(int32_t key, char text[SYSV_KEY_BYTES]);

#endif

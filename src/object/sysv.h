/*
 * What all objects of System V have in common; see sysvipc(7).
 */
#ifndef OBJECT_SYSV_H
#define OBJECT_SYSV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "object/name.h"

/* A kind of object, by the calls for it. */
struct sysv_kind {
	const char *object; /* "message queue" */
	/* msgget(2): the id of one that is there, asking for none of its permissions */
	int (*get)(int32_t key);
	/* msgctl(2) */
	int (*control)(int id, int command, void *argument);
	int stat_any; /* MSG_STAT_ANY */
};

/*
 * Report errno of a call on an object. ENOENT, EINVAL and EIDRM are
 * STATUS_NOT_FOUND: the key, or the id, names none, or none any more. So a call whose
 * EINVAL can mean another thing reports that itself. `before` is what to say in front
 * of the reason, "" for nothing.
 */
enum status sysv_error(const struct name *name, const struct sysv_kind *kind,
                       const char *before);

/*
 * The id of one that is there. A failure is reported, `private:`, which names nothing
 * that exists, as a usage error.
 */
enum status sysv_find(int *id, const struct name *name, const struct sysv_kind *kind);

/* The same of a name that is not `private:`, -1 with errno where there is none. */
int sysv_get(const struct name *name, const struct sysv_kind *kind);

/* IPC_STAT, whatever the object permits: 0, or -1 with errno, EACCES before Linux 4.17.
 */
int sysv_stat(int id, const struct sysv_kind *kind, void *facts);

/* Remove one: STATUS_NOT_FOUND where there is none; missing_is_fine: without a message.
 */
enum status sysv_unlink(const struct name *name, const struct sysv_kind *kind,
                        bool missing_is_fine);

/* Remove a new one that could not be made as it was to be. errno is left as it was. */
void sysv_discard(int id, const struct sysv_kind *kind);

/* An id is the kernel's to give: a usage error for what creates. */
enum status sysv_check_create(const struct name *name);

/*
 * Print the id of one that was made or found: it can be named by that too, and a
 * `private:` by that alone. A new one that nobody can be told of is removed, by the
 * function of its kind, as queue_unlink().
 */
enum status sysv_print_id(int32_t id, bool is_new,
                          enum status (*unlink)(const struct name *, bool));

/* A key as text, "0x0000004a"; NULL for 0, which an object without a key has. */
enum { SYSV_KEY_BYTES = sizeof "0x0000004a" };
const char *sysv_key_text(int32_t key, char text[SYSV_KEY_BYTES]);

#endif

/*
 * What all objects of System V have in common; see sysvipc(7).
 */
#ifndef SYSV_H
#define SYSV_H

#include "applet.h"
#include "name.h"

/*
 * Report errno of a call on an object ("message queue"). ENOENT, EINVAL and EIDRM are
 * STATUS_MISSING: the key, or the id, names none, or none any more. So a call whose
 * EINVAL can mean another thing reports that itself. `before` is what to say in front
 * of the reason, "" for nothing.
 */
enum status sysv_failed(const struct name *name, const char *object, const char *before);

/* `private:` names nothing that exists: a usage error for all but what creates. */
enum status sysv_names_one(const struct name *name);

/* An id is the kernel's to give: a usage error for what creates. */
enum status sysv_can_create(const struct name *name);

/* A key as text, "0x0000004a"; NULL for 0, which an object without a key has. */
enum { SYSV_KEY_BYTES = sizeof "0x0000004a" };
const char *sysv_key(int32_t key, char text[SYSV_KEY_BYTES]);

#endif

/* SPDX-License-Identifier: MIT */
#include "object/missing.h"

#include <errno.h>

#include "io/error.h"

static const struct {
	const char *object, *maker;
} missing_kinds[] = {
    [NAME_QUEUE] = {"queue", "mqcreate"},
    [NAME_MEMORY] = {"shared memory object", "shmcreate"},
    [NAME_SEMAPHORE] = {"semaphore", "semop create"},
    [NAME_EVENTFD] = {"eventfd", "efd serve"},
    [NAME_LOCK] = {"shared memory object", "shmcreate"},
};

enum status missing_open_error(const struct name *name, enum name_kind kind)
{
	/* a semaphore or lock in memory: the object that would contain it is missing */
	if (name->family == NAME_FAMILY_IN_MEMORY)
		kind = NAME_MEMORY;
	if (errno == EBADF && name->family == NAME_FAMILY_DESCRIPTOR)
		return error_as(STATUS_FAILED, "%s: not open", name->text);
	if (errno != ENOENT)
		return error_errno("%s", name->text);
	return error_no_such(name->text, missing_kinds[kind].object,
	                     missing_kinds[kind].maker);
}

enum status missing_unlink_error(const struct name *name, enum name_kind kind)
{
	if (errno != ENOENT)
		return error_errno("%s", name->text);
	return error_as(STATUS_NOT_FOUND, "%s: no such %s", name->text,
	                missing_kinds[kind].object);
}

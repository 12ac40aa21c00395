/* SPDX-License-Identifier: MIT */
/*
 * Messages about objects that do not exist: what kind of object, and what makes one.
 */
#ifndef OBJECT_MISSING_H
#define OBJECT_MISSING_H

#include "object/name.h"

/*
 * errno of a call that opens an object: for ENOENT "NAME: no such queue (mqcreate makes
 * one)" and STATUS_NOT_FOUND; for EBADF of a descriptor "fd:7: not open"; otherwise as
 * error_errno().
 */
enum status missing_open_error(const struct name *name, enum name_kind kind);

/* Of a call that removes one: the same without advice. */
enum status missing_unlink_error(const struct name *name, enum name_kind kind);

#endif

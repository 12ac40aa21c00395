/* SPDX-License-Identifier: MIT */
/*
 * Seals of memory that a descriptor refers to: what is forbidden for good, see fcntl(2).
 */
#ifndef SHM_SEALS_H
#define SHM_SEALS_H

#include "base/status.h"
#include "object/name.h"

/*
 * Report EPERM of memory of NAME_FAMILY_DESCRIPTOR: "fd:7: subject: not permitted
 * (seals: grow)". STATUS_FAILED.
 */
enum status seals_report(const struct name *name, const char *subject);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A range of bytes from text, as an option has it.
 */
#ifndef LOCK_RANGE_H
#define LOCK_RANGE_H

#include "base/status.h"
#include "lock/lock.h"

/*
 * "START:LENGTH", both as value_size() reads them; LENGTH 0 is to the end. Sets start and
 * length; anything else is reported as a usage error of the option -r.
 */
enum status lock_range_parse(const char *text, struct lock_attributes *attributes);

#endif

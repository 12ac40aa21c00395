/* SPDX-License-Identifier: MIT */
/*
 * A mutex in shared memory that is released if its owner dies: the pthread_mutex_t of
 * glibc with the attributes robust and process-shared, which C programs use too. See
 * pthread_mutex_lock(3), pthread_mutexattr_setrobust(3). (The layout of musl differs.)
 */
#ifndef LOCK_MUTEX_H
#define LOCK_MUTEX_H

#include "lock/memory_kind.h"

enum { MUTEX_BYTES = 40 };

extern const struct lock_memory_kind mutex_kind;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Operations on a semaphore set as text: `0-1u,1+2n,2=0`. Each is the index of a
 * semaphore, then -N (subtract), +N (add) or =0 (wait until it is 0), then u (SEM_UNDO),
 * n (IPC_NOWAIT), or both. See semop(2).
 */
#ifndef SEMAPHORE_OPS_H
#define SEMAPHORE_OPS_H

#include <stddef.h>

#include "base/status.h"

struct sembuf;

/*
 * Read the whole text: *operations, to be freed, and their *count. A failure is reported
 * and nothing is to be freed; STATUS_USAGE if the text is malformed.
 */
enum status semaphore_ops_parse(const char *text, struct sembuf **operations,
                                size_t *count);

#endif

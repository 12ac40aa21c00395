/* SPDX-License-Identifier: MIT */
/*
 * All named semaphores and System V sets, for ipcls: see object/list.h. A semaphore of
 * musl, whose file is that of a shared memory object, is listed as one.
 */
#ifndef SEMAPHORE_LIST_H
#define SEMAPHORE_LIST_H

#include "object/list.h"

/* Append the System V sets, and the semaphores in a directory as /dev/shm. */
void semaphore_list(struct object_list *list, const char *directory);

#endif

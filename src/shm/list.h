/* SPDX-License-Identifier: MIT */
/*
 * All shared memory objects, for ipcls: see object/list.h.
 */
#ifndef SHM_LIST_H
#define SHM_LIST_H

#include <sys/stat.h>

#include "object/list.h"

/* Append the System V segments, and the objects in a directory as /dev/shm. */
void shm_list(struct object_list *list, const char *directory);

/* The bytes that are allocated, of the size of the file. */
void shm_list_set_size(struct object *object, const struct stat *st);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * All message queues of the IPC namespace, for ipcls: see object/list.h.
 */
#ifndef QUEUE_LIST_H
#define QUEUE_LIST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "object/list.h"

/*
 * Append the queues. The names of POSIX queues are in the mqueue file system only: false
 * if it can be neither mounted, which requires privileges, nor found at /dev/mqueue.
 * *device is its st_dev, or 0.
 */
bool queue_list(struct object_list *list, uint64_t *device);

/* Append the POSIX queue of this name, in any form, if it exists and can be read. */
void queue_list_add_name(struct object_list *list, const char *name);

/*
 * An open directory that has the names of the POSIX queues; -1 if the mqueue file system
 * can be neither mounted nor found at /dev/mqueue.
 */
int queue_list_directory(void);

/* Is this open file, of type S_IFREG, a queue? `fd` is its name in a directory
 * /proc/PID/fd. */
bool queue_list_is_queue(int directory, const char *fd);

/*
 * The index of the queue that a process has open, added if it is not in the list (it is
 * unlinked, or its name could not be listed); OBJECT_NONE without memory.
 */
int queue_list_add_open(struct object_list *list, int directory, const char *fd,
                        const struct stat *st);

#endif

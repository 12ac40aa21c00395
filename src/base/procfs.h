/*
 * The kernel's own limits, for messages that name them with their value.
 */
#ifndef BASE_PROCFS_H
#define BASE_PROCFS_H

#include <stdint.h>

/*
 * The first number of /proc/sys/NAME ("fs/mqueue/msg_max", "kernel/msgmnb"), -1 where it
 * cannot be read. errno is left as it was.
 */
int64_t limit_of(const char *name);

#endif

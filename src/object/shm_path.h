/* SPDX-License-Identifier: MIT */
/*
 * The file of a shared memory object, the same with glibc and musl: see shm_overview(7).
 */
#ifndef OBJECT_SHM_PATH_H
#define OBJECT_SHM_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "object/name.h"

#define SHM_PATH_DIRECTORY "/dev/shm"

struct shm_path {
	char text[sizeof SHM_PATH_DIRECTORY + sizeof((struct name *)NULL)->text];
};

/* "/dev/shm/x" for the object "/x" of NAME_FAMILY_POSIX; returns path->text. */
const char *shm_path_of(struct shm_path *path, const struct name *memory);

/* Is a file there, by its name and its attributes, a named semaphore of glibc? */
bool shm_path_is_semaphore(const char *file, const struct stat *st);

/*
 * open(2) an object of NAME_FAMILY_POSIX or NAME_FAMILY_DESCRIPTOR with O_RDONLY,
 * O_WRONLY or O_RDWR: a new descriptor, or -1 with errno. Never waits, and does not
 * follow a symbolic link. The file may be of any type: check it.
 *
 * fd:N is opened anew, so that locks of the two are different ones, unless that is not
 * possible; EACCES if the descriptor N does not permit that access, EBADF if it is not
 * open.
 */
int shm_path_open(const struct name *memory, int access);

#endif

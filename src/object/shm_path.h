/*
 * The file of a shared memory object, the same with glibc and musl: see shm_overview(7).
 */
#ifndef OBJECT_SHM_PATH_H
#define OBJECT_SHM_PATH_H

#include <stddef.h>

#include "object/name.h"

#define SHM_PATH_DIRECTORY "/dev/shm"

struct shm_path {
	char text[sizeof SHM_PATH_DIRECTORY + sizeof((struct name *)NULL)->text];
};

/* "/dev/shm/x" for the object "/x" of NAME_FAMILY_POSIX; returns path->text. */
const char *shm_path_of(struct shm_path *path, const struct name *memory);

#endif

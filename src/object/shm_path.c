/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "object/shm_path.h"

const char *shm_path_of(struct shm_path *path, const struct name *memory)
{
	strcpy(path->text, SHM_PATH_DIRECTORY);
	strcat(path->text, memory->text);
	return path->text;
}

bool shm_path_is_semaphore(const char *file, const struct stat *st)
{
	enum { SEMAPHORE_FILE_BYTES = 32 };
	return strncmp(file, "sem.", 4) == 0 && file[4] != '\0' && S_ISREG(st->st_mode) &&
	       st->st_size == SEMAPHORE_FILE_BYTES;
}

/* Only a regular file is opened: of other types that may have side effects. */
static int open_descriptor_anew(int fd, int access)
{
	enum { LOWEST = 3 };
	char path[40];
	struct stat st;
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fstat(fd, &st) < 0)
		return -1;
	bool is_file = S_ISREG(st.st_mode);
	if (is_file && (flags & O_ACCMODE) != O_RDWR && (flags & O_ACCMODE) != access) {
		errno = EACCES;
		return -1;
	}
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int again = is_file ? open(path, access | O_CLOEXEC) : -1;
	return again >= 0 ? again : fcntl(fd, F_DUPFD_CLOEXEC, LOWEST);
}

int shm_path_open(const struct name *memory, int access)
{
	struct shm_path path;
	if (memory->family == NAME_FAMILY_DESCRIPTOR)
		return open_descriptor_anew(memory->number, access);
	/* O_NONBLOCK, O_NOCTTY: the name may be that of a FIFO or a terminal */
	return open(shm_path_of(&path, memory),
	            access | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

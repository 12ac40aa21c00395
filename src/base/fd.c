/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"

void fd_close_keep_errno(int fd)
{
	int error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
}

int fd_move_above(int fd, int lowest)
{
	if (fd >= lowest)
		return fd;
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, lowest);
	if (moved >= 0)
		close(fd);
	return moved;
}

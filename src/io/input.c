/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "io/input.h"

ssize_t input_read_from(int fd, const struct deadline *deadline, void *bytes, size_t size)
{
	struct pollfd input = {.fd = fd, .events = POLLIN};
	for (;;) {
		/* read(2) itself would wait despite a signal that arrived just before it
		 */
		if (deadline_poll(deadline, &input, 1) < 0)
			return -1;
		ssize_t length = read(fd, bytes, size);
		if (length >= 0 || (errno != EINTR && errno != EAGAIN))
			return length;
	}
}

ssize_t input_read(void *bytes, size_t size)
{
	return input_read_from(STDIN_FILENO, &DEADLINE_NEVER, bytes, size);
}

int64_t input_remaining(void)
{
	struct stat st;
	if (fstat(STDIN_FILENO, &st) < 0 || !S_ISREG(st.st_mode))
		return -1;
	off_t position = lseek(STDIN_FILENO, 0, SEEK_CUR);
	/* the files of /proc have a size of 0, but are not empty */
	if (position < 0 || st.st_size <= position)
		return -1;
	return st.st_size - position;
}

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/value.h"

static int64_t number_in(const char *path)
{
	char text[32];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t length = read(fd, text, sizeof text - 1);
	close(fd);
	if (length <= 0)
		return -1;
	text[length] = '\0';
	return (int64_t)value_within(text, NULL, 10);
}

int64_t limit_of(const char *name)
{
	char path[64];
	int error = errno;
	snprintf(path, sizeof path, "/proc/sys/%s", name);
	int64_t limit = number_in(path);
	errno = error;
	return limit;
}

/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/procfs.h"
#include "base/value.h"

bool procfs_is_mounted(void)
{
	return access("/proc/self", F_OK) == 0;
}

void procfs_correct_errno(void)
{
	int error = errno;
	errno = error == ENOENT && !procfs_is_mounted() ? ENOPKG : error;
}

static int procfs_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		procfs_correct_errno();
	return fd;
}

ssize_t procfs_read(const char *path, char *text, size_t size)
{
	text[0] = '\0';
	int fd = procfs_open(path);
	if (fd < 0)
		return -1;
	ssize_t length = read(fd, text, size - 1);
	fd_close_keep_errno(fd);
	text[length > 0 ? length : 0] = '\0';
	return length;
}

int64_t procfs_sysctl(const char *name)
{
	char path[64], text[32];
	int error = errno;
	snprintf(path, sizeof path, "/proc/sys/%s", name);
	ssize_t length = procfs_read(path, text, sizeof text);
	errno = error;
	return length > 0 ? (int64_t)value_strtoull(text, NULL, 10) : -1;
}

char *procfs_read_all(const char *path)
{
	return procfs_read_all_at(AT_FDCWD, path);
}

char *procfs_read_all_at(int directory, const char *path)
{
	size_t room = 4096, length = 0;
	ssize_t part = -1;
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		procfs_correct_errno();
		return NULL;
	}
	char *text = malloc(room);
	while (text != NULL && (part = read(fd, text + length, room - length - 1)) > 0) {
		length += (size_t)part;
		if (length + 1 < room)
			continue;
		char *more = realloc(text, room *= 2);
		if (more == NULL)
			break;
		text = more;
	}
	fd_close_keep_errno(fd);
	if (text != NULL && part == 0) {
		text[length] = '\0';
		return text;
	}
	int error = errno;
	free(text);
	errno = error;
	return NULL;
}

char *procfs_next_line(char **rest)
{
	char *line = *rest;
	if (*line == '\0')
		return NULL;
	size_t length = strcspn(line, "\n");
	*rest = line + length + (line[length] != '\0');
	line[length] = '\0';
	return line;
}

char *procfs_next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");
	size_t length = strcspn(word, " \t");
	*rest = word + length + (word[length] != '\0');
	word[length] = '\0';
	return word;
}

const char *procfs_find_field(const char *text, const char *field)
{
	const char *found = strstr(text, field);
	return found != NULL ? found + strlen(field) : NULL;
}

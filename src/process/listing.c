/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/procfs.h"
#include "base/value.h"
#include "process/listing.h"

/* "123 (comm) S PPID PGRP …"; comm can have any bytes. */
bool listing_parse(struct listing_entry *entry, const char *text)
{
	const char *name = strchr(text, '('), *rest = strrchr(text, ')');
	if (name == NULL || rest <= name || strlen(rest) < strlen(") S 1"))
		return false;
	size_t length = (size_t)(rest - ++name);
	if (length >= sizeof entry->command)
		length = sizeof entry->command - 1;
	memcpy(entry->command, name, length);
	entry->command[length] = '\0';
	entry->state = rest[2];
	entry->pid = (pid_t)value_strtoull(text, NULL, 10);
	entry->parent = (pid_t)value_strtoull(rest + 3, &rest, 10);
	entry->group = (pid_t)value_strtoull(rest, NULL, 10);
	return true;
}

int listing_read(struct listing_entry *entry, pid_t pid)
{
	char path[32], text[512];
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	if (procfs_read(path, text, sizeof text) < 0) {
		if (errno == ENOENT)
			errno = ESRCH;
		return -1;
	}
	errno = ESRCH;
	return listing_parse(entry, text) ? 0 : -1;
}

int listing_begin(struct listing *listing)
{
	*listing = (struct listing){.directory = opendir("/proc")};
	if (listing->directory == NULL)
		procfs_correct_errno();
	else if (!procfs_is_mounted())
		listing->error = ENOPKG;
	return listing->directory != NULL ? 0 : -1;
}

/* NULL with errno, 0 at the end. */
static struct dirent *next_file(DIR *directory)
{
	errno = 0;
	return readdir(directory);
}

bool listing_next(struct listing *listing, struct listing_entry *entry)
{
	struct dirent *file;
	while ((file = next_file(listing->directory)) != NULL) {
		pid_t pid = (pid_t)value_strtoull(file->d_name, NULL, 10);
		if (pid > 0 && listing_read(entry, pid) == 0)
			return true;
		if (pid > 0 && (errno == EPERM || errno == EACCES))
			listing->hidden = true;
		else if (pid > 0 && errno != ESRCH)
			listing->error = errno;
	}
	if (errno != 0)
		listing->error = errno;
	return false;
}

void listing_end(struct listing *listing)
{
	closedir(listing->directory);
}

/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/procfs.h"
#include "base/value.h"
#include "io/error.h"
#include "lock/search.h"

/* The functions return false with errno ENOMEM. */

/* The locks that a descriptor of the file holds. */
static bool search_fdinfo(struct lock_search *search, int pid, int fd)
{
	char path[64];
	struct lock_entry entry;
	bool added = true;
	snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", pid, fd);
	char *text = procfs_read_all(path), *rest = text, *line;
	while (added && text != NULL && (line = procfs_next_line(&rest)) != NULL) {
		if (strncmp(line, "lock:", 5) != 0 ||
		    !lock_entry_parse(&entry, line + 5, search->device, search->inode))
			continue;
		entry.pid = pid;
		added = lock_list_add(&search->holders, &entry);
	}
	free(text);
	return added;
}

/* "72 0xb 0x26 …": does the process wait in fcntl(2) on this descriptor? */
static bool search_syscall(struct lock_search *search, int pid, int fd)
{
	char path[64];
	bool added = true;
	snprintf(path, sizeof path, "/proc/%d/syscall", pid);
	char *text = procfs_read_all(path), *rest = text;
	if (text != NULL &&
	    (int64_t)value_strtoull(procfs_next_word(&rest), NULL, 10) == SYS_fcntl &&
	    (int64_t)value_strtoull(procfs_next_word(&rest), NULL, 16) == fd &&
	    (int64_t)value_strtoull(procfs_next_word(&rest), NULL, 16) == F_OFD_SETLKW) {
		struct lock_entry entry = {.pid = pid};
		added = lock_list_add(&search->waiters, &entry);
	}
	free(text);
	return added;
}

static bool search_process(struct lock_search *search, int pid)
{
	char path[64];
	struct stat st;
	bool added = true;
	snprintf(path, sizeof path, "/proc/%d/fd", pid);
	DIR *directory = opendir(path);
	if (directory == NULL)
		return true;
	for (struct dirent *entry; added && (entry = readdir(directory)) != NULL;) {
		if (entry->d_name[0] == '.' ||
		    fstatat(dirfd(directory), entry->d_name, &st, 0) < 0 ||
		    st.st_dev != search->device || st.st_ino != search->inode)
			continue;
		int fd = (int)value_strtoull(entry->d_name, NULL, 10);
		added = search_fdinfo(search, pid, fd) && search_syscall(search, pid, fd);
	}
	closedir(directory);
	return added;
}

enum status lock_search_processes(struct lock_search *search)
{
	bool added = true;
	DIR *directory = opendir("/proc");
	if (directory == NULL)
		return error_errno("/proc");
	for (struct dirent *entry; added && (entry = readdir(directory)) != NULL;)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			added = search_process(
			    search, (int)value_strtoull(entry->d_name, NULL, 10));
	closedir(directory);
	return added ? STATUS_OK
	             : error_as(STATUS_FAILED, "/proc: %s", error_text(ENOMEM));
}

void lock_search_free(struct lock_search *search)
{
	lock_list_free(&search->holders);
	lock_list_free(&search->waiters);
}

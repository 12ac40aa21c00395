/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdint.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/fd.h"
#include "io/file_watch.h"

void file_watch_begin(struct file_watch *watch)
{
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

void file_watch_end(struct file_watch *watch)
{
	fd_close_keep_errno(watch->fd);
	watch->fd = -1;
}

static void add_watch(struct file_watch *watch, const char *path, uint32_t flags)
{
	/* IN_ATTRIB: the number of links changes; an open file is not deleted */
	uint32_t events = IN_ATTRIB | IN_MOVE_SELF;
	if (watch->fd >= 0 && inotify_add_watch(watch->fd, path, events | flags) < 0 &&
	    errno != ENOENT)
		file_watch_end(watch);
}

void file_watch_add(struct file_watch *watch, const char *path)
{
	add_watch(watch, path, 0);
	/* the same file, unless the name is a symbolic link */
	add_watch(watch, path, IN_DONT_FOLLOW);
}

void file_watch_read(const struct file_watch *watch)
{
	char events[4096];
	while (watch->fd >= 0 && read(watch->fd, events, sizeof events) > 0)
		continue;
}

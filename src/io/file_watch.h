/* SPDX-License-Identifier: MIT */
/*
 * Waiting for a name to be removed, or given to another file, while its file is open.
 * See inotify(7).
 */
#ifndef IO_FILE_WATCH_H
#define IO_FILE_WATCH_H

struct file_watch {
	/* poll(2) it for POLLIN; -1: inotify is not available, look now and then */
	int fd;
};

/* Never fails: see fd. */
void file_watch_begin(struct file_watch *watch);
void file_watch_end(struct file_watch *watch);

/*
 * Watch the file at this path too, and the symbolic link if the path is one. From here on
 * POLLIN is reported if either may have got another name, until file_watch_read(). Call
 * file_is_named() afterwards. A change of a directory in the path is not reported.
 */
void file_watch_add(struct file_watch *watch, const char *path);

/* Read what has been reported. */
void file_watch_read(const struct file_watch *watch);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * path:FILE, path:FILE:gone, path:FILE:changed, by inotify(7).
 *
 * Each directory of the path is watched, so that one may be made, removed or renamed: the
 * last one that exists for the names in it, those before it for themselves. A directory
 * is watched before the name in it is looked for, so no change is missed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/error.h"
#include "wait/source.h"

enum {
	/* IN_ATTRIB: the number of links changes, though a process has the file open */
	WATCH_SELF = IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF,
	WATCH_CONTENTS =
	    WATCH_SELF | IN_CREATE | IN_DELETE | IN_MOVE | IN_MODIFY | IN_CLOSE_WRITE
};

static enum status wait_path_parse(struct wait_source *source, const char *rest)
{
	static const char *const states[] = {
	    [WAIT_PATH_EXISTS] = ":exists",
	    [WAIT_PATH_GONE] = ":gone",
	    [WAIT_PATH_CHANGED] = ":changed",
	};
	size_t length = strlen(rest);
	for (int i = WAIT_PATH_EXISTS; i <= WAIT_PATH_CHANGED; i++) {
		size_t suffix = strlen(states[i]);
		if (length <= suffix || strcmp(rest + length - suffix, states[i]) != 0)
			continue;
		source->as.path.state = (enum wait_path_state)i;
		length -= suffix;
		break;
	}
	source->as.path.length = length;
	return length > 0 ? STATUS_OK : error_usage("'%s' is not a path", rest);
}

/* Watch the first `length` bytes of the path, 0: where it begins. The watch, or -1. */
static int wait_path_watch(const struct wait_source *source, size_t length,
                           uint32_t events)
{
	char *path = source->as.path.text, saved = path[length];
	const char *begin = path[0] == '/' ? "/" : ".";
	path[length] = '\0';
	const char *name = length > 0 ? path : begin;
	/* the symbolic link, if it is one; otherwise the second call changes the events
	 */
	inotify_add_watch(source->waitable.fd, name, WATCH_SELF | IN_DONT_FOLLOW);
	int watch = inotify_add_watch(source->waitable.fd, name, events);
	path[length] = saved;
	return watch;
}

/*
 * Watch the whole path, or as much of it as exists. A file that may not be read is
 * watched by its directory. -1 with errno if neither can be watched.
 */
static int wait_path_arm(struct wait_source *source)
{
	const char *path = source->as.path.text;
	size_t before = 0, end = strspn(path, "/");
	int last = wait_path_watch(source, 0, WATCH_CONTENTS), last_error = errno;
	source->as.path.watch = -1;
	while (path[end] != '\0') {
		end += strcspn(path + end, "/");
		int watch = wait_path_watch(source, end, WATCH_CONTENTS);
		int error = errno;
		bool is_last = path[end + strspn(path + end, "/")] == '\0';
		if (watch >= 0 && last >= 0 && watch != last)
			wait_path_watch(source, before, WATCH_SELF);
		if (watch < 0 && (error != EACCES || is_last)) {
			errno = last_error;
			bool is_watched = last >= 0 && error != ENOSPC;
			return is_watched ? 0 : -1;
		}
		before = end;
		end += strspn(path + end, "/");
		last = watch;
		last_error = error;
	}
	source->as.path.watch = last;
	return 0;
}

/* The events of the file, in short. */
struct wait_path_events {
	bool changed, moved; /* moved: it was created, removed or renamed */
};

static struct wait_path_events wait_path_read(const struct wait_source *source)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const char *slash = strrchr(source->as.path.text, '/');
	const char *name = slash != NULL ? slash + 1 : source->as.path.text;
	struct wait_path_events found = {0};
	ssize_t length;
	while ((length = read(source->waitable.fd, events, sizeof events)) > 0)
		for (ssize_t at = 0; at < length;) {
			const struct inotify_event *event = (const void *)(events + at);
			bool is_named = event->len > 0 && strcmp(event->name, name) == 0;
			bool is_watched = event->wd == source->as.path.watch;
			found.changed |=
			    is_named || is_watched || (event->mask & IN_Q_OVERFLOW) != 0;
			found.moved |=
			    (is_named || (is_watched && event->len == 0)) &&
			    (event->mask & (IN_CREATE | IN_DELETE | IN_MOVE |
			                    IN_MOVE_SELF | IN_DELETE_SELF)) != 0;
			at += (ssize_t)(sizeof *event + event->len);
		}
	return found;
}

static int wait_path_check(struct wait_source *source)
{
	struct stat st = {0};
	struct wait_path_events events = wait_path_read(source);
	if (wait_path_arm(source) < 0)
		return -1;
	if (source->as.path.state == WAIT_PATH_CHANGED)
		return events.changed;
	bool exists = stat(source->as.path.text, &st) == 0;
	if (!exists && errno != ENOENT && errno != ENOTDIR)
		return -1;
	/* again only after it was not so */
	bool reported = source->as.path.reported && !events.moved &&
	                source->as.path.inode == st.st_ino;
	source->as.path.reported = exists == (source->as.path.state == WAIT_PATH_EXISTS);
	source->as.path.inode = st.st_ino;
	return source->as.path.reported && !reported;
}

static enum status wait_path_open(struct wait_source *source)
{
	struct stat st;
	char *path = strndup(source->rest, source->as.path.length);
	source->as.path.text = path;
	source->waitable.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (path != NULL && source->waitable.fd >= 0 && wait_path_arm(source) == 0 &&
	    (source->as.path.state != WAIT_PATH_CHANGED || stat(path, &st) == 0))
		return STATUS_OK;
	enum status status = error_errno("%s", source->text);
	free(path);
	return status;
}

static void wait_path_close(struct wait_source *source)
{
	close(source->waitable.fd);
	free(source->as.path.text);
}

const struct wait_kind wait_path_kind = {
    .prefix = "path:",
    .repeat = WAIT_EACH,
    .parse = wait_path_parse,
    .open = wait_path_open,
    .check = wait_path_check,
    .close = wait_path_close,
};

/* SPDX-License-Identifier: MIT */
#include "inspect/watch_names.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/fd.h"
#include "object/shm_path.h"
#include "queue/list.h"

enum { BATCH_BYTES = 32768 };

void watch_names_begin(struct watch_names *names)
{
	const unsigned mask = IN_CREATE | IN_DELETE | IN_MOVE;
	char path[32];
	*names = (struct watch_names){.directory = queue_list_directory(), .queues = -1};
	names->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	names->events = malloc(2 * BATCH_BYTES);
	if (names->fd < 0 || names->events == NULL)
		return;
	inotify_add_watch(names->fd, SHM_PATH_DIRECTORY, mask);
	snprintf(path, sizeof path, "/proc/self/fd/%d", names->directory);
	if (names->directory >= 0)
		names->queues = inotify_add_watch(names->fd, path, mask);
}

void watch_names_end(struct watch_names *names)
{
	fd_close_keep_errno(names->fd);
	fd_close_keep_errno(names->directory);
	free(names->events);
}

static const struct inotify_event *event_at(const struct watch_names *names, size_t at)
{
	return (const struct inotify_event *)(const void *)(names->events + at);
}

static bool is_event(const struct inotify_event *event, uint32_t mask, int watch,
                     const char *name)
{
	return (event->mask & mask) != 0 && event->wd == watch &&
	       strcmp(event->name, name) == 0;
}

/*
 * glibc makes a semaphore under a name of its own, six random characters, gives it the
 * right name and removes that one.
 */
static bool is_temporary(const struct inotify_event *event,
                         const struct inotify_event *before)
{
	return strlen(event->name) == strlen("sem.abcdef") &&
	       strncmp(event->name, "sem.", 4) == 0 && before != NULL &&
	       (before->mask & IN_CREATE) != 0 && strncmp(before->name, "sem.", 4) == 0 &&
	       strcmp(before->name, event->name) != 0;
}

/* Was the name, whose IN_DELETE stands at `end`, created in these events? */
static bool was_created(const struct watch_names *names, size_t end)
{
	const struct inotify_event *deletion = event_at(names, end), *before = NULL;
	bool created = false;
	for (size_t at = 0; at < end; at += sizeof *before + before->len) {
		before = event_at(names, at);
		if (before->len > 0 &&
		    is_event(before, IN_CREATE | IN_DELETE, deletion->wd, deletion->name))
			created = (before->mask & IN_CREATE) != 0;
	}
	return created && !is_temporary(deletion, before);
}

static void
report_event(const struct watch_names *names, const struct inotify_event *event,
             void (*found)(void *data, enum object_kind kind, const char *name),
             void *data)
{
	char name[NAME_MAX + 2];
	bool semaphore = strncmp(event->name, "sem.", 4) == 0;
	enum object_kind kind = semaphore ? OBJECT_SEM : OBJECT_SHM;
	if (event->wd == names->queues)
		kind = OBJECT_MQ;
	snprintf(name, sizeof name, "/%s", event->name + (kind == OBJECT_SEM ? 4 : 0));
	found(data, kind, name);
}

void watch_names_read(struct watch_names *names,
                      void (*found)(void *data, enum object_kind kind, const char *name),
                      void *data)
{
	if (names->fd < 0 || names->events == NULL)
		return;
	memmove(names->events, names->events + names->old, names->length - names->old);
	names->old = names->length - names->old;
	ssize_t got = read(names->fd, names->events + names->old, BATCH_BYTES);
	names->length = names->old + (got > 0 ? (size_t)got : 0);
	const struct inotify_event *event;
	for (size_t at = names->old; at < names->length;
	     at += sizeof *event + event->len) {
		event = event_at(names, at);
		if ((event->mask & IN_DELETE) != 0 && event->len > 0 &&
		    was_created(names, at))
			report_event(names, event, found, data);
	}
}

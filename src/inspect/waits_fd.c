/* SPDX-License-Identifier: MIT */
#include "inspect/waits_fd.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/value.h"

/* Descriptors of a set after these are not looked at. */
enum { ENTRIES_MAX = 1024, NESTED_MAX = 4 };

/* Not the locks that it holds. */
int waits_fd_object(const struct waits_thread *thread, int fd)
{
	const struct census_holder *holders = thread->census->holders;
	size_t low = thread->first_holder, high = thread->end_of_descriptors;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (holders[middle].fd < fd)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < thread->end_of_descriptors && holders[low].fd == fd; low++)
		if (!holders[low].holds)
			return holders[low].object;
	return OBJECT_NONE;
}

/* A wait for SIGCHLD is one for children. */
void waits_fd_add_signals(const struct waits_thread *thread, uint64_t signals)
{
	bool child = (signals >> (SIGCHLD - 1) & 1) != 0;
	waits_thread_add_event(thread, child ? BLOCKED_CHILD : BLOCKED_SIGNAL, -1);
}

/* "tfd:        5 events:       19 data: …": the descriptors of an epoll set. */
static void add_epoll(struct waits_thread *thread, const char *text)
{
	while ((text = procfs_find_field(text, "\ntfd:")) != NULL) {
		int fd = (int)value_strtoull(text, &text, 10);
		const char *events = procfs_find_field(text, "events:");
		uint64_t bits = events != NULL ? value_strtoull(events, NULL, 16) : 0;
		if ((bits & POLLIN) != 0)
			waits_fd_add(thread, fd, BLOCKED_DATA);
		if ((bits & POLLOUT) != 0)
			waits_fd_add(thread, fd, BLOCKED_ROOM);
	}
}

/* By its text in fdinfo: false if it refers to another kind of thing. */
static bool add_by_fdinfo(struct waits_thread *thread, int fd, const char *kind,
                          const char *text)
{
	const char *field;
	if (strcmp(kind, "eventpoll]") == 0 && thread->nested < NESTED_MAX) {
		thread->nested++;
		add_epoll(thread, text);
		thread->nested--;
		return true;
	}
	if (strcmp(kind, "signalfd]") == 0 &&
	    (field = procfs_find_field(text, "sigmask:\t")) != NULL) {
		waits_fd_add_signals(thread, value_strtoull(field, NULL, 16));
		return true;
	}
	if (strcmp(kind, "pidfd]") != 0 ||
	    (field = procfs_find_field(text, "\nPid:\t")) == NULL)
		return false;
	waits_thread_add(thread, (struct census_waiter){
	                             .on = BLOCKED_CHILD,
	                             .object = OBJECT_NONE,
	                             .fd = fd,
	                             .amount = (pid_t)value_strtoull(field, NULL, 10)});
	return true;
}

static bool add_anonymous(struct waits_thread *thread, int fd)
{
	char path[48], link[32];
	snprintf(path, sizeof path, "fd/%d", fd);
	ssize_t length = readlinkat(thread->directory, path, link, sizeof link - 1);
	if (length < 0 || strncmp(link, "anon_inode:[", 12) != 0)
		return false;
	link[length] = '\0';
	if (strcmp(link + 12, "timerfd]") == 0) {
		waits_thread_add_event(thread, BLOCKED_TIME, 0);
		return true;
	}
	/* of any length: the set of an epoll descriptor has a line for each */
	snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)thread->pid, fd);
	char *text = procfs_read_all(path);
	bool known = text != NULL && add_by_fdinfo(thread, fd, link + 12, text);
	free(text);
	return known;
}

void waits_fd_add(struct waits_thread *thread, int fd, enum blocked_on on)
{
	struct census_waiter waiter = {
	    .on = on, .fd = fd, .object = waits_fd_object(thread, fd)};
	if (waiter.object == OBJECT_NONE && on == BLOCKED_DATA &&
	    add_anonymous(thread, fd))
		return;
	if (waiter.object != OBJECT_NONE && on == BLOCKED_DATA) {
		const struct object *object =
		    &thread->census->objects.objects[waiter.object];
		if (object->identity.kind == OBJECT_MQ)
			waiter.on = BLOCKED_MESSAGE;
		else if (object->unit == OBJECT_UNIT_CONNECTIONS)
			waiter.on = BLOCKED_CONNECTION;
	}
	waits_thread_add(thread, waiter);
}

void waits_fd_add_poll(struct waits_thread *thread)
{
	struct pollfd set[ENTRIES_MAX];
	size_t count =
	    waits_thread_array(thread, thread->call.arguments[0],
	                       thread->call.arguments[1], sizeof *set, set, ENTRIES_MAX);
	for (size_t i = 0; i < count; i++) {
		if (set[i].fd >= 0 && (set[i].events & (POLLIN | POLLRDNORM)) != 0)
			waits_fd_add(thread, set[i].fd, BLOCKED_DATA);
		if (set[i].fd >= 0 && (set[i].events & (POLLOUT | POLLWRNORM)) != 0)
			waits_fd_add(thread, set[i].fd, BLOCKED_ROOM);
	}
	/* no descriptor at all: a sleep */
	if (count == 0)
		waits_thread_add_event(thread, BLOCKED_TIME, 0);
}

void waits_fd_add_select(struct waits_thread *thread)
{
	const uint64_t *arguments = thread->call.arguments;
	unsigned char set[ENTRIES_MAX / 8];
	bool any = false;
	for (int which = 1; which <= 2; which++) {
		size_t count =
		    arguments[0] < ENTRIES_MAX ? (size_t)arguments[0] : ENTRIES_MAX;
		/* whole words, as the kernel reads them */
		size_t bytes = waits_thread_memory(thread, arguments[which], set,
		                                   (count + 63) / 64 * 8);
		for (size_t fd = 0; fd < count && fd / 8 < bytes; fd++) {
			if ((set[fd / 8] >> fd % 8 & 1) == 0)
				continue;
			any = true;
			waits_fd_add(thread, (int)fd,
			             which == 1 ? BLOCKED_DATA : BLOCKED_ROOM);
		}
	}
	if (!any)
		waits_thread_add_event(thread, BLOCKED_TIME, 0);
}

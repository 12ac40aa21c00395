/* SPDX-License-Identifier: MIT */
#include "inspect/census.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/vec.h"
#include "inspect/locks.h"
#include "inspect/memory_locks.h"
#include "inspect/scan.h"
#include "io/error.h"
#include "object/shm_path.h"
#include "queue/list.h"
#include "semaphore/list.h"
#include "shm/list.h"
#include "socket/list.h"

static int order_of(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_processes(const void *a, const void *b)
{
	const struct census_process *left = a, *right = b;
	return order_of(left->pid, right->pid);
}

static int compare_holders(const void *a, const void *b)
{
	const struct census_holder *left = a, *right = b;
	int order = order_of(left->object, right->object);
	if (order == 0)
		order = order_of(left->pid, right->pid);
	return order != 0 ? order : order_of(left->fd, right->fd);
}

static int compare_waiters(const void *a, const void *b)
{
	const struct census_waiter *left = a, *right = b;
	int order = order_of(left->object, right->object);
	if (order == 0)
		order = order_of(left->pid, right->pid);
	return order != 0 ? order : order_of(left->thread, right->thread);
}

static void list_objects(struct census *census, const struct census_request *request,
                         struct scan *scan)
{
	const char *directory =
	    request->shm_directory != NULL ? request->shm_directory : SHM_PATH_DIRECTORY;
	struct stat st;
	if ((request->kinds & 1 << OBJECT_MQ) != 0)
		census->hidden_queues = !queue_list(&census->objects, &scan->mq_device);
	for (int i = 0; i < request->name_count && census->hidden_queues; i++)
		queue_list_add_name(&census->objects, request->names[i]);
	if ((scan->kinds & 1 << OBJECT_SHM) != 0)
		shm_list(&census->objects, directory);
	if ((request->kinds & 1 << OBJECT_SEM) != 0)
		semaphore_list(&census->objects, directory);
	if ((scan->kinds & 1 << OBJECT_SOCKET) != 0)
		socket_list(&census->objects);
	if ((scan->kinds & 1 << OBJECT_LOCK) != 0)
		locks_list(census);
	if (stat(directory, &st) == 0)
		scan->shm_device = st.st_dev;
}

/* A process that has ended since is none. */
static void add_queue_user(struct census *census, int object, pid_t pid, bool sends)
{
	struct census_holder holder = {
	    .object = object, .pid = pid, .fd = -1, .reads = !sends, .writes = sends};
	if (pid > 0 && census_process(census, pid) != NULL)
		census_add_holder(census, &holder);
}

/* A System V queue is not opened: the last processes that used it have it. */
static void add_queue_users(struct census *census)
{
	for (size_t i = 0; i < census->objects.count; i++) {
		const struct object *object = &census->objects.objects[i];
		if (object->identity.kind != OBJECT_MQ || !object->identity.system_v)
			continue;
		add_queue_user(census, (int)i, object->sender, true);
		add_queue_user(census, (int)i, object->receiver, false);
	}
}

/* The name by which efd of the caller reaches an eventfd: see eventfd/serve.c. */
static void set_served_name(struct census *census, pid_t server, const char *name)
{
	for (size_t i = 0; i < census->holder_count; i++) {
		struct object *object =
		    &census->objects.objects[census->holders[i].object];
		if (object->identity.kind == OBJECT_EVENTFD &&
		    census->holders[i].pid == server)
			object->name = name;
	}
}

static void set_served_names(struct census *census)
{
	char prefix[32];
	int length =
	    snprintf(prefix, sizeof prefix, "@ipctool/efd/%u/", (unsigned)geteuid());
	for (size_t i = 0; i < census->objects.count; i++) {
		const struct object *object = &census->objects.objects[i];
		size_t first = census_first_holder(census, (int)i);
		if (object->identity.kind == OBJECT_SOCKET &&
		    strncmp(object->name, prefix, (size_t)length) == 0 &&
		    first < census->holder_count &&
		    census->holders[first].object == (int)i)
			set_served_name(census, census->holders[first].pid,
			                object->name + length - 1);
	}
}

/* Processes, each once; the maps of a segment are counted by nattch as well. */
static void count_holders(struct census *census)
{
	for (size_t i = 0; i < census->holder_count; i++) {
		const struct census_holder *holder = &census->holders[i];
		struct object *object = &census->objects.objects[holder->object];
		bool first = i == 0 || holder[-1].object != holder->object;
		object->holders += first || holder[-1].pid != holder->pid;
		if (object->attached > 0)
			object->attached -= holder->mapped;
	}
	for (size_t i = 0; i < census->objects.count; i++)
		census->objects.objects[i].more_holders =
		    census->objects.objects[i].attached > 0;
}

/* Processes, each once. */
static void count_waiters(struct census *census)
{
	for (size_t i = 0; i < census->waiter_count; i++) {
		const struct census_waiter *waiter = &census->waiters[i];
		if (waiter->object != OBJECT_NONE &&
		    (i == 0 || waiter[-1].object != waiter->object ||
		     waiter[-1].pid != waiter->pid))
			census->objects.objects[waiter->object].waiters++;
	}
}

/* qsort(3) of none: its first argument must not be NULL. */
static void sort_items(void *items, size_t count, size_t size,
                       int (*compare)(const void *, const void *))
{
	if (count > 1)
		qsort(items, count, size, compare);
}

enum status census_take(struct census *census, const struct census_request *request)
{
	struct scan scan = {
	    .census = census, .request = request, .kinds = request->kinds};
	*census = (struct census){0};
	/* an eventfd that is served has the name of a socket */
	if ((scan.kinds & 1 << OBJECT_EVENTFD) != 0)
		scan.kinds |= 1 << OBJECT_SOCKET;
	/* a lock may be in memory */
	if ((scan.kinds & 1 << OBJECT_LOCK) != 0)
		scan.kinds |= 1 << OBJECT_SHM | 1 << OBJECT_MEMFD;
	list_objects(census, request, &scan);
	enum status status = scan_processes(&scan);
	if (status != STATUS_OK)
		return status;
	sort_items(census->processes, census->process_count, sizeof *census->processes,
	           compare_processes);
	/* each PID namespace has a process 1: proc(5), hidepid */
	census->unlisted_processes = census_process(census, 1) == NULL;
	add_queue_users(census);
	locks_add_hidden_holders(census);
	memory_locks_add_waiters(census);
	sort_items(census->holders, census->holder_count, sizeof *census->holders,
	           compare_holders);
	sort_items(census->waiters, census->waiter_count, sizeof *census->waiters,
	           compare_waiters);
	set_served_names(census);
	count_holders(census);
	count_waiters(census);
	errno = census->objects.error != 0 ? census->objects.error : census->locked.error;
	if (errno != 0)
		return error_errno_as(STATUS_FAILED, "some objects cannot be listed");
	return STATUS_OK;
}

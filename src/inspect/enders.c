/* SPDX-License-Identifier: MIT */
#include "inspect/enders.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "base/procfs.h"
#include "base/value.h"
#include "base/vec.h"
#include "inspect/locks.h"
#include "io/error.h"

/* -------------------------------------------------------------------- processes */

struct enders_process *enders_process(const struct enders *enders, pid_t pid)
{
	const struct census_process *process = census_process(enders->census, pid);
	return process != NULL ? &enders->processes[process - enders->census->processes]
	                       : NULL;
}

/* "7 (a) b) S 1 …": fields 3, 4, 20 and 38. */
static void read_process(struct enders_process *process, pid_t pid)
{
	enum { THREADS_AFTER_PARENT = 16, SIGNAL_AFTER_THREADS = 18 };
	char path[32], text[1024];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	procfs_read(path, text, sizeof text);
	char *rest = strrchr(text, ')');
	if (rest == NULL || rest[1] != ' ')
		return;
	rest++;
	process->state = *procfs_next_word(&rest);
	process->parent = (pid_t)value_strtoull(procfs_next_word(&rest), NULL, 10);
	for (int i = 1; i < THREADS_AFTER_PARENT; i++)
		procfs_next_word(&rest);
	process->threads = (unsigned)value_strtoull(procfs_next_word(&rest), NULL, 10);
	for (int i = 1; i < SIGNAL_AFTER_THREADS; i++)
		procfs_next_word(&rest);
	process->signals_parent = (int)value_strtoull(rest, NULL, 10) == SIGCHLD;
}

pid_t enders_process_of(pid_t thread)
{
	char path[32], text[512];
	snprintf(path, sizeof path, "/proc/%d/status", (int)thread);
	procfs_read(path, text, sizeof text);
	const char *field = procfs_find_field(text, "\nTgid:\t");
	return field != NULL ? (pid_t)value_strtoull(field, NULL, 10) : 0;
}

bool enders_is_keeper(const struct enders *enders, pid_t pid)
{
	return strcmp(census_command(enders->census, pid), "sem-keeper") == 0;
}

/* ------------------------------------------------------------------ what is found */

static void add_ender(struct enders_found *found, const struct census_waiter *waiter,
                      pid_t pid)
{
	if (pid <= 0 || pid == waiter->pid)
		return;
	for (size_t i = 0; i < found->count && found->all; i++)
		if (found->pids[i] == pid)
			return;
	/* holders come in the order of their PIDs */
	if (found->count > 0 && found->pids[found->count - 1] == pid)
		return;
	if (found->count == found->room) {
		void *more = vec_grow(found->pids, &found->room, sizeof pid);
		if (more == NULL)
			return;
		found->pids = more;
	}
	found->pids[found->count++] = pid;
}

enum holder_access { HOLDS_FOR_READING = 1, HOLDS_FOR_WRITING = 2, HOLDS_MAPPED = 4 };

static unsigned access_of(const struct census_holder *holder)
{
	return (holder->reads ? HOLDS_FOR_READING : 0u) |
	       (holder->writes ? HOLDS_FOR_WRITING : 0u) |
	       (holder->mapped ? HOLDS_MAPPED : 0u);
}

/* The holders with one of these kinds of access; `keepers`: only holder processes. */
static void add_holders(const struct enders *enders, const struct census_waiter *waiter,
                        int object, unsigned access, bool keepers,
                        struct enders_found *found)
{
	struct census *census = enders->census;
	size_t at = census_first_holder(census, object);
	size_t other = census_first_waiter(census, object);
	for (; at < census->holder_count && census->holders[at].object == object; at++) {
		const struct census_holder *holder = &census->holders[at];
		/* both are in the order of PIDs: one that waits for the same ends no wait
		 */
		while (other < census->waiter_count &&
		       census->waiters[other].object == object &&
		       census->waiters[other].pid < holder->pid)
			other++;
		bool waits = object == waiter->object && other < census->waiter_count &&
		             census->waiters[other].object == object &&
		             census->waiters[other].pid == holder->pid &&
		             census->waiters[other].on == waiter->on;
		found->self = found->self || (holder->pid == waiter->pid &&
		                              (access_of(holder) & access) != 0);
		if (!waits && (access_of(holder) & access) != 0 &&
		    (!keepers || enders_is_keeper(enders, holder->pid)))
			add_ender(found, waiter, holder->pid);
	}
}

/* ------------------------------------------------------------------------ locks */

/* Those of all locks in the way: it waits until the last one is released. */
static void add_lock_holders(const struct enders *enders,
                             const struct census_waiter *waiter,
                             struct enders_found *found)
{
	const struct census *census = enders->census;
	const struct object *first = &census->objects.objects[waiter->object];
	const struct stat st = {.st_dev = first->identity.device,
	                        .st_ino = first->identity.inode};
	found->all = true;
	for (int lock = locks_find_conflict(census, &st, waiter, 0); lock != OBJECT_NONE;
	     lock = locks_find_conflict(census, &st, waiter, (size_t)lock + 1)) {
		size_t i = census_first_holder(census, lock);
		/* the kernel reports none, and it may not be inspected */
		if (census->objects.objects[lock].holders == 0)
			found->others = true;
		for (; i < census->holder_count && census->holders[i].object == lock; i++)
			add_ender(found, waiter, census->holders[i].pid);
	}
}

/* ----------------------------------------------------------------- the other kinds */

/* System V keeps the last process that changed a semaphore, POSIX none. */
static void add_semaphore_users(const struct enders *enders,
                                const struct census_waiter *waiter,
                                struct enders_found *found)
{
	const struct object *object = &enders->census->objects.objects[waiter->object];
	if (object->identity.system_v) {
		found->last = semctl((int)object->identity.inode, waiter->part, GETPID);
		if (enders_process(enders, found->last) != NULL)
			add_ender(found, waiter, found->last);
	} else {
		add_holders(enders, waiter, waiter->object, HOLDS_MAPPED, true, found);
		if (found->count == 0)
			add_holders(enders, waiter, waiter->object, HOLDS_MAPPED, false,
			            found);
	}
	found->others = found->count == 0;
}

/* The owner of a mutex, if it has the memory too; else all that have it. */
static void add_memory_users(const struct enders *enders,
                             const struct census_waiter *waiter,
                             struct enders_found *found)
{
	const struct census *census = enders->census;
	pid_t owner = waiter->part > 0 ? enders_process_of(waiter->part) : 0;
	for (size_t i = census_first_holder(census, waiter->object);
	     owner > 0 && i < census->holder_count &&
	     census->holders[i].object == waiter->object;
	     i++)
		if (census->holders[i].pid == owner && census->holders[i].mapped)
			add_ender(found, waiter, owner);
	if (found->count == 0)
		add_holders(enders, waiter, waiter->object, HOLDS_MAPPED, false, found);
	found->others = found->count == 0;
}

/* A reader of a read-write lock waits for one writer, a writer for all readers. */
static void add_memory_lock_holders(const struct enders *enders,
                                    const struct census_waiter *waiter,
                                    struct enders_found *found)
{
	const struct census *census = enders->census;
	found->all = true;
	for (size_t i = census_first_holder(census, waiter->object);
	     i < census->holder_count && census->holders[i].object == waiter->object; i++)
		add_ender(found, waiter, census->holders[i].pid);
}

static pid_t parent_of(const struct enders *enders, pid_t pid)
{
	const struct enders_process *process = enders_process(enders, pid);
	return process != NULL ? process->parent : 0;
}

static void add_children(const struct enders *enders, const struct census_waiter *waiter,
                         struct enders_found *found)
{
	const struct census *census = enders->census;
	pid_t pid = (pid_t)waiter->amount;
	/* in another PID namespace its number would be that of a different process */
	if (pid > 0 && waiter->fd < 0 && parent_of(enders, pid) != waiter->pid)
		pid = 0;
	if (pid > 0) {
		add_ender(found, waiter, pid);
		return;
	}
	for (size_t i = 0; i < census->process_count; i++)
		if (enders->processes[i].parent == waiter->pid &&
		    enders->processes[i].signals_parent)
			add_ender(found, waiter, census->processes[i].pid);
	found->others = found->count == 0;
}

static void add_peers(const struct enders *enders, const struct census_waiter *waiter,
                      struct enders_found *found)
{
	const struct object_list *list = &enders->census->objects;
	struct object_identity identity = {.kind = OBJECT_SOCKET,
	                                   .inode = list->objects[waiter->object].peer};
	int peer = identity.inode != 0 ? object_list_find(list, &identity) : OBJECT_NONE;
	if (peer != OBJECT_NONE)
		add_holders(enders, waiter, peer, HOLDS_FOR_READING | HOLDS_FOR_WRITING,
		            false, found);
	found->others = peer == OBJECT_NONE;
}

static void find_by_object(const struct enders *enders,
                           const struct census_waiter *waiter, struct enders_found *found)
{
	const struct object *object = &enders->census->objects.objects[waiter->object];
	enum object_kind kind = object->identity.kind;
	unsigned access = waiter->on == BLOCKED_ROOM || waiter->on == BLOCKED_READER
	                      ? HOLDS_FOR_READING
	                      : HOLDS_FOR_WRITING;
	if (kind == OBJECT_LOCK)
		add_memory_lock_holders(enders, waiter, found);
	else if (kind == OBJECT_SOCKET)
		add_peers(enders, waiter, found);
	else if (waiter->on == BLOCKED_PERMITS)
		add_semaphore_users(enders, waiter, found);
	else if (waiter->on == BLOCKED_FUTEX)
		add_memory_users(enders, waiter, found);
	else
		add_holders(enders, waiter, waiter->object, access, false, found);
	if (kind == OBJECT_MQ)
		found->last =
		    waiter->on == BLOCKED_ROOM ? object->receiver : object->sender;
	/* a queue and a FIFO can be opened at any time, the end of a pipe cannot */
	found->others = found->others ||
	                (found->count == 0 &&
	                 (kind != OBJECT_PIPE || enders->census->hidden_processes > 0));
}

void enders_find(const struct enders *enders, const struct census_waiter *waiter,
                 struct enders_found *found)
{
	found->count = 0;
	found->last = 0;
	found->all = found->self = found->others = false;
	if (waiter->on == BLOCKED_LOCK && waiter->object != OBJECT_NONE)
		add_lock_holders(enders, waiter, found);
	else if (waiter->on == BLOCKED_CHILD)
		add_children(enders, waiter, found);
	else if (waiter->object != OBJECT_NONE)
		find_by_object(enders, waiter, found);
	else
		found->others = true;
}

void enders_set_found(struct enders_found *found, const pid_t *pids, size_t count)
{
	static const struct census_waiter no_process;
	found->count = 0;
	for (size_t i = 0; i < count; i++)
		add_ender(found, &no_process, pids[i]);
}

void enders_find_holders(const struct enders *enders, int object,
                         struct enders_found *found)
{
	static const struct census_waiter no_process;
	const struct census *census = enders->census;
	found->count = 0;
	for (size_t i = census_first_holder(census, object);
	     i < census->holder_count && census->holders[i].object == object; i++)
		add_ender(found, &no_process, census->holders[i].pid);
}

/* ---------------------------------------------------------------- begin and end */

enum status enders_begin(struct enders *enders, struct census *census)
{
	*enders = (struct enders){.census = census};
	enders->processes = calloc(census->process_count + 1, sizeof *enders->processes);
	if (enders->processes == NULL)
		return error_as(STATUS_FAILED, "%s", error_text(ENOMEM));
	for (size_t i = 0; i < census->process_count; i++)
		read_process(&enders->processes[i], census->processes[i].pid);
	return STATUS_OK;
}

void enders_end(struct enders *enders)
{
	free(enders->processes);
	*enders = (struct enders){0};
}

/* SPDX-License-Identifier: MIT */
#include "inspect/waits.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/i386_call.h"
#include "base/ipc_call.h"
#include "base/procfs.h"
#include "base/value.h"
#include "inspect/locks.h"
#include "inspect/memory_locks.h"
#include "inspect/waits_fd.h"

/* SEMOPM: operations after these are not looked at. */
enum { OPERATIONS_MAX = 500 };

/* ------------------------------------------------------------ System V and memory */

/* The first operation that cannot be done: those before it have taken effect. */
static void add_operations(const struct waits_thread *thread)
{
	int id = (int)thread->call.arguments[0];
	int object =
	    waits_thread_find_system_v(thread, OBJECT_SEM, thread->call.arguments[0]);
	struct sembuf operations[OPERATIONS_MAX];
	size_t count = waits_thread_array(thread, thread->call.arguments[1],
	                                  thread->call.arguments[2], sizeof *operations,
	                                  operations, OPERATIONS_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct sembuf *operation = &operations[i];
		/* -1 without read permission: then the first that could wait */
		int value =
		    object != OBJECT_NONE ? semctl(id, operation->sem_num, GETVAL) : -1;
		for (size_t k = 0; k < i && value >= 0; k++)
			if (operations[k].sem_num == operation->sem_num)
				value += operations[k].sem_op;
		bool zero = operation->sem_op == 0;
		if (operation->sem_op > 0 ||
		    (value >= 0 && (zero ? value == 0 : value + operation->sem_op >= 0)))
			continue;
		waits_thread_add(thread, (struct census_waiter){
		                             .on = zero ? BLOCKED_ZERO : BLOCKED_PERMITS,
		                             .object = object,
		                             .fd = -1,
		                             .part = operation->sem_num,
		                             .amount = -operation->sem_op});
		return;
	}
}

/* The memory that an address is in: true if other processes can map it too. */
static bool find_memory(const struct waits_thread *thread, uint64_t address,
                        struct census_waiter *waiter)
{
	char path[48];
	bool shared = false;
	snprintf(path, sizeof path, "/proc/%d/maps", (int)thread->pid);
	char *text = procfs_read_all(path), *rest = text, *line;
	struct mapping mapping;
	while (text != NULL && (line = procfs_next_line(&rest)) != NULL) {
		if (!mapping_parse(&mapping, line) || address < mapping.start ||
		    address >= mapping.end)
			continue;
		shared = mapping.shared;
		waiter->amount = (int64_t)(address - mapping.start + mapping.offset);
		waiter->object = waits_thread_find_memory(thread, &mapping);
		break;
	}
	free(text);
	return shared;
}

/* The TID that may be the owner of the mutex that begins at the address, or 0. */
static int32_t find_mutex_owner(const struct waits_thread *thread, uint64_t address)
{
	/* the first words of pthread_mutex_t of both libraries, and those of lockrun: a
	 * robust or PI mutex has its owner in the word, another one in the third */
	enum { LOCKED_WITH_WAITERS = 2 };
	const uint32_t waiters = 0x80000000, owner = 0x3fffffff;
	uint32_t words[3];
	if (waits_thread_memory(thread, address, words, sizeof words) != sizeof words)
		return 0;
	if ((words[0] & waiters) != 0)
		return (int32_t)(words[0] & owner);
	return words[0] == LOCKED_WITH_WAITERS && words[2] <= owner ? (int32_t)words[2]
	                                                            : 0;
}

/* FUTEX_PRIVATE_FLAG of the operation, and FUTEX2_PRIVATE of the flags. */
static void add_futex(const struct waits_thread *thread, uint64_t address, uint64_t flags)
{
	enum { PRIVATE = 128 };
	struct census_waiter waiter = {
	    .on = BLOCKED_FUTEX, .object = OBJECT_NONE, .fd = -1};
	if ((flags & PRIVATE) != 0 || !find_memory(thread, address, &waiter))
		waiter.on = BLOCKED_THREAD;
	else if (waiter.object != OBJECT_NONE &&
	         thread->census->objects.objects[waiter.object].identity.kind ==
	             OBJECT_SEM) {
		waiter.on = BLOCKED_PERMITS;
		waiter.amount = 1;
	} else {
		waiter.part = find_mutex_owner(thread, address);
	}
	waits_thread_add(thread, waiter);
}

static void add_futexes(const struct waits_thread *thread)
{
	/* struct futex_waitv, and FUTEX_WAITV_MAX of them */
	struct {
		uint64_t value, address;
		uint32_t flags, reserved;
	} set[128];
	size_t count = waits_thread_array(thread, thread->call.arguments[0],
	                                  thread->call.arguments[1], sizeof *set, set,
	                                  sizeof set / sizeof *set);
	for (size_t i = 0; i < count; i++)
		add_futex(thread, set[i].address, set[i].flags);
}

/* ------------------------------------------------------------------------ files */

/*
 * A process that waits for a lock of its own, not for one of an open file description, is
 * in /proc/locks with the lock in its way: that waiter is completed.
 */
static void add_lock_waiter(const struct waits_thread *thread,
                            struct census_waiter waiter)
{
	struct census *census = thread->census;
	char name[32];
	struct stat st;
	for (size_t i = 0; i < census->waiter_count; i++) {
		struct census_waiter *listed = &census->waiters[i];
		if (listed->pid == thread->pid && listed->on == BLOCKED_LOCK &&
		    listed->fd < 0) {
			waiter.object = listed->object;
			waiter.pid = thread->pid;
			waiter.thread = thread->thread;
			*listed = waiter;
			return;
		}
	}
	snprintf(name, sizeof name, "fd/%d", waiter.fd);
	waiter.object = fstatat(thread->directory, name, &st, 0) == 0
	                    ? locks_find_conflict(census, &st, &waiter, 0)
	                    : OBJECT_NONE;
	waits_thread_add(thread, waiter);
}

/* fcntl(2) with F_SETLKW or F_OFD_SETLKW */
static void add_lock(const struct waits_thread *thread)
{
	struct flock lock;
	const uint64_t *arguments = thread->call.arguments;
	if (arguments[1] != F_SETLKW && arguments[1] != F_OFD_SETLKW &&
	    !(thread->i386 && arguments[1] == I386_SETLKW64))
		return;
	if (thread->i386
	        ? i386_call_read_lock(thread->thread, arguments[1], arguments[2], &lock)
	        : waits_thread_memory(thread, arguments[2], &lock, sizeof lock) ==
	              sizeof lock)
		add_lock_waiter(thread,
		                (struct census_waiter){.on = BLOCKED_LOCK,
		                                       .fd = (int)arguments[0],
		                                       .shared = lock.l_type == F_RDLCK,
		                                       .amount = lock.l_start,
		                                       .length = lock.l_len});
}

static void add_flock(const struct waits_thread *thread)
{
	const uint64_t *arguments = thread->call.arguments;
	add_lock_waiter(thread,
	                (struct census_waiter){.on = BLOCKED_LOCK,
	                                       .fd = (int)arguments[0],
	                                       .shared = (arguments[1] & LOCK_SH) != 0,
	                                       .flock = true});
}

/* A FIFO that no process has open yet is not in the census, if FIFOs are asked for. */
static int find_fifo(const struct waits_thread *thread, const char *path,
                     const struct stat *st)
{
	char link[32], name[PATH_MAX];
	struct object_list *list = &thread->census->objects;
	struct object_identity identity = {
	    .kind = OBJECT_FIFO, .device = st->st_dev, .inode = st->st_ino};
	int index = object_list_find(list, &identity);
	if (index != OBJECT_NONE || (thread->kinds & 1u << OBJECT_FIFO) == 0)
		return index;
	/* O_PATH: neither of its ends is opened */
	int fd = openat(thread->directory, path, O_PATH | O_CLOEXEC);
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = fd < 0 ? -1 : readlink(link, name, sizeof name);
	if (fd >= 0)
		close(fd);
	struct object *object =
	    length > 0 ? object_list_add_file(list, OBJECT_FIFO, st) : NULL;
	if (object == NULL)
		return OBJECT_NONE;
	object->name = object_list_text(list, name, (size_t)length);
	return object_list_find(list, &identity);
}

/* open(2) of a FIFO; `at` is the directory that a relative path begins in. */
static void add_path(const struct waits_thread *thread, uint64_t address, int at,
                     uint64_t flags)
{
	char path[32 + PATH_MAX];
	struct stat st;
	int start = at == AT_FDCWD ? snprintf(path, 32, "cwd/")
	                           : snprintf(path, 32, "fd/%d/", at);
	char *name = path + start;
	size_t length = waits_thread_memory(thread, address, name, PATH_MAX);
	if (memchr(name, '\0', length) == NULL)
		return;
	if (*name == '/') {
		memmove(path + 4, name, strlen(name) + 1);
		memcpy(path, "root", 4);
	}
	if (fstatat(thread->directory, path, &st, 0) < 0 || !S_ISFIFO(st.st_mode))
		return;
	int object = find_fifo(thread, path, &st);
	waits_thread_add(thread,
	                 (struct census_waiter){.on = (flags & O_ACCMODE) == O_RDONLY
	                                                  ? BLOCKED_WRITER
	                                                  : BLOCKED_READER,
	                                        .object = object,
	                                        .fd = -1});
}

/* -------------------------------------------------------------------- the calls */

/* rt_sigtimedwait(2) has the signals that end it, rt_sigsuspend(2) those that do not. */
static void add_signal_set(const struct waits_thread *thread, bool blocked)
{
	uint64_t signals = 0;
	waits_thread_memory(thread, thread->call.arguments[0], &signals, sizeof signals);
	waits_fd_add_signals(thread, blocked ? ~signals : signals);
}

static void add_child(struct waits_thread *thread, uint64_t type, uint64_t id)
{
	if (type == P_PIDFD)
		waits_fd_add(thread, (int)id, BLOCKED_DATA);
	else
		waits_thread_add_event(thread, BLOCKED_CHILD,
		                       type == P_PID && (int)id > 0 ? (int)id : -1);
}

static void add_queue(const struct waits_thread *thread, enum blocked_on on)
{
	const uint64_t *arguments = thread->call.arguments;
	waits_thread_add(
	    thread,
	    (struct census_waiter){
	        .on = on,
	        .fd = -1,
	        .object = waits_thread_find_system_v(thread, OBJECT_MQ, arguments[0]),
	        .amount = on == BLOCKED_MESSAGE ? (int64_t)arguments[3] : 0});
}

static void add_call(struct waits_thread *thread, const struct blocked_row *row)
{
	const uint64_t *arguments = thread->call.arguments;
	uint64_t flags = arguments[2];
	int first = (int)arguments[0];
	switch (row->shape) {
	case BLOCKED_BY_SIGNALS:
		add_signal_set(thread, row->number == SYS_rt_sigsuspend);
		return;
	case BLOCKED_BY_FDS:
		waits_fd_add(thread, (int)arguments[2], BLOCKED_ROOM);
		waits_fd_add(thread, first, BLOCKED_DATA);
		return;
	case BLOCKED_BY_FD: waits_fd_add(thread, first, row->on); return;
	case BLOCKED_BY_QUEUE: add_queue(thread, row->on); return;
	case BLOCKED_BY_SET: add_operations(thread); return;
	case BLOCKED_BY_ADDRESS: add_futex(thread, arguments[0], arguments[1]); return;
	case BLOCKED_BY_FUTEX: add_futex(thread, arguments[0], arguments[3]); return;
	case BLOCKED_BY_FUTEXES: add_futexes(thread); return;
	case BLOCKED_BY_LOCK: add_lock(thread); return;
	case BLOCKED_BY_FLOCK: add_flock(thread); return;
	case BLOCKED_BY_PATH:
		add_path(thread, arguments[0], AT_FDCWD, arguments[1]);
		return;
	case BLOCKED_BY_HOW:
		waits_thread_memory(thread, arguments[2], &flags, sizeof flags);
		add_path(thread, arguments[1], first, flags);
		return;
	case BLOCKED_BY_PATH_AT: add_path(thread, arguments[1], first, flags); return;
	case BLOCKED_BY_POLL: waits_fd_add_poll(thread); return;
	case BLOCKED_BY_SELECT: waits_fd_add_select(thread); return;
	case BLOCKED_BY_PID: add_child(thread, P_PID, arguments[0]); return;
	case BLOCKED_BY_ID: add_child(thread, arguments[0], arguments[1]); return;
	default: waits_thread_add_event(thread, row->on, 0);
	}
}

/* The stack of a 64-bit process is seldom below 4 GiB. */
static bool is_32_bit(const struct waits_thread *thread)
{
	char header[6];
	return thread->call.stack <= UINT32_MAX &&
	       waits_thread_text(thread, header, sizeof header, "exe") > EI_CLASS &&
	       header[EI_CLASS] == ELFCLASS32;
}

/* The call of a 32-bit program as one of ours; -1: it does not wait, or is not known. */
static void translate_call(struct waits_thread *thread)
{
	struct blocked_call *call = &thread->call;
	uint64_t words[2];
	thread->i386 = i386_call_is_made(thread->thread, call->instruction);
	if (thread->i386)
		call->number =
		    i386_call_of_waiting(thread->thread, call->number, call->arguments);
	else if (is_32_bit(thread))
		call->number = -1;
	else if (call->memory != 0 && waits_thread_memory(thread, call->memory, words,
	                                                  sizeof words) == sizeof words)
		ipc_call_complete(call->number, call->arguments, words);
}

/* False if the call may not be read. */
static bool add_thread(struct waits_thread *thread)
{
	char text[256];
	/* the first thread has its files also in the directory of the process, which
	 * takes the kernel one directory less */
	ssize_t length = thread->thread == thread->pid
	                     ? waits_thread_text(thread, text, sizeof text, "syscall")
	                     : waits_thread_text(thread, text, sizeof text,
	                                         "task/%d/syscall", thread->thread);
	if (length < 0 || !blocked_parse(&thread->call, text))
		return length >= 0 || (errno != EPERM && errno != EACCES);
	translate_call(thread);
	const struct blocked_row *row = blocked_find(thread->call.number);
	if (row != NULL && row->shape == BLOCKED_BY_RESTART) {
		waits_thread_text(thread, text, sizeof text, "task/%d/wchan",
		                  thread->thread);
		row = blocked_find_restarted(text);
	}
	/* it reads this very file */
	if (row != NULL && row->number == SYS_read && thread->pid == getpid())
		return true;
	if (row == NULL)
		waits_thread_add_event(thread, BLOCKED_UNKNOWN, 0);
	else
		add_call(thread, row);
	return true;
}

void waits_read(struct census *census, unsigned kinds, int directory, pid_t pid,
                size_t first_holder)
{
	struct waits_thread thread = {.census = census,
	                              .kinds = kinds,
	                              .directory = directory,
	                              .pid = pid,
	                              .thread = pid,
	                              .first_holder = first_holder};
	struct directory names;
	struct stat st;
	bool known = true;
	size_t end = first_holder;
	while (end < census->holder_count && census->holders[end].fd >= 0)
		end++;
	thread.end_of_descriptors = end;
	/* the rest is memory, in which it may hold locks */
	bool locks = (kinds & 1u << OBJECT_LOCK) != 0 && end < census->holder_count;
	/* a directory has two links more than directories in it: most have one thread */
	if (fstatat(directory, "task", &st, 0) == 0 && st.st_nlink == 3) {
		if (locks)
			memory_locks_read(&thread);
		known = add_thread(&thread);
	} else {
		int tasks = directory_open(directory, "task");
		if (tasks < 0)
			return;
		directory_begin(&names, tasks);
		for (const char *name;
		     known && (name = directory_next(&names)) != NULL;) {
			thread.thread = (pid_t)value_strtoull(name, NULL, 10);
			if (locks)
				memory_locks_read(&thread);
			known = add_thread(&thread);
		}
		close(tasks);
	}
	census->unknown_waits += !known;
}

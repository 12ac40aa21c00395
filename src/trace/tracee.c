/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/fd.h"
#include "base/i386_call.h"
#include "base/procfs.h"
#include "base/value.h"
#include "base/vec.h"
#include "trace/memory.h"
#include "trace/tracee.h"

/* Without PTRACE_O_EXITKILL: if the tracer is killed, all go on. */
enum {
	OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
	          PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC
};

/* ------------------------------------------------------------------ table */

struct tracee *tracee_find(struct tracees *tracees, pid_t thread)
{
	for (size_t i = 0; i < tracees->count; i++)
		if (tracees->items[i].thread == thread)
			return &tracees->items[i];
	return NULL;
}

static pid_t process_of_thread(pid_t thread)
{
	char text[512];
	trace_memory_proc(text, sizeof text, thread, "status");
	const char *process = procfs_find_field(text, "\nTgid:\t");
	return process != NULL ? (pid_t)value_strtoull(process, NULL, 10) : thread;
}

struct tracee *tracee_add(struct tracees *tracees, pid_t thread, pid_t process)
{
	struct tracee *tracee = tracee_find(tracees, thread);
	if (tracee != NULL)
		return tracee;
	if (tracees->count == tracees->room) {
		struct tracee *more =
		    vec_grow(tracees->items, &tracees->room, sizeof *more);
		if (more == NULL)
			return NULL;
		tracees->items = more;
	}
	tracee = &tracees->items[tracees->count++];
	*tracee = (struct tracee){.thread = thread,
	                          .process =
	                              process != 0 ? process : process_of_thread(thread)};
	return tracee;
}

void tracee_remove(struct tracees *tracees, pid_t thread)
{
	struct tracee *tracee = tracee_find(tracees, thread);
	if (tracee == NULL)
		return;
	tracees->waiting -= tracee->waiting;
	*tracee = tracees->items[--tracees->count];
}

/* ------------------------------------------------------------------ seize */

int tracee_seize_command(struct tracees *tracees, pid_t process)
{
	struct tracee *tracee = tracee_add(tracees, process, process);
	if (tracee == NULL)
		return -1;
	tracee->quiet = true;
	if (ptrace(PTRACE_SEIZE, process, NULL, (void *)OPTIONS) == 0 &&
	    ptrace(PTRACE_INTERRUPT, process, NULL, NULL) == 0)
		return 0;
	int error = errno;
	tracee_remove(tracees, process);
	errno = error;
	return -1;
}

/* The call that a thread sleeps in; -1: none, or it cannot be found out. */
static long current_call(pid_t thread)
{
	char text[160];
	/* threads have a directory below /proc too, that is not listed */
	trace_memory_proc(text, sizeof text, thread, "syscall");
	if (!value_is_digit(text[0]))
		return -1;
	const char *rest = text;
	uint64_t words[8] = {0}, number = value_strtoull(text, &rest, 10);
	for (size_t i = 0; i < 8 && strncmp(rest, " 0x", 3) == 0; i++)
		words[i] = value_strtoull(rest + 3, &rest, 16);
	if (*rest == '\n' && i386_call_is_made(thread, words[7]))
		return (long)i386_call_of_waiting(thread, (int64_t)number, words);
	return (long)number;
}

/*
 * Calls that fail with EINTR after a stop, though no handler has run: signal(7),
 * "Interruption of system calls and library functions by stop signals". All others
 * continue.
 */
static bool is_not_restarted(long call)
{
	static const short calls[] = {
#ifdef SYS_epoll_wait
	    SYS_epoll_wait,
#endif
#ifdef SYS_semop
	    SYS_semop,
#else
	    SYS_ipc, /* s390x: perhaps semop(2) */
#endif
	    SYS_epoll_pwait,     SYS_epoll_pwait2, SYS_semtimedop,
	    SYS_rt_sigtimedwait, SYS_io_getevents,
	};
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (calls[i] == call)
			return true;
	return false;
}

/* Without the stop its calls would not be seen. */
static void stop_first(struct tracees *tracees, struct tracee *tracee)
{
	bool waiting = is_not_restarted(current_call(tracee->thread));
	tracees->waiting += (size_t)waiting - (size_t)tracee->waiting;
	tracee->waiting = waiting;
	if (!waiting)
		ptrace(PTRACE_INTERRUPT, tracee->thread, NULL, NULL);
}

void tracee_interrupt_waiting(struct tracees *tracees)
{
	for (size_t i = 0; i < tracees->count && tracees->waiting > 0; i++)
		if (tracees->items[i].waiting)
			stop_first(tracees, &tracees->items[i]);
}

/* 1: it is traced now; 0: it was before, or has ended; -1 with errno. */
static int seize_thread(struct tracees *tracees, pid_t process, pid_t thread)
{
	if (tracee_find(tracees, thread) != NULL)
		return 0;
	if (ptrace(PTRACE_SEIZE, thread, NULL, (void *)OPTIONS) < 0)
		return errno == ESRCH && thread != process ? 0 : -1;
	struct tracee *tracee = tracee_add(tracees, thread, process);
	if (tracee == NULL)
		return -1;
	stop_first(tracees, tracee);
	return 1;
}

/* One pass over its threads: how many were new, or -1 with errno. */
static int seize_threads(struct tracees *tracees, pid_t process, int tasks)
{
	struct directory directory;
	int added = 0;
	lseek(tasks, 0, SEEK_SET);
	directory_begin(&directory, tasks);
	errno = 0; /* so it is after the last name, unless the directory cannot be read */
	for (const char *name; (name = directory_next(&directory)) != NULL;) {
		int one =
		    seize_thread(tracees, process, (pid_t)value_strtoull(name, NULL, 10));
		if (one < 0)
			return -1;
		added += one;
	}
	return added;
}

int tracee_seize_process(struct tracees *tracees, pid_t process)
{
	char path[40];
	snprintf(path, sizeof path, "/proc/%d/task", (int)process);
	int tasks = directory_open(AT_FDCWD, path);
	if (tasks < 0) {
		procfs_correct_errno();
		errno = errno == ENOENT ? ESRCH : errno;
		return -1;
	}
	/* a thread that is not traced yet may make others in this time */
	int added;
	do
		added = seize_threads(tracees, process, tasks);
	while (added > 0);
	fd_close_keep_errno(tasks);
	if (added == 0 && tracee_find(tracees, process) == NULL) {
		errno = errno == 0 || errno == ENOENT ? ESRCH : errno;
		return -1;
	}
	return added;
}

/* SPDX-License-Identifier: MIT */
/*
 * The threads that are traced.
 */
#ifndef TRACE_TRACEE_H
#define TRACE_TRACEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace/decode.h"

struct tracee {
	pid_t thread, process;
	bool quiet;   /* a child before its exec(2): its calls are not the command's */
	bool waiting; /* it sleeps in a call that must not be interrupted: not stopped yet
	               */
	bool stopped; /* by `stop`, to be handled */
	int stop;     /* the status of a stop, as si_status of waitid(2) */
	struct trace_decoded decoded;
};

struct tracees {
	struct tracee *items;
	size_t count, room;
	size_t waiting; /* how many are */
};

/* NULL if it is not known. */
struct tracee *tracee_find(struct tracees *tracees, pid_t thread);

/* Find it, or add it: NULL without memory. Moves the others. The process 0: look it up.
 */
struct tracee *tracee_add(struct tracees *tracees, pid_t thread, pid_t process);

void tracee_remove(struct tracees *tracees, pid_t thread);

/*
 * Begin to trace a new process that waits at a gate and has one thread: 0, or -1 with
 * errno.
 */
int tracee_seize_command(struct tracees *tracees, pid_t process);

/*
 * Begin to trace all threads of a process: 0, or -1 with errno; EPERM also if another
 * process traces it. Threads that sleep in a call that ptrace would make fail with EINTR
 * are `waiting`.
 */
int tracee_seize_process(struct tracees *tracees, pid_t process);

/* Stop those `waiting` that have left their call. */
void tracee_interrupt_waiting(struct tracees *tracees);

#endif

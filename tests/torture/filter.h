/* SPDX-License-Identifier: MIT */
/*
 * filter - stop a process below its tracer at two system calls only
 *
 * A stop costs two changes of the process, which on a busy machine takes longer than all
 * that an applet does.
 */
#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>

/*
 * From now on, and in all that it starts and executes, this process stops with
 * PTRACE_EVENT_SECCOMP at that call and at set_tid_address(2), with which musl ends its
 * start. A process that is not traced gets ENOSYS there.
 */
bool filter_begin(int call);

#endif

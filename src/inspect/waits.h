/* SPDX-License-Identifier: MIT */
/*
 * The threads that wait for objects, from the system calls in which they are blocked
 * (inspect/blocked.h). See proc_pid_syscall(5), process_vm_readv(2).
 *
 * Both require the right to attach by ptrace(2), which Yama's ptrace_scope 1 limits to
 * descendants: of other processes of the same user only the descriptors are known.
 */
#ifndef INSPECT_WAITS_H
#define INSPECT_WAITS_H

#include <stddef.h>
#include <sys/types.h>

#include "inspect/census.h"

/*
 * Append what the threads of a process wait for to the census; `kinds` are those of its
 * request. `directory` is the open
 * directory /proc/PID; the holders of the census from `first_holder` on are those of the
 * process. A process whose calls may not be read is counted in unknown_waits.
 */
void waits_read(struct census *census, unsigned kinds, int directory, pid_t pid,
                size_t first_holder);

#endif

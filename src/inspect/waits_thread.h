/* SPDX-License-Identifier: MIT */
/*
 * For inspect/waits.c: a thread of another process that is blocked in a system call.
 */
#ifndef INSPECT_WAITS_THREAD_H
#define INSPECT_WAITS_THREAD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "inspect/blocked.h"
#include "inspect/census.h"
#include "inspect/mapping.h"

struct waits_thread {
	struct census *census;
	unsigned kinds; /* of the request */
	int directory;  /* /proc/PID */
	pid_t pid, thread;
	/* of the process, in the census: those by descriptors, in order; then others */
	size_t first_holder, end_of_descriptors;
	struct blocked_call call; /* in the numbers of this program */
	bool i386;                /* structures in memory are those of i386 */
	int nested;               /* epoll descriptors in epoll descriptors */
};

/* Append one of the events that the thread waits for; its pid and thread are set. */
void waits_thread_add(const struct waits_thread *thread, struct census_waiter waiter);

/* The same without an object and a descriptor. */
void waits_thread_add_event(const struct waits_thread *thread, enum blocked_on on,
                            int64_t amount);

/* The System V object with this id in the IPC namespace of the process, if that is also
 * the caller's; the memory that a process has mapped; or OBJECT_NONE. */
int waits_thread_find_system_v(const struct waits_thread *thread, enum object_kind kind,
                               uint64_t id);
int waits_thread_find_memory(const struct waits_thread *thread,
                             const struct mapping *mapping);

/* Copy bytes from the address in the process: how many could be read. */
size_t waits_thread_memory(const struct waits_thread *thread, uint64_t address, void *to,
                           size_t size);

/* The same for an array of `count` elements of `size` bytes: how many could be read, at
 * most `room`. */
size_t waits_thread_array(const struct waits_thread *thread, uint64_t address,
                          uint64_t count, size_t size, void *to, size_t room);

/* Read a file below the directory, by one read(2), as procfs_read() does. */
ssize_t waits_thread_text(const struct waits_thread *thread, char *text, size_t size,
                          const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif

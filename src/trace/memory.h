/* SPDX-License-Identifier: MIT */
/*
 * Memory of a process that is traced, and its files in /proc.
 */
#ifndef TRACE_MEMORY_H
#define TRACE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* False if not all of the bytes can be read. */
bool trace_memory_read(pid_t pid, uint64_t address, void *to, size_t size);

/* A string, cut off at size - 1 bytes: false, and "", if none can be read. */
bool trace_memory_string(pid_t pid, uint64_t address, char *to, size_t size);

/*
 * A file of /proc/PID, "status" or "fdinfo/3", as procfs_read(): "" if it cannot be read.
 */
void trace_memory_proc(char *to, size_t size, pid_t pid, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif

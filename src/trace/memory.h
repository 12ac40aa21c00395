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

/* A file of /proc/PID, "status" or "fdinfo/%d", as procfs_read(): "" if it fails. */
void trace_memory_proc(pid_t pid, const char *format, int number, char *to, size_t size);

#endif

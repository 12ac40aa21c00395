/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include "base/procfs.h"
#include "trace/memory.h"

static ssize_t read_memory_part(pid_t pid, uint64_t address, void *to, size_t size)
{
	struct iovec here = {.iov_base = to, .iov_len = size};
	struct iovec there = {.iov_base = (void *)(uintptr_t)address, .iov_len = size};
	return process_vm_readv(pid, &here, 1, &there, 1, 0);
}

bool trace_memory_read(pid_t pid, uint64_t address, void *to, size_t size)
{
	return read_memory_part(pid, address, to, size) == (ssize_t)size;
}

bool trace_memory_string(pid_t pid, uint64_t address, char *to, size_t size)
{
	enum { PAGE = 4096 };
	size_t length = 0;
	/* page by page: the one after the string may be missing */
	while (length < size - 1) {
		size_t part = PAGE - (size_t)((address + length) % PAGE);
		if (part > size - 1 - length)
			part = size - 1 - length;
		ssize_t got = read_memory_part(pid, address + length, to + length, part);
		if (got <= 0)
			break;
		if (memchr(to + length, '\0', (size_t)got) != NULL)
			return true;
		length += (size_t)got;
	}
	to[length] = '\0';
	return length == size - 1;
}

void trace_memory_proc(char *to, size_t size, pid_t pid, const char *format, ...)
{
	char path[64];
	va_list arguments;
	int length = snprintf(path, sizeof path, "/proc/%d/", (int)pid);
	va_start(arguments, format);
	vsnprintf(path + length, sizeof path - (size_t)length, format, arguments);
	va_end(arguments);
	procfs_read(path, to, size);
}

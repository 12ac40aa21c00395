/* SPDX-License-Identifier: MIT */
#include "inspect/waits_thread.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/fd.h"

enum { PAGE = 4096 };

void waits_thread_add(const struct waits_thread *thread, struct census_waiter waiter)
{
	waiter.pid = thread->pid;
	waiter.thread = thread->thread;
	census_add_waiter(thread->census, &waiter);
}

void waits_thread_add_event(const struct waits_thread *thread, enum blocked_on on,
                            int64_t amount)
{
	waits_thread_add(
	    thread, (struct census_waiter){
	                .on = on, .object = OBJECT_NONE, .fd = -1, .amount = amount});
}

/* An id of System V means another object in another IPC namespace. */
int waits_thread_find_system_v(const struct waits_thread *thread, enum object_kind kind,
                               uint64_t id)
{
	struct stat ours, theirs;
	struct object_identity identity = {.kind = kind, .system_v = true, .inode = id};
	if (fstatat(thread->directory, "ns/ipc", &theirs, 0) < 0 ||
	    stat("/proc/self/ns/ipc", &ours) < 0 || ours.st_ino != theirs.st_ino)
		return OBJECT_NONE;
	return object_list_find(&thread->census->objects, &identity);
}

int waits_thread_find_memory(const struct waits_thread *thread,
                             const struct mapping *mapping)
{
	static const enum object_kind kinds[] = {OBJECT_SHM, OBJECT_SEM, OBJECT_MEMFD};
	int object = OBJECT_NONE;
	if (mapping_is_segment(mapping))
		return waits_thread_find_system_v(thread, OBJECT_SHM, mapping->inode);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds && object == OBJECT_NONE; i++)
		object =
		    object_list_find(&thread->census->objects,
		                     &(struct object_identity){.kind = kinds[i],
		                                               .device = mapping->device,
		                                               .inode = mapping->inode});
	return object;
}

size_t waits_thread_memory(const struct waits_thread *thread, uint64_t address, void *to,
                           size_t size)
{
	/* two elements: the kernel copies the part before a page that does not exist */
	size_t first = PAGE - (size_t)(address % PAGE);
	if (first > size)
		first = size;
	struct iovec local = {to, size};
	struct iovec remote[] = {{(void *)(uintptr_t)address, first},
	                         {(void *)(uintptr_t)(address + first), size - first}};
	ssize_t length = process_vm_readv(thread->pid, &local, 1, remote, 2, 0);
	return length > 0 ? (size_t)length : 0;
}

size_t waits_thread_array(const struct waits_thread *thread, uint64_t address,
                          uint64_t count, size_t size, void *to, size_t room)
{
	if (count > room)
		count = room;
	return waits_thread_memory(thread, address, to, count * size) / size;
}

ssize_t waits_thread_text(const struct waits_thread *thread, char *text, size_t size,
                          const char *format, ...)
{
	char name[48];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(name, sizeof name, format, arguments);
	va_end(arguments);
	int fd = openat(thread->directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd >= 0 ? read(fd, text, size - 1) : -1;
	if (fd >= 0)
		fd_close_keep_errno(fd);
	text[length > 0 ? length : 0] = '\0';
	return length;
}

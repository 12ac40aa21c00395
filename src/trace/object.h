/* SPDX-License-Identifier: MIT */
/*
 * The objects that traced calls use: their names, and what was done with each.
 *
 * An object is found by the text by which the kernel identifies it in the process that
 * calls (the link of a descriptor, an id, a path), and shown by the name that the other
 * applets take.
 */
#ifndef TRACE_OBJECT_H
#define TRACE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum trace_kind {
	TRACE_KIND_QUEUE,
	TRACE_KIND_MEMORY,
	TRACE_KIND_SEMAPHORE,
	TRACE_KIND_FIFO,
	TRACE_KIND_PIPE,
	TRACE_KIND_SOCKET,
	TRACE_KIND_EVENTFD,
	TRACE_KIND_MEMFD,
	TRACE_KIND_LOCK,
	TRACE_KIND_PROCESS,
};

/* Sets of kinds. */
#define TRACE_OBJECT_BIT(kind) (1U << TRACE_KIND_##kind)

enum {
	TRACE_OBJECT_STREAMS = TRACE_OBJECT_BIT(FIFO) | TRACE_OBJECT_BIT(PIPE) |
	                       TRACE_OBJECT_BIT(SOCKET) | TRACE_OBJECT_BIT(EVENTFD),
	TRACE_OBJECT_MEMORIES = TRACE_OBJECT_BIT(MEMORY) | TRACE_OBJECT_BIT(SEMAPHORE) |
	                        TRACE_OBJECT_BIT(MEMFD),
	TRACE_OBJECT_EVERYTHING = TRACE_OBJECT_STREAMS | TRACE_OBJECT_MEMORIES,
};

/* A call gives (a message, a permit, an unlock) or takes; each ends waits of the other.
 */
enum trace_flow { TRACE_FLOW_GIVES, TRACE_FLOW_TAKES, TRACE_FLOW_NONE };

struct trace_party {
	pid_t pid;
	int64_t time;
	char command[16];
};

struct trace_object {
	enum trace_kind kind;
	ssize_t key, name; /* in the texts: by which it is found, as which it is shown */
	int next;          /* of the same hash, plus 1 */
	uint64_t calls, failed, bytes, waits;
	int64_t waited;
	struct trace_party last[TRACE_FLOW_NONE]; /* that gave, and that took */
};

enum { TRACE_OBJECT_NONE = -1, TRACE_OBJECT_BUCKETS = 256, TRACE_LINK_BYTES = 4200 };

struct trace_objects {
	struct trace_object *items;
	size_t count, room;
	char *texts;
	size_t text_length, text_room;
	int bucket[TRACE_OBJECT_BUCKETS]; /* plus 1 */
	char inherited[3][32];            /* pipes and sockets not to show */
};

/* Pipes and sockets that are the caller's own standard descriptors are not shown. The
 * memory is given back by the end of the process that traces. */
void trace_objects_begin(struct trace_objects *objects);

/*
 * Each of these returns the index of the object, which is added if it is new, or
 * TRACE_OBJECT_NONE: it is none of the wanted kinds, or there is no memory.
 */
int trace_object_find(struct trace_objects *objects, enum trace_kind kind,
                      const char *key, const char *name);

/* The object of a descriptor, of these kinds; with TRACE_KIND_LOCK it is any file. */
int trace_object_of_fd(struct trace_objects *objects, pid_t pid, int fd, unsigned wanted);

/* A file below /dev/shm, or a FIFO; a relative path begins at a directory's descriptor or
 * AT_FDCWD. */
int trace_object_of_path(struct trace_objects *objects, pid_t pid, int directory,
                         const char *path);

/* A System V object. */
int trace_object_of_id(struct trace_objects *objects, pid_t pid, enum trace_kind kind,
                       int id);
int trace_object_of_key(struct trace_objects *objects, enum trace_kind kind, int32_t key);

/* The object that is mapped shared at an address. */
int trace_object_of_address(struct trace_objects *objects, pid_t pid, uint64_t address);

#endif

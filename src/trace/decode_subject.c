/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

#include "base/procfs.h"
#include "base/value.h"
#include "trace/decode_subject.h"
#include "trace/memory.h"

static int subject_of_path(struct trace_decoded *d, struct trace_objects *objects,
                           int directory, uint64_t address)
{
	char path[TRACE_LINK_BYTES];
	if (!trace_memory_string(d->event.thread, address, path, sizeof path))
		return TRACE_OBJECT_NONE;
	return trace_object_of_path(objects, d->event.thread, directory, path);
}

/* The C library has removed the slash. */
static int subject_of_queue_name(struct trace_decoded *d, struct trace_objects *objects)
{
	char name[257] = "/";
	if (!trace_memory_string(d->event.thread, d->args[0], name + 1, sizeof name - 1))
		return TRACE_OBJECT_NONE;
	return trace_object_find(objects, TRACE_KIND_QUEUE, name, name);
}

static int subject_of_process(struct trace_objects *objects, int pid)
{
	char name[24];
	snprintf(name, sizeof name, "pid:%d", pid);
	return trace_object_find(objects, TRACE_KIND_PROCESS, name, name);
}

static int subject_of_pidfd(struct trace_decoded *d, struct trace_objects *objects)
{
	char text[512];
	trace_memory_proc(text, sizeof text, d->event.thread, "fdinfo/%d",
	                  (int)d->args[0]);
	const char *pid = procfs_find_field(text, "\nPid:\t");
	return pid == NULL
	           ? TRACE_OBJECT_NONE
	           : subject_of_process(objects, (int)value_strtoull(pid, NULL, 10));
}

/* Descriptors, and paths: the arguments that have them. */
enum { WORKING_DIRECTORY = 7 };

static const struct {
	unsigned char subject, directory, argument;
	unsigned short wanted; /* of a descriptor; 0: a path */
} by_argument[] = {
    {TRACE_SUBJECT_STREAM, 0, 0, TRACE_OBJECT_STREAMS},
    {TRACE_SUBJECT_QUEUE, 0, 0, TRACE_OBJECT_BIT(QUEUE)},
    {TRACE_SUBJECT_SOCKET, 0, 0, TRACE_OBJECT_BIT(SOCKET)},
    {TRACE_SUBJECT_MEMORY, 0, 0, TRACE_OBJECT_MEMORIES},
    {TRACE_SUBJECT_MAPPED, 0, 4, TRACE_OBJECT_MEMORIES},
    {TRACE_SUBJECT_FILE, 0, 0, TRACE_OBJECT_BIT(LOCK)},
    {TRACE_SUBJECT_PATH, WORKING_DIRECTORY, 0, 0},
    {TRACE_SUBJECT_PATH_TO, WORKING_DIRECTORY, 1, 0},
    {TRACE_SUBJECT_PATH_AT, 0, 1, 0},
    {TRACE_SUBJECT_PATH_TO_AT, 2, 3, 0},
};

static int subject_by_argument(struct trace_decoded *d, struct trace_objects *objects)
{
	for (size_t i = 0; i < sizeof by_argument / sizeof *by_argument; i++) {
		unsigned directory = by_argument[i].directory;
		uint64_t argument = d->args[by_argument[i].argument];
		if (by_argument[i].subject != d->call->subject)
			continue;
		if (by_argument[i].wanted == 0)
			return subject_of_path(d, objects,
			                       directory == WORKING_DIRECTORY
			                           ? AT_FDCWD
			                           : (int)d->args[directory],
			                       argument);
		if (d->call->subject != TRACE_SUBJECT_MAPPED || d->args[3] & MAP_SHARED)
			return trace_object_of_fd(objects, d->event.thread, (int)argument,
			                          by_argument[i].wanted);
	}
	return TRACE_OBJECT_NONE;
}

int trace_decode_subject(struct trace_decoded *d, struct trace_objects *objects)
{
	pid_t thread = d->event.thread;
	enum trace_kind kind = (enum trace_kind)d->call->kind;
	switch ((enum trace_subject)d->call->subject) {
	case TRACE_SUBJECT_QUEUE_NAME: return subject_of_queue_name(d, objects);
	case TRACE_SUBJECT_ID:
		return trace_object_of_id(objects, thread, kind, (int)d->args[0]);
	case TRACE_SUBJECT_KEY:
		return trace_object_of_key(objects, kind, (int32_t)d->args[0]);
	case TRACE_SUBJECT_ADDRESS:
		return trace_object_of_address(objects, thread, d->args[0]);
	case TRACE_SUBJECT_PROCESS: return subject_of_process(objects, (int)d->args[0]);
	case TRACE_SUBJECT_PIDFD: return subject_of_pidfd(d, objects);
	default: return subject_by_argument(d, objects);
	}
}

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
	char path[48], text[512];
	snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)d->event.thread,
	         (int)d->args[0]);
	procfs_read(path, text, sizeof text);
	const char *pid = procfs_find_field(text, "\nPid:\t");
	return pid == NULL
	           ? TRACE_OBJECT_NONE
	           : subject_of_process(objects, (int)value_strtoull(pid, NULL, 10));
}

static int subject_of_fd(struct trace_decoded *d, struct trace_objects *objects,
                         uint64_t fd, unsigned wanted)
{
	return trace_object_of_fd(objects, d->event.thread, (int)fd, wanted);
}

int trace_decode_subject(struct trace_decoded *d, struct trace_objects *objects)
{
	const uint64_t *args = d->args;
	switch ((enum trace_subject)d->call->subject) {
	case TRACE_SUBJECT_QUEUE_NAME: return subject_of_queue_name(d, objects);
	case TRACE_SUBJECT_QUEUE:
		return subject_of_fd(d, objects, args[0], TRACE_OBJECT_BIT(QUEUE));
	case TRACE_SUBJECT_STREAM:
		return subject_of_fd(d, objects, args[0], TRACE_OBJECT_STREAMS);
	case TRACE_SUBJECT_SOCKET:
		return subject_of_fd(d, objects, args[0], TRACE_OBJECT_BIT(SOCKET));
	case TRACE_SUBJECT_MEMORY:
		return subject_of_fd(d, objects, args[0], TRACE_OBJECT_MEMORIES);
	case TRACE_SUBJECT_MAPPED:
		return args[3] & MAP_SHARED
		           ? subject_of_fd(d, objects, args[4], TRACE_OBJECT_MEMORIES)
		           : TRACE_OBJECT_NONE;
	case TRACE_SUBJECT_FILE:
		return subject_of_fd(d, objects, args[0], TRACE_OBJECT_BIT(LOCK));
	case TRACE_SUBJECT_ID:
		return trace_object_of_id(objects, d->event.thread,
		                          (enum trace_kind)d->call->kind, (int)args[0]);
	case TRACE_SUBJECT_KEY:
		return trace_object_of_key(objects, (enum trace_kind)d->call->kind,
		                           (int32_t)args[0]);
	case TRACE_SUBJECT_ADDRESS:
		return trace_object_of_address(objects, d->event.thread, args[0]);
	case TRACE_SUBJECT_PATH: return subject_of_path(d, objects, AT_FDCWD, args[0]);
	case TRACE_SUBJECT_PATH_TO: return subject_of_path(d, objects, AT_FDCWD, args[1]);
	case TRACE_SUBJECT_PATH_AT:
		return subject_of_path(d, objects, (int)args[0], args[1]);
	case TRACE_SUBJECT_PATH_TO_AT:
		return subject_of_path(d, objects, (int)args[2], args[3]);
	case TRACE_SUBJECT_PROCESS: return subject_of_process(objects, (int)args[0]);
	case TRACE_SUBJECT_PIDFD: return subject_of_pidfd(d, objects);
	case TRACE_SUBJECT_NONE:
	case TRACE_SUBJECT_RESULT: break;
	}
	return TRACE_OBJECT_NONE;
}

/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/value.h"
#include "base/vec.h"
#include "object/shm_path.h"
#include "object/sysv.h"
#include "trace/memory.h"
#include "trace/object.h"

/* ------------------------------------------------------------------ table */

static bool read_link_text(const char *path, char *text, size_t size)
{
	ssize_t length = readlink(path, text, size - 1);
	text[length > 0 ? length : 0] = '\0';
	return length > 0;
}

void trace_objects_begin(struct trace_objects *objects)
{
	char path[32];
	*objects = (struct trace_objects){.items = NULL};
	for (int fd = 0; fd < 3; fd++) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		read_link_text(path, objects->inherited[fd], sizeof *objects->inherited);
	}
}

static unsigned hash_of_key(enum trace_kind kind, const char *key)
{
	unsigned hash = (unsigned)kind;
	for (; *key != '\0'; key++)
		hash = hash * 33 + (unsigned char)*key;
	return hash % TRACE_OBJECT_BUCKETS;
}

/* Append a text to those of all objects: where it is, or -1 without memory. */
static ssize_t keep_text(struct trace_objects *objects, const char *text)
{
	size_t size = strlen(text) + 1;
	while (size > objects->text_room - objects->text_length) {
		char *more = vec_grow(objects->texts, &objects->text_room, 1);
		if (more == NULL)
			return -1;
		objects->texts = more;
	}
	memcpy(objects->texts + objects->text_length, text, size);
	objects->text_length += size;
	return (ssize_t)(objects->text_length - size);
}

/* The next object, with its texts; NULL without memory. */
static struct trace_object *reserve_traced_object(struct trace_objects *objects,
                                                  const char *key, const char *name)
{
	if (objects->count == objects->room) {
		struct trace_object *more =
		    vec_grow(objects->items, &objects->room, sizeof *more);
		if (more == NULL)
			return NULL;
		objects->items = more;
	}
	struct trace_object *object = &objects->items[objects->count];
	*object = (struct trace_object){.key = keep_text(objects, key),
	                                .name = keep_text(objects, name)};
	return object->key >= 0 && object->name >= 0 ? object : NULL;
}

static int find_traced_object(const struct trace_objects *objects, enum trace_kind kind,
                              const char *key)
{
	int i = objects->bucket[hash_of_key(kind, key)];
	while (i > 0 && (objects->items[i - 1].kind != kind ||
	                 strcmp(objects->texts + objects->items[i - 1].key, key) != 0))
		i = objects->items[i - 1].next;
	return i - 1;
}

int trace_object_find(struct trace_objects *objects, enum trace_kind kind,
                      const char *key, const char *name)
{
	int found = find_traced_object(objects, kind, key);
	if (found >= 0)
		return found;
	struct trace_object *object = reserve_traced_object(objects, key, name);
	if (object == NULL)
		return TRACE_OBJECT_NONE;
	int *bucket = &objects->bucket[hash_of_key(kind, key)];
	object->kind = kind;
	object->next = *bucket;
	*bucket = (int)++objects->count;
	return *bucket - 1;
}

/* ------------------------------------------------------------ descriptors */

static bool begins_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The kind of what has this link, which is the text before a colon for most. */
static enum trace_kind kind_of_link(const char *link)
{
	static const struct {
		const char *prefix;
		enum trace_kind kind;
	} kinds[] = {
	    {"pipe:", TRACE_KIND_PIPE},
	    {"socket:", TRACE_KIND_SOCKET},
	    {"anon_inode:[eventfd]", TRACE_KIND_EVENTFD},
	    {"/memfd:", TRACE_KIND_MEMFD},
	    {SHM_PATH_DIRECTORY "/sem.", TRACE_KIND_SEMAPHORE},
	    {SHM_PATH_DIRECTORY "/", TRACE_KIND_MEMORY},
	};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (begins_with(link, kinds[i].prefix))
			return kinds[i].kind;
	return TRACE_KIND_LOCK;
}

/* The name as the applets take it: "/x" of what is below /dev/shm. */
static const char *name_of_link(enum trace_kind kind, const char *link)
{
	if (kind == TRACE_KIND_MEMORY)
		return link + strlen(SHM_PATH_DIRECTORY);
	return link;
}

/* "/s" of a semaphore: its file is sem.s. */
static int find_by_link(struct trace_objects *objects, enum trace_kind kind,
                        const char *link)
{
	char name[TRACE_LINK_BYTES];
	if (kind != TRACE_KIND_SEMAPHORE)
		return trace_object_find(objects, kind, link, name_of_link(kind, link));
	snprintf(name, sizeof name, "/%s", link + strlen(SHM_PATH_DIRECTORY "/sem."));
	return trace_object_find(objects, kind, link, name);
}

/*
 * A socket that is bound has its address in /proc/PID/net/unix, after the inode; "@" for
 * the NUL of an abstract one.
 */
static int find_socket(struct trace_objects *objects, pid_t pid, const char *link)
{
	int found = find_traced_object(objects, TRACE_KIND_SOCKET, link);
	char path[40], inode[32];
	const char *name = link;
	if (found >= 0)
		return found;
	snprintf(path, sizeof path, "/proc/%d/net/unix", (int)pid);
	snprintf(inode, sizeof inode, " %llu ",
	         (unsigned long long)value_strtoull(link + strlen("socket:["), NULL, 10));
	char *text = procfs_read_all(path), *rest = text;
	for (char *line; rest != NULL && (line = procfs_next_line(&rest)) != NULL;) {
		const char *after = procfs_find_field(line, inode);
		if (after != NULL) {
			name = after;
			break;
		}
	}
	found = trace_object_find(objects, TRACE_KIND_SOCKET, link, name);
	free(text);
	return found;
}

/* All eventfds have one inode; the kernel's id differs. */
static int find_eventfd(struct trace_objects *objects, pid_t pid, int fd)
{
	char text[1024], name[40];
	trace_memory_proc(text, sizeof text, pid, "fdinfo/%d", fd);
	const char *id = procfs_find_field(text, "eventfd-id:");
	if (id == NULL)
		return TRACE_OBJECT_NONE;
	snprintf(name, sizeof name, "eventfd:[%d]", (int)value_strtoull(id, NULL, 10));
	return trace_object_find(objects, TRACE_KIND_EVENTFD, name, name);
}

static bool is_inherited(const struct trace_objects *objects, const char *link)
{
	for (int i = 0; i < 3; i++)
		if (strcmp(objects->inherited[i], link) == 0)
			return true;
	return false;
}

int trace_object_of_fd(struct trace_objects *objects, pid_t pid, int fd, unsigned wanted)
{
	char path[48], link[TRACE_LINK_BYTES];
	struct stat st;
	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
	if (fd < 0 || !read_link_text(path, link, sizeof link))
		return TRACE_OBJECT_NONE;
	if (wanted == TRACE_OBJECT_BIT(QUEUE))
		return trace_object_find(objects, TRACE_KIND_QUEUE, link, link);
	enum trace_kind kind = kind_of_link(link);
	if (kind == TRACE_KIND_LOCK && wanted & TRACE_OBJECT_BIT(FIFO) && *link == '/' &&
	    stat(path, &st) == 0 && S_ISFIFO(st.st_mode))
		kind = TRACE_KIND_FIFO;
	if (wanted & TRACE_OBJECT_BIT(LOCK))
		kind = TRACE_KIND_LOCK;
	if (!(wanted & 1U << kind) ||
	    (kind <= TRACE_KIND_SOCKET && is_inherited(objects, link)))
		return TRACE_OBJECT_NONE;
	if (kind == TRACE_KIND_SOCKET)
		return find_socket(objects, pid, link);
	if (kind == TRACE_KIND_EVENTFD)
		return find_eventfd(objects, pid, fd);
	return find_by_link(objects, kind, link);
}

int trace_object_of_path(struct trace_objects *objects, pid_t pid, int directory,
                         const char *path)
{
	char full[TRACE_LINK_BYTES + 48];
	struct stat st;
	if (begins_with(path, SHM_PATH_DIRECTORY "/"))
		return find_by_link(objects, kind_of_link(path), path);
	/* as the process sees it: its root, its directory */
	if (*path == '/')
		snprintf(full, sizeof full, "/proc/%d/root%s", (int)pid, path);
	else if (directory == AT_FDCWD)
		snprintf(full, sizeof full, "/proc/%d/cwd/%s", (int)pid, path);
	else
		snprintf(full, sizeof full, "/proc/%d/fd/%d/%s", (int)pid, directory,
		         path);
	if (stat(full, &st) < 0 || !S_ISFIFO(st.st_mode))
		return TRACE_OBJECT_NONE;
	return trace_object_find(objects, TRACE_KIND_FIFO, path, path);
}

/* ---------------------------------------------------- System V, addresses */

/* Does the process have this process's IPC namespace, so that an id means the same? */
static bool shares_ipc_namespace(pid_t pid)
{
	char path[40], theirs[64], ours[64];
	snprintf(path, sizeof path, "/proc/%d/ns/ipc", (int)pid);
	return read_link_text(path, theirs, sizeof theirs) &&
	       read_link_text("/proc/self/ns/ipc", ours, sizeof ours) &&
	       strcmp(theirs, ours) == 0;
}

/* All three structs begin with that. */
static int32_t key_of_id(enum trace_kind kind, int id)
{
	union {
		struct ipc_perm perm;
		struct msqid_ds queue;
		struct semid_ds set;
		struct shmid_ds segment;
	} facts;
	facts.perm.__key = IPC_PRIVATE;
	if (kind == TRACE_KIND_QUEUE)
		msgctl(id, IPC_STAT, &facts.queue);
	else if (kind == TRACE_KIND_MEMORY)
		shmctl(id, IPC_STAT, &facts.segment);
	else
		semctl(id, 0, IPC_STAT, &facts.set);
	return facts.perm.__key;
}

static int find_by_key(struct trace_objects *objects, enum trace_kind kind,
                       const char *text, int32_t key)
{
	char name[4 + SYSV_KEY_BYTES], digits[SYSV_KEY_BYTES];
	snprintf(name, sizeof name, "key:%s", sysv_key_text(key, digits));
	return trace_object_find(objects, kind, text != NULL ? text : name, name);
}

int trace_object_of_id(struct trace_objects *objects, pid_t pid, enum trace_kind kind,
                       int id)
{
	char text[24];
	snprintf(text, sizeof text, "id:%d", id);
	int found = find_traced_object(objects, kind, text);
	if (found >= 0)
		return found;
	int32_t key = shares_ipc_namespace(pid) ? key_of_id(kind, id) : IPC_PRIVATE;
	return key == IPC_PRIVATE ? trace_object_find(objects, kind, text, text)
	                          : find_by_key(objects, kind, text, key);
}

int trace_object_of_key(struct trace_objects *objects, enum trace_kind kind, int32_t key)
{
	return key == IPC_PRIVATE
	           ? trace_object_find(objects, kind, "private:", "private:")
	           : find_by_key(objects, kind, NULL, key);
}

/* "FROM-TO rw-s OFFSET DEVICE INODE      PATH" */
static const char *match_map_line(char *line, uint64_t address, uint64_t *offset)
{
	const char *end;
	uint64_t from = value_strtoull(line, &end, 16);
	if (*end != '-' || address < from)
		return NULL;
	uint64_t to = value_strtoull(end + 1, &end, 16);
	if (address >= to || strnlen(end, 6) < 6 || end[4] != 's')
		return NULL;
	*offset = value_strtoull(end + 5, &end, 16) + (address - from);
	return strchr(end, '/');
}

int trace_object_of_address(struct trace_objects *objects, pid_t pid, uint64_t address)
{
	char path[40], name[TRACE_LINK_BYTES + 32];
	uint64_t offset = 0;
	int found = TRACE_OBJECT_NONE;
	snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	char *text = procfs_read_all(path), *rest = text;
	for (char *line; rest != NULL && (line = procfs_next_line(&rest)) != NULL;) {
		const char *link = match_map_line(line, address, &offset);
		if (link == NULL)
			continue;
		enum trace_kind kind = kind_of_link(link);
		if (kind == TRACE_KIND_SEMAPHORE) {
			found = find_by_link(objects, kind, link);
			break;
		}
		snprintf(name, sizeof name, "shm:%s+%llu", name_of_link(kind, link),
		         (unsigned long long)offset);
		found = trace_object_find(objects, kind, name, name);
		break;
	}
	free(text);
	return found;
}

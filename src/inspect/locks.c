/* SPDX-License-Identifier: MIT */
#include "inspect/locks.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/procfs.h"
#include "lock/entry.h"

/* Equal locks of one file are one object: two processes that share it. */
static struct object_identity lock_identity(const struct lock_entry *entry,
                                            uint64_t device, uint64_t inode)
{
	uint64_t hash = 2 + entry->shared;
	for (const char *c = entry->kind; *c != '\0'; c++)
		hash = hash * 31 + (unsigned char)*c;
	hash = (hash * 0x9e3779b97f4a7c15u) + (uint64_t)entry->start;
	hash = (hash * 0x9e3779b97f4a7c15u) + (uint64_t)entry->length;
	return (struct object_identity){.kind = OBJECT_LOCK,
	                                .device = device,
	                                .inode = inode,
	                                .part = (int64_t)(hash | 1)};
}

/* The entry of a file that has locks: it has no part, and is no object of the table. */
static struct object_identity file_identity(uint64_t device, uint64_t inode)
{
	return (struct object_identity){
	    .kind = OBJECT_LOCK, .device = device, .inode = inode};
}

static int add_lock(struct object_list *list, const struct lock_entry *entry,
                    uint64_t device, uint64_t inode)
{
	const struct object_identity identity = lock_identity(entry, device, inode);
	bool is_new;
	int index = object_list_add(list, &identity, &is_new);
	if (index < 0 || !is_new)
		return index;
	struct object *object = &list->objects[index];
	object->nameless = true;
	object->name = object_list_format(list, "%02x:%02x:%llu", major(device),
	                                  minor(device), (unsigned long long)inode);
	object->unit = OBJECT_UNIT_RANGE;
	object->fill = (uint64_t)entry->start;
	object->limit = (uint64_t)entry->length;
	object->text = object_list_format(list, "%s %s", entry->kind,
	                                  entry->shared ? "read" : "write");
	return index;
}

/* A line with an arrow is a process that waits for the lock of the line before. */
void locks_list(struct census *census)
{
	struct lock_entry entry;
	dev_t device;
	ino_t inode;
	int last = OBJECT_NONE;
	char *text = procfs_read_all("/proc/locks"), *rest = text, *line;
	if (text == NULL)
		object_list_note_error(&census->objects);
	while (text != NULL && (line = procfs_next_line(&rest)) != NULL) {
		if (!lock_entry_parse_any(&entry, line, &device, &inode))
			continue;
		if (!entry.waits) {
			const struct object_identity file = file_identity(device, inode);
			object_list_add(&census->locked, &file, NULL);
			last = add_lock(&census->objects, &entry, device, inode);
			if (last >= 0)
				census->objects.objects[last].sender = entry.pid;
		} else if (last >= 0 && entry.pid != 0) {
			const struct census_waiter waiter = {
			    .object = last,
			    .pid = entry.pid,
			    .thread = entry.pid,
			    .fd = -1,
			    .on = BLOCKED_LOCK,
			    .shared = entry.shared,
			    .flock = strcmp(entry.kind, "flock") == 0,
			    .amount = entry.start,
			    .length = entry.length};
			census_add_waiter(census, &waiter);
		}
	}
	free(text);
}

bool locks_has_file(const struct census *census, const struct stat *st)
{
	const struct object_identity file = file_identity(st->st_dev, st->st_ino);
	return object_list_find(&census->locked, &file) >= 0;
}

static void set_file(struct object_list *list, struct object *object,
                     const struct stat *st, const char *path)
{
	object->name = object_list_text(list, path, strlen(path));
	object->nameless = st->st_nlink == 0;
	object->has_mode = object->has_owner = true;
	object->mode = st->st_mode & 07777;
	object->uid = st->st_uid;
}

void locks_add_holders(struct census *census, const struct stat *st, const char *path,
                       char *fdinfo, struct census_holder *holder)
{
	struct object_list *list = &census->objects;
	struct lock_entry entry;
	dev_t device;
	ino_t inode;
	for (char *line; (line = procfs_next_line(&fdinfo)) != NULL;) {
		if (strncmp(line, "lock:", 5) != 0 ||
		    !lock_entry_parse_any(&entry, line + 5, &device, &inode))
			continue;
		holder->object = add_lock(list, &entry, st->st_dev, st->st_ino);
		if (holder->object < 0)
			continue;
		struct object *object = &list->objects[holder->object];
		if (!object->has_mode)
			set_file(list, object, st, path);
		holder->holds = true;
		object->sender = 0;
		census_add_holder(census, holder);
	}
}

/* A length of 0 is up to the end of the file. */
static bool is_conflict(const struct object *lock, const struct census_waiter *waiter)
{
	int64_t start = (int64_t)lock->fill, length = (int64_t)lock->limit;
	const char *mode = strchr(lock->text, ' ');
	bool shared = mode != NULL && strcmp(mode, " read") == 0;
	/* one in memory has no mode */
	return mode != NULL && !(shared && waiter->shared) &&
	       (strncmp(lock->text, "flock ", 6) == 0) == waiter->flock &&
	       (length == 0 || waiter->amount - start < length) &&
	       (waiter->length == 0 || start - waiter->amount < waiter->length);
}

int locks_find_conflict(const struct census *census, const struct stat *st,
                        const struct census_waiter *waiter, size_t first)
{
	for (size_t i = first; i < census->objects.count; i++) {
		const struct object *object = &census->objects.objects[i];
		if (object->identity.kind == OBJECT_LOCK &&
		    object->identity.device == st->st_dev &&
		    object->identity.inode == st->st_ino && is_conflict(object, waiter))
			return (int)i;
	}
	return OBJECT_NONE;
}

void locks_add_hidden_holders(struct census *census)
{
	for (size_t i = 0; i < census->objects.count; i++) {
		const struct object *object = &census->objects.objects[i];
		const struct census_holder holder = {
		    .object = (int)i, .pid = object->sender, .fd = -1, .holds = true};
		if (object->identity.kind == OBJECT_LOCK && object->sender > 0 &&
		    census_process(census, object->sender) != NULL)
			census_add_holder(census, &holder);
	}
}

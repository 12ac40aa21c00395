/* SPDX-License-Identifier: MIT */
#include "object/list.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/vec.h"

/* A block of texts; blocks never move, so that the texts do not. */
struct object_text {
	struct object_text *next;
	size_t used, size;
	char bytes[];
};

const char *object_kind_word(enum object_kind kind)
{
	static const char words[OBJECT_KINDS][8] = {
	    "mq", "shm", "sem", "fifo", "pipe", "socket", "eventfd", "memfd", "lock"};
	return words[kind];
}

static size_t identity_hash(const struct object_identity *identity)
{
	uint64_t hash = identity->inode * 0x9e3779b97f4a7c15u;
	hash ^= (identity->device << 8) + (uint64_t)identity->part * 31 +
	        (uint64_t)identity->kind * 2 + identity->system_v;
	return (size_t)((hash * 0x9e3779b97f4a7c15u) >> 32);
}

static bool is_same_identity(const struct object_identity *a,
                             const struct object_identity *b)
{
	return a->inode == b->inode && a->device == b->device && a->part == b->part &&
	       a->kind == b->kind && a->system_v == b->system_v;
}

/* The bucket that holds the identity, or the empty one where it belongs. */
static unsigned *find_bucket(const struct object_list *list,
                             const struct object_identity *identity)
{
	size_t at = identity_hash(identity);
	for (;; at++) {
		unsigned *bucket = &list->buckets[at & (list->bucket_count - 1)];
		if (*bucket == 0 ||
		    is_same_identity(&list->objects[*bucket - 1].identity, identity))
			return bucket;
	}
}

/* At most half of the buckets are used. */
static bool grow_buckets(struct object_list *list)
{
	enum { FIRST_COUNT = 64 };
	size_t count = list->bucket_count > 0 ? list->bucket_count * 2 : FIRST_COUNT;
	unsigned *buckets = calloc(count, sizeof *buckets);
	if (buckets == NULL)
		return false;
	free(list->buckets);
	list->buckets = buckets;
	list->bucket_count = count;
	for (size_t i = 0; i < list->count; i++)
		*find_bucket(list, &list->objects[i].identity) = (unsigned)i + 1;
	return true;
}

static bool reserve_object(struct object_list *list)
{
	if (list->count == list->room) {
		struct object *more =
		    vec_grow(list->objects, &list->room, sizeof *list->objects);
		if (more == NULL)
			return false;
		list->objects = more;
	}
	return list->count * 2 < list->bucket_count || grow_buckets(list);
}

int object_list_find(const struct object_list *list,
                     const struct object_identity *identity)
{
	return list->count > 0 ? (int)*find_bucket(list, identity) - 1 : OBJECT_NONE;
}

int object_list_add(struct object_list *list, const struct object_identity *identity,
                    bool *is_new)
{
	int found = object_list_find(list, identity);
	if (is_new != NULL)
		*is_new = found < 0;
	if (found >= 0)
		return found;
	if (!reserve_object(list)) {
		list->error = ENOMEM;
		return OBJECT_NONE;
	}
	list->objects[list->count] = (struct object){.identity = *identity, .name = ""};
	*find_bucket(list, identity) = (unsigned)++list->count;
	return (int)list->count - 1;
}

void object_list_note_error(struct object_list *list)
{
	if (list->error == 0 && errno != ENOENT && errno != ESRCH && errno != EACCES &&
	    errno != EPERM)
		list->error = errno;
}

const char *object_list_next_name(struct object_list *list, struct directory *directory)
{
	errno = 0; /* which directory_next() leaves as it is at the end */
	const char *name = directory_next(directory);
	if (name == NULL && errno != 0)
		object_list_note_error(list);
	return name;
}

/* Room for a text, or NULL. */
static char *reserve_text(struct object_list *list, size_t size)
{
	enum { BLOCK = 4000 };
	struct object_text *texts = list->texts;
	if (texts == NULL || texts->size - texts->used < size) {
		size_t room = size > BLOCK ? size : BLOCK;
		texts = malloc(sizeof *texts + room);
		if (texts == NULL) {
			list->error = ENOMEM;
			return NULL;
		}
		*texts = (struct object_text){.next = list->texts, .size = room};
		list->texts = texts;
	}
	char *text = texts->bytes + texts->used;
	texts->used += size;
	return text;
}

const char *object_list_text(struct object_list *list, const char *text, size_t length)
{
	char *copy = reserve_text(list, length + 1);
	if (copy == NULL)
		return "";
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

const char *object_list_format(struct object_list *list, const char *format, ...)
{
	char text[512];
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return "";
	return object_list_text(list, text, strnlen(text, (size_t)length));
}

struct object *object_list_add_file(struct object_list *list, enum object_kind kind,
                                    const struct stat *st)
{
	struct object_identity identity = {
	    .kind = kind, .device = st->st_dev, .inode = st->st_ino};
	int index = object_list_add(list, &identity, NULL);
	if (index < 0)
		return NULL;
	struct object *object = &list->objects[index];
	object->has_mode = object->has_owner = true;
	object->mode = st->st_mode & 07777;
	object->uid = st->st_uid;
	object->changed = st->st_ctime > st->st_mtime ? st->st_ctime : st->st_mtime;
	return object;
}

void object_list_directory(struct object_list *list, int directory,
                           void (*add)(struct object_list *list, int directory,
                                       const char *name))
{
	struct directory names;
	if (directory < 0) {
		object_list_note_error(list);
		return;
	}
	directory_begin(&names, directory);
	for (const char *name; (name = object_list_next_name(list, &names)) != NULL;)
		add(list, directory, name);
	close(directory);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **object_list_names(const struct object_list *list, int *count, int *left_out)
{
	char **names = calloc(list->count + 1, sizeof *names);
	*count = *left_out = 0;
	if (names == NULL || list->error != 0) {
		free(names);
		errno = list->error != 0 ? list->error : ENOMEM;
		return NULL;
	}
	for (size_t i = 0; i < list->count; i++)
		if (list->objects[i].unit != OBJECT_UNIT_NONE)
			names[(*count)++] = (char *)(uintptr_t)list->objects[i].name;
		else
			++*left_out;
	qsort(names, (size_t)*count, sizeof *names, compare_names);
	return names;
}

void object_list_free(struct object_list *list)
{
	while (list->texts != NULL) {
		struct object_text *next = list->texts->next;
		free(list->texts);
		list->texts = next;
	}
	free(list->buckets);
	free(list->objects);
	*list = (struct object_list){0};
}

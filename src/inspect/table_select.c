/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/value.h"
#include "inspect/table.h"
#include "io/error.h"

/* An object with what it is sorted by: qsort(3) passes nothing else. */
struct table_row {
	uint64_t key; /* the lower first, then by kind and name */
	enum object_kind kind;
	const char *name;
	int object;
};

static bool find_word(const char *words, const char *word, size_t length, unsigned *index)
{
	for (*index = 0; *words != '\0'; ++*index) {
		size_t one = strcspn(words, " ");
		if (one == length && strncmp(words, word, length) == 0)
			return true;
		words += one + (words[one] != '\0');
	}
	return false;
}

/* Call it with list at the next word; a comma after it is skipped. */
static bool next_word(const char **list, const char *words, unsigned *index)
{
	size_t length = strcspn(*list, ",");
	if (!find_word(words, *list, length, index))
		return false;
	*list += length + ((*list)[length] == ',' && (*list)[length + 1] != '\0');
	return true;
}

static enum status word_error(const char *option, const char *list, const char *words)
{
	return error_usage("option '--%s': '%.*s' is not one of: %s", option,
	                   (int)strcspn(list, ","), list, words);
}

enum status table_parse_kinds(unsigned *kinds, const char *list)
{
	unsigned index;
	for (*kinds = 0; *kinds == 0 || *list != '\0'; *kinds |= 1u << index)
		if (!next_word(&list, OBJECT_KIND_WORDS, &index))
			return word_error("type", list, OBJECT_KIND_WORDS);
	return STATUS_OK;
}

enum status table_parse_columns(const char *list,
                                unsigned char columns[TABLE_COLUMNS_MAX + 1])
{
	int count = 0;
	while (count == 0 || *list != '\0') {
		unsigned index;
		if (!next_word(&list, TABLE_COLUMN_WORDS, &index))
			return word_error("output", list, TABLE_COLUMN_WORDS);
		if (count == TABLE_COLUMNS_MAX)
			return error_usage("option '--output': more than %d columns",
			                   TABLE_COLUMNS_MAX);
		columns[count++] = (unsigned char)(index + 1);
	}
	columns[count] = 0;
	return STATUS_OK;
}

/* ----------------------------------------------------------------------- names */

static const char *skip_directory(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);
	return strncmp(text, prefix, length) == 0 ? text + length : text;
}

/* key:74 and key:0x4a are one. */
static bool is_same_key(const char *a, const char *b)
{
	uint64_t left, right;
	return strncmp(a, "key:", 4) == 0 && strncmp(b, "key:", 4) == 0 &&
	       value_c_unsigned(a + 4, &left) == NULL &&
	       value_c_unsigned(b + 4, &right) == NULL && left == right;
}

/*
 * A FIFO and a locked file by any path that leads to it; a socket by one to the file that
 * its address names, which has another inode.
 */
static bool is_file(const struct object *object, const char *path)
{
	const struct object_identity *identity = &object->identity;
	struct stat st, its;
	bool is_socket = identity->kind == OBJECT_SOCKET;
	if ((!is_socket && identity->kind != OBJECT_FIFO &&
	     identity->kind != OBJECT_LOCK) ||
	    stat(path, &st) < 0)
		return false;
	if (!is_socket)
		return st.st_dev == identity->device && st.st_ino == identity->inode;
	return S_ISSOCK(st.st_mode) && object->name[0] == '/' &&
	       stat(object->name, &its) == 0 && its.st_dev == st.st_dev &&
	       its.st_ino == st.st_ino;
}

/* jobs, /jobs, /dev/mqueue/jobs and mq:/jobs are one, as in object/name.h and ipcset. */
bool table_is_named(const struct object *object, const char *name)
{
	enum object_kind kind = object->identity.kind;
	const char *word = object_kind_word(kind);
	size_t length = strlen(word);
	if (strcmp(object->name, name) == 0)
		return true;
	if (strncmp(name, word, length) == 0 && name[length] == ':')
		name += length + 1;
	if (kind == OBJECT_MQ)
		name = skip_directory(name, "/dev/mqueue");
	else if (kind == OBJECT_SHM)
		name = skip_directory(name, "/dev/shm");
	else if (kind == OBJECT_SEM)
		name = skip_directory(name, "/dev/shm/sem.");
	if (kind <= OBJECT_SEM && object->name[0] == '/' && name[0] != '/')
		return strcmp(object->name + 1, name) == 0;
	return strcmp(object->name, name) == 0 || is_same_key(object->name, name) ||
	       is_file(object, name);
}

/* ---------------------------------------------------------------------- filter */

static bool is_of_process(const struct census *census, int object, pid_t pid)
{
	for (size_t i = census_first_holder(census, object);
	     i < census->holder_count && census->holders[i].object == object; i++)
		if (census->holders[i].pid == pid)
			return true;
	for (size_t i = census_first_waiter(census, object);
	     i < census->waiter_count && census->waiters[i].object == object; i++)
		if (census->waiters[i].pid == pid)
			return true;
	return false;
}

static bool has_any_name(const struct object *object, const struct table_filter *filter,
                         bool *matched)
{
	bool found = filter->count == 0;
	for (int i = 0; i < filter->count; i++)
		if (table_is_named(object, filter->names[i])) {
			found = true;
			if (matched != NULL)
				matched[i] = true;
		}
	return found;
}

static bool is_selected(const struct census *census, int index,
                        const struct table_filter *filter, int64_t now, bool *matched)
{
	const struct object *object = &census->objects.objects[index];
	if ((filter->kinds & 1u << object->identity.kind) == 0 ||
	    !has_any_name(object, filter, matched))
		return false;
	if (filter->has_owner && (!object->has_owner || object->uid != filter->owner))
		return false;
	if (filter->unused &&
	    (object->holders > 0 || object->waiters > 0 || object->more_holders))
		return false;
	if (filter->older > 0 &&
	    (object->changed == 0 || now - object->changed < filter->older))
		return false;
	return filter->pid == 0 || is_of_process(census, index, filter->pid);
}

/* ------------------------------------------------------------------------ sort */

/* Of what is fuller, larger or older the key is less. */
static uint64_t sort_key(const struct object *object, enum table_sort sort)
{
	switch (sort) {
	case TABLE_SORT_OWNER: return object->uid;
	case TABLE_SORT_FILL: return UINT64_MAX - object->fill;
	case TABLE_SORT_HOLDERS: return UINT32_MAX - object->holders;
	case TABLE_SORT_WAITERS: return UINT32_MAX - object->waiters;
	case TABLE_SORT_AGE:
		return object->changed != 0 ? (uint64_t)object->changed : UINT64_MAX;
	case TABLE_SORT_KIND: return object->identity.kind;
	case TABLE_SORT_NAME: break;
	}
	return 0;
}

static int compare_rows(const void *a, const void *b)
{
	const struct table_row *left = a, *right = b;
	if (left->key != right->key)
		return left->key < right->key ? -1 : 1;
	int order = strcmp(left->name, right->name);
	if (order == 0)
		order = (int)left->kind - (int)right->kind;
	return order != 0 ? order : left->object - right->object;
}

int *table_select(const struct census *census, const struct table_filter *filter,
                  enum table_sort sort, size_t *count, bool *matched)
{
	const struct object *objects = census->objects.objects;
	int64_t now = time(NULL);
	struct table_row *rows = calloc(census->objects.count + 1, sizeof *rows);
	int *selected = calloc(census->objects.count + 1, sizeof *selected);
	*count = 0;
	if (rows == NULL || selected == NULL) {
		free(rows);
		free(selected);
		error_as(STATUS_FAILED, "%s", error_text(ENOMEM));
		return NULL;
	}
	for (size_t i = 0; i < census->objects.count; i++)
		if (is_selected(census, (int)i, filter, now, matched))
			rows[(*count)++] =
			    (struct table_row){.key = sort_key(&objects[i], sort),
			                       .kind = objects[i].identity.kind,
			                       .name = objects[i].name,
			                       .object = (int)i};
	qsort(rows, *count, sizeof *rows, compare_rows);
	for (size_t i = 0; i < *count; i++)
		selected[i] = rows[i].object;
	free(rows);
	return selected;
}

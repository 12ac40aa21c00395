/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/vec.h"
#include "io/error.h"
#include "program/external.h"

static const char prefix[] = "ipctool-";

enum { PREFIX_LENGTH = sizeof prefix - 1 };

/* ---------------------------------------------------------- directories */

struct external_search {
	enum external_places places;
	enum { BESIDE_BINARY, INSTALLED, IN_PATH } next;
	const char *rest; /* of PATH; NULL: it is over */
};

static struct external_search search_begin(enum external_places places)
{
	return (struct external_search){.places = places, .rest = getenv("PATH")};
}

static bool own_directory(struct exec_path *path)
{
	ssize_t length = readlink("/proc/self/exe", path->text, sizeof path->text - 1);
	if (length <= 0)
		return false;
	path->text[length] = '\0';
	*strrchr(path->text, '/') = '\0';
	return true;
}

/* The next entry of PATH that is absolute and not too long. */
static bool next_of_path(struct external_search *search, struct exec_path *path)
{
	while (search->rest != NULL) {
		const char *entry = search->rest;
		size_t length = strcspn(entry, ":");
		search->rest = entry[length] != '\0' ? entry + length + 1 : NULL;
		if (entry[0] != '/' || length >= sizeof path->text)
			continue;
		memcpy(path->text, entry, length);
		path->text[length] = '\0';
		return true;
	}
	return false;
}

static bool next_directory(struct external_search *search, struct exec_path *path)
{
	if (search->next == BESIDE_BINARY) {
		search->next = INSTALLED;
		if (own_directory(path))
			return true;
	}
	if (search->next == INSTALLED) {
		search->next = IN_PATH;
		snprintf(path->text, sizeof path->text, "%s", IPCTOOL_LIBEXEC);
		return true;
	}
	return search->places == EXTERNAL_ALL && next_of_path(search, path);
}

/* Append "/ipctool-NAME" to the directory: false if that is too long. */
static bool append_name(struct exec_path *path, const char *name)
{
	size_t length = strlen(path->text), room = sizeof path->text - length;
	int needed = snprintf(path->text + length, room, "/%s%s", prefix, name);
	return needed > 0 && (size_t)needed < room;
}

/* -------------------------------------------------------- find and run */

int external_find(struct exec_path *path, const char *name, enum external_places places)
{
	struct external_search search = search_begin(places);
	struct exec_path candidate;
	int error = ENOENT;
	if (name[0] == '\0' || name[0] == '-' || strchr(name, '/') != NULL) {
		errno = ENOENT;
		return -1;
	}
	while (next_directory(&search, path)) {
		if (!append_name(path, name))
			continue;
		if (exec_find(&candidate, path->text) == 0)
			return 0;
		/* not for a directory that may not be searched: PATH has one of another
		 * user, perhaps, in which there is no such program */
		if (errno == EACCES && access(path->text, F_OK) == 0)
			error = EACCES;
	}
	errno = error;
	return -1;
}

enum status external_run(struct exec_path *path, char *option, char *const *words)
{
	size_t count = 0, next = 0;
	while (words != NULL && words[count] != NULL)
		count++;
	char **arguments = calloc(count + 3, sizeof *arguments);
	if (arguments == NULL)
		return error_errno_as(STATUS_CANNOT_EXEC, "%s", path->text);
	arguments[next++] = path->text;
	if (option != NULL)
		arguments[next++] = option;
	for (size_t i = 0; i < count; i++)
		arguments[next++] = words[i];
	enum status status = exec_replace(arguments);
	free((void *)arguments);
	return status;
}

/* ----------------------------------------------------------------- list */

static bool is_plain(const char *name)
{
	for (const char *p = name; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return false;
	return true;
}

static bool list_add(struct external_list *list, const char *name, const char *path)
{
	struct external *at = list->at;
	if (list->count == list->room)
		at = vec_grow(list->at, &list->room, sizeof *at);
	if (at == NULL)
		return false;
	list->at = at;
	at[list->count] = (struct external){.name = strdup(name), .path = strdup(path)};
	list->count++;
	return at[list->count - 1].name != NULL && at[list->count - 1].path != NULL;
}

/* The names of a directory are added if they are those of the first one of that name. */
static bool list_add_directory(struct external_list *list, const struct exec_path *where)
{
	struct directory directory;
	struct exec_path path;
	const char *entry;
	bool done = true;
	int fd = directory_open(AT_FDCWD, where->text);
	if (fd < 0)
		return true;
	directory_begin(&directory, fd);
	while (done && (entry = directory_next(&directory)) != NULL) {
		const char *name = entry + PREFIX_LENGTH;
		if (strncmp(entry, prefix, PREFIX_LENGTH) == 0 && is_plain(name) &&
		    external_find(&path, name, EXTERNAL_ALL) == 0)
			done = list_add(list, name, path.text);
	}
	close(fd);
	return done;
}

static int compare_programs(const void *one, const void *other)
{
	return strcmp(((const struct external *)one)->name,
	              ((const struct external *)other)->name);
}

static void free_external(const struct external *external)
{
	free(external->name);
	free(external->path);
}

/* One program may have been found in several directories. */
static void list_remove_doubles(struct external_list *list)
{
	size_t kept = 0;
	for (size_t i = 0; i < list->count; i++) {
		if (kept > 0 && compare_programs(&list->at[kept - 1], &list->at[i]) == 0)
			free_external(&list->at[i]);
		else
			list->at[kept++] = list->at[i];
	}
	list->count = kept;
}

bool external_list_begin(struct external_list *list)
{
	struct external_search search = search_begin(EXTERNAL_ALL);
	struct exec_path path;
	*list = (struct external_list){0};
	while (next_directory(&search, &path))
		if (!list_add_directory(list, &path))
			return false;
	if (list->count > 0)
		qsort(list->at, list->count, sizeof *list->at, compare_programs);
	list_remove_doubles(list);
	return true;
}

void external_list_end(struct external_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free_external(&list->at[i]);
	free(list->at);
}

/* SPDX-License-Identifier: MIT */
#include "semaphore/list.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sem.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/fd.h"
#include "object/shm_path.h"
#include "semaphore/layout.h"

/* The value requires read permission. */
static void set_value(struct object *object, int fd)
{
	_Alignas(8) char words[SEMAPHORE_BYTES];
	if (fd >= 0 && pread(fd, words, sizeof words, 0) == sizeof words &&
	    semaphore_layout_glibc.is_initialized(words)) {
		object->unit = OBJECT_UNIT_VALUE;
		object->fill = *(const uint32_t *)(const void *)words;
	}
	fd_close_keep_errno(fd);
}

static void add_posix_semaphore(struct object_list *list, int directory, const char *name)
{
	struct stat st;
	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		object_list_note_error(list);
		return;
	}
	if (!shm_path_is_semaphore(name, &st))
		return;
	struct object *object = object_list_add_file(list, OBJECT_SEM, &st);
	if (object == NULL)
		return;
	object->name = object_list_format(list, "/%s", name + strlen("sem."));
	set_value(object, openat(directory, name,
	                         O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

/* "1,0,3", perhaps cut off after "..." */
static const char *format_values(struct object_list *list, const unsigned short *values,
                                 size_t count)
{
	char text[256];
	int length = 0;
	for (size_t i = 0; i < count; i++) {
		if ((size_t)length + sizeof "65535,..." > sizeof text)
			return object_list_format(list, "%s...", text);
		length += snprintf(text + length, sizeof text - (size_t)length, "%u%s",
		                   values[i], i + 1 < count ? "," : "");
	}
	return object_list_text(list, text, (size_t)length);
}

static void set_set(struct object_list *list, struct object *object,
                    const int64_t *numbers)
{
	size_t count = (size_t)numbers[3];
	unsigned short *values = calloc(count, sizeof *values);
	if (values != NULL &&
	    semctl((int)object->identity.inode, 0, GETALL, values) == 0) {
		object->unit = OBJECT_UNIT_VALUE;
		object->fill = values[0];
		if (count > 1)
			object->text = format_values(list, values, count);
	}
	free(values);
}

void semaphore_list(struct object_list *list, const char *directory)
{
	object_list_directory(list, directory_open(AT_FDCWD, directory),
	                      add_posix_semaphore);
	object_list_sysv(list, OBJECT_SEM, set_set);
}

/* SPDX-License-Identifier: MIT */
#include "shm/list.h"

#include <fcntl.h>

#include "base/directory.h"
#include "object/shm_path.h"

void shm_list_set_size(struct object *object, const struct stat *st)
{
	uint64_t allocated = (uint64_t)st->st_blocks * 512;
	object->unit = OBJECT_UNIT_BYTES;
	object->limit = (uint64_t)st->st_size;
	/* the last page may be longer than the rest of the object */
	object->fill = allocated < object->limit ? allocated : object->limit;
}

static void add_posix_object(struct object_list *list, int directory, const char *name)
{
	struct stat st;
	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		object_list_note_error(list);
		return;
	}
	if (!S_ISREG(st.st_mode) || shm_path_is_semaphore(name, &st))
		return;
	struct object *object = object_list_add_file(list, OBJECT_SHM, &st);
	if (object == NULL)
		return;
	object->name = object_list_format(list, "/%s", name);
	shm_list_set_size(object, &st);
}

static void set_segment(struct object_list *list, struct object *object,
                        const int64_t *numbers)
{
	(void)list;
	object->unit = OBJECT_UNIT_BYTES;
	object->limit = (uint64_t)numbers[3];
	object->attached = (unsigned)numbers[6];
	object->fill = (uint64_t)numbers[14] + (uint64_t)numbers[15];
}

void shm_list(struct object_list *list, const char *directory)
{
	object_list_directory(list, directory_open(AT_FDCWD, directory),
	                      add_posix_object);
	object_list_sysv(list, OBJECT_SHM, set_segment);
}

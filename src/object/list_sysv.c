/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/procfs.h"
#include "base/value.h"
#include "object/list.h"
#include "object/sysv.h"

/* A table of /proc/sysvipc: proc_sysvipc(5). The times are in a row. */
struct sysv_table {
	const char *path;
	unsigned char uid, first_time, last_time;
};

enum { COLUMN_KEY, COLUMN_ID, COLUMN_PERMS };

/* A word that is not a number has the value 0. */
static void parse_numbers(int64_t numbers[OBJECT_LIST_SYSV_NUMBERS], char *line)
{
	for (int i = 0; i < OBJECT_LIST_SYSV_NUMBERS; i++)
		numbers[i] = (int64_t)value_strtoull(procfs_next_word(&line), NULL,
		                                     i == COLUMN_PERMS ? 8 : 10);
}

static struct object *add_sysv_object(struct object_list *list, enum object_kind kind,
                                      const struct sysv_table *table,
                                      const int64_t *numbers)
{
	char key[SYSV_KEY_BYTES];
	struct object_identity identity = {
	    .kind = kind, .system_v = true, .inode = (uint64_t)numbers[COLUMN_ID]};
	int index = object_list_add(list, &identity, NULL);
	if (index < 0)
		return NULL;
	struct object *object = &list->objects[index];
	object->name =
	    sysv_key_text((int32_t)numbers[COLUMN_KEY], key) != NULL
	        ? object_list_format(list, "key:%s", key)
	        : object_list_format(list, "id:%lld", (long long)numbers[COLUMN_ID]);
	object->has_mode = object->has_owner = true;
	object->mode = (mode_t)numbers[COLUMN_PERMS] & 0777;
	object->uid = (uid_t)numbers[table->uid];
	for (int i = table->first_time; i <= table->last_time; i++)
		if (numbers[i] > object->changed)
			object->changed = numbers[i];
	return object;
}

void object_list_sysv(struct object_list *list, enum object_kind kind,
                      void (*set)(struct object_list *list, struct object *object,
                                  const int64_t numbers[OBJECT_LIST_SYSV_NUMBERS]))
{
	static const struct sysv_table tables[] = {
	    [OBJECT_MQ] = {"/proc/sysvipc/msg", 7, 11, 13},
	    [OBJECT_SHM] = {"/proc/sysvipc/shm", 7, 11, 13},
	    [OBJECT_SEM] = {"/proc/sysvipc/sem", 4, 8, 9},
	};
	int64_t numbers[OBJECT_LIST_SYSV_NUMBERS];
	/* a kernel without System V IPC has no such file */
	char *text = procfs_read_all(tables[kind].path), *rest = text, *line;
	if (text == NULL)
		object_list_note_error(list);
	if (text != NULL)
		procfs_next_line(&rest); /* the heading */
	while (text != NULL && (line = procfs_next_line(&rest)) != NULL) {
		parse_numbers(numbers, line);
		struct object *object =
		    add_sysv_object(list, kind, &tables[kind], numbers);
		if (object != NULL)
			set(list, object, numbers);
	}
	free(text);
}

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/value.h"
#include "inspect/scan.h"

/* A line of /proc/PID/maps. */
struct scan_map {
	bool writes;
	uint64_t device, inode;
	const char *path;
};

/* "7f…-7f… rw-s 00000000 00:19 5   /dev/shm/x": false unless it is a shared mapping. */
static bool parse_map(struct scan_map *map, char *line)
{
	procfs_next_word(&line);
	const char *access = procfs_next_word(&line);
	if (strlen(access) != 4 || access[3] != 's')
		return false;
	map->writes = access[1] == 'w';
	procfs_next_word(&line);
	const char *minor;
	unsigned device = (unsigned)value_strtoull(procfs_next_word(&line), &minor, 16);
	if (*minor != ':')
		return false;
	map->device = makedev(device, (unsigned)value_strtoull(minor + 1, NULL, 16));
	map->inode = value_strtoull(procfs_next_word(&line), NULL, 10);
	map->path = line + strspn(line, " ");
	return true;
}

/*
 * The inode number of a System V segment is its id. Its file and a memfd can be of the
 * same file system; the kernel writes both links itself.
 */
static int find_mapped(struct scan *scan, const struct scan_map *map)
{
	struct object_list *list = &scan->census->objects;
	struct object_identity identity = {
	    .kind = OBJECT_SHM, .device = map->device, .inode = map->inode};
	if (strncmp(map->path, "/SYSV", 5) == 0) {
		identity.system_v = true;
		identity.device = 0;
		return object_list_find(list, &identity);
	}
	bool is_memfd = strncmp(map->path, "/memfd:", 7) == 0;
	if (is_memfd)
		identity.kind = OBJECT_MEMFD;
	else if (map->device != scan->shm_device)
		return OBJECT_NONE;
	int index = object_list_find(list, &identity);
	if (index < 0 && !is_memfd) {
		identity.kind = OBJECT_SEM;
		index = object_list_find(list, &identity);
		identity.kind = OBJECT_SHM;
	}
	if (index >= 0 || (scan->request->kinds & 1u << identity.kind) == 0)
		return index;
	index = object_list_add(list, &identity, NULL);
	if (index >= 0) {
		list->objects[index].nameless = true;
		list->objects[index].name =
		    object_list_text(list, map->path, strlen(map->path));
	}
	return index;
}

void scan_maps(struct scan *scan)
{
	const unsigned kinds = 1u << OBJECT_SHM | 1u << OBJECT_SEM | 1u << OBJECT_MEMFD;
	struct scan_map map;
	if ((scan->request->kinds & kinds) == 0)
		return;
	char *text = procfs_read_all_at(scan->directory, "maps"), *rest = text, *line;
	while (text != NULL && (line = procfs_next_line(&rest)) != NULL) {
		int object =
		    parse_map(&map, line) ? find_mapped(scan, &map) : OBJECT_NONE;
		if (object < 0)
			continue;
		struct census_holder holder = {.object = object,
		                               .pid = scan->pid,
		                               .fd = -1,
		                               .mapped = true,
		                               .reads = true,
		                               .writes = map.writes};
		census_add_holder(scan->census, &holder);
	}
	free(text);
}

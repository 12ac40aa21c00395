/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/procfs.h"
#include "inspect/mapping.h"
#include "inspect/scan.h"

/* PROCMAP_QUERY of <linux/fs.h>, Linux 6.11 */
struct scan_query {
	uint64_t size, flags, address;
	uint64_t start, end, found_flags, page_size, offset, inode;
	uint32_t major, minor, name_size, build_id_size;
	uint64_t name, build_id;
};

enum {
	QUERY_WRITABLE = 2,
	QUERY_SHARED = 8,
	QUERY_NEXT = 16,
	QUERY_FILE = 32,
};

/*
 * The inode number of a System V segment is its id. Its file and a memfd can be of the
 * same file system; the kernel writes both links itself.
 */
static int find_mapped(struct scan *scan, const struct mapping *map)
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
	if (index >= 0 || (scan->kinds & 1u << identity.kind) == 0)
		return index;
	index = object_list_add(list, &identity, NULL);
	if (index >= 0) {
		list->objects[index].nameless = true;
		list->objects[index].name =
		    object_list_text(list, map->path, strlen(map->path));
	}
	return index;
}

static void add_mapping(struct scan *scan, const struct mapping *map)
{
	struct census_holder holder = {.object = find_mapped(scan, map),
	                               .pid = scan->pid,
	                               .fd = -1,
	                               .mapped = true,
	                               .reads = true,
	                               .writes = map->writable};
	if (holder.object >= 0)
		census_add_holder(scan->census, &holder);
}

static bool query_map(struct scan_query *query, int maps)
{
	query->size = sizeof *query;
	query->flags = QUERY_SHARED | QUERY_NEXT | QUERY_FILE;
	return syscall(SYS_ioctl, maps, _IOWR('f', 17, struct scan_query), query) == 0;
}

/* The path too: without one, or with one that is longer, it is not one of the kernel's.
 */
static void query_path(struct scan_query query, int maps, char path[PATH_MAX])
{
	query.address = query.start;
	query.name = (uint64_t)(uintptr_t)path;
	query.name_size = PATH_MAX;
	bool found = query_map(&query, maps) && query.name_size > 0;
	path[found ? query.name_size - 1 : 0] = '\0';
}

/*
 * The kernel looks for shared mappings of files itself: most processes have none, and the
 * text of all mappings takes longer than everything else. False if it cannot.
 */
static bool query_maps(struct scan *scan, int maps)
{
	char path[PATH_MAX];
	struct scan_query query = {0};
	for (; query_map(&query, maps); query.address = query.end) {
		struct mapping map = {.path = path,
		                      .writable =
		                          (query.found_flags & QUERY_WRITABLE) != 0,
		                      .device = makedev(query.major, query.minor),
		                      .inode = query.inode};
		if (query.major != 0)
			continue; /* neither memory nor a file system without a device */
		query_path(query, maps, path);
		add_mapping(scan, &map);
	}
	return errno != ENOTTY && errno != EINVAL;
}

static void read_maps(struct scan *scan)
{
	struct mapping map;
	char *text = procfs_read_all_at(scan->directory, "maps"), *rest = text, *line;
	while (text != NULL && (line = procfs_next_line(&rest)) != NULL)
		if (mapping_parse(&map, line) && map.shared)
			add_mapping(scan, &map);
	free(text);
}

void scan_maps(struct scan *scan)
{
	const unsigned kinds = 1u << OBJECT_SHM | 1u << OBJECT_SEM | 1u << OBJECT_MEMFD;
	if ((scan->kinds & kinds) == 0)
		return;
	int maps = openat(scan->directory, "maps", O_RDONLY | O_CLOEXEC);
	if (maps < 0) {
		object_list_note_error(&scan->census->objects);
		return;
	}
	if (!query_maps(scan, maps))
		read_maps(scan);
	close(maps);
}

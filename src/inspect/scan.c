/* SPDX-License-Identifier: MIT */
#include "inspect/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/procfs.h"
#include "base/value.h"
#include "inspect/locks.h"
#include "inspect/waits.h"
#include "io/error.h"
#include "object/shm_path.h"
#include "queue/list.h"
#include "shm/list.h"
#include "socket/list.h"

/* A descriptor of the process: its name in fd/, what it refers to, and the link there. */
struct scan_fd {
	const char *name;
	struct stat st;
	ssize_t length; /* of the link; 0: not read */
	char link[PATH_MAX];
};

static bool is_asked(const struct scan *scan, enum object_kind kind)
{
	return (scan->kinds & 1u << kind) != 0;
}

/* Does the link begin with this text? */
static bool links_to(const struct scan *scan, struct scan_fd *fd, const char *text)
{
	if (fd->length == 0) {
		fd->length =
		    readlinkat(scan->fds, fd->name, fd->link, sizeof fd->link - 1);
		fd->link[fd->length > 0 ? fd->length : 0] = '\0';
	}
	return strncmp(fd->link, text, strlen(text)) == 0;
}

/* Read a file of the process into text, which then ends with '\0'. */
static bool read_file(int directory, const char *path, char *text, size_t size)
{
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t length = read(fd, text, size - 1);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	return length > 0;
}

/* The permission bits of the link are those of the open file: proc_pid_fd(5). */
static struct census_holder holder_of(const struct scan *scan, int object,
                                      const struct scan_fd *fd)
{
	struct stat st = {0};
	if (scan->request->details)
		fstatat(scan->fds, fd->name, &st, AT_SYMLINK_NOFOLLOW);
	return (struct census_holder){
	    .object = object,
	    .pid = scan->pid,
	    .fd = (int)value_strtoull(fd->name, NULL, 10),
	    .reads = (st.st_mode & S_IRUSR) != 0,
	    .writes = (st.st_mode & S_IWUSR) != 0,
	};
}

static void add_holder(struct scan *scan, int object, const struct scan_fd *fd)
{
	if (object < 0 ||
	    !is_asked(scan, scan->census->objects.objects[object].identity.kind))
		return;
	struct census_holder holder = holder_of(scan, object, fd);
	census_add_holder(scan->census, &holder);
}

static void add_locks(struct scan *scan, struct scan_fd *fd)
{
	char path[32];
	if (!locks_has_file(scan->census, &fd->st))
		return;
	snprintf(path, sizeof path, "fdinfo/%s", fd->name);
	char *text = procfs_read_all_at(scan->directory, path);
	struct census_holder holder = holder_of(scan, OBJECT_NONE, fd);
	links_to(scan, fd, "");
	if (text != NULL)
		locks_add_holders(scan->census, &fd->st, fd->link, text, &holder);
	free(text);
}

/* An object without a name, or whose name is only known by the link: added if it is new.
 */
static int add_by_link(struct scan *scan, struct scan_fd *fd, enum object_kind kind,
                       bool nameless)
{
	struct object_list *list = &scan->census->objects;
	struct object_identity identity = {
	    .kind = kind, .device = fd->st.st_dev, .inode = fd->st.st_ino};
	int index = object_list_find(list, &identity);
	if (index >= 0)
		return index;
	struct object *object = object_list_add_file(list, kind, &fd->st);
	if (object == NULL)
		return OBJECT_NONE;
	links_to(scan, fd, "");
	object->name =
	    object_list_text(list, fd->link, fd->length > 0 ? (size_t)fd->length : 0);
	object->nameless = nameless;
	if (kind == OBJECT_SHM || kind == OBJECT_MEMFD)
		shm_list_set_size(object, &fd->st);
	return object_list_find(list, &identity);
}

static int find_fifo(struct scan *scan, struct scan_fd *fd)
{
	if (fd->st.st_dev != scan->pipe_device && links_to(scan, fd, "pipe:["))
		scan->pipe_device = fd->st.st_dev;
	bool is_pipe = fd->st.st_dev == scan->pipe_device;
	enum object_kind kind = is_pipe ? OBJECT_PIPE : OBJECT_FIFO;
	return is_asked(scan, kind)
	           ? add_by_link(scan, fd, kind, is_pipe || fd->st.st_nlink == 0)
	           : OBJECT_NONE;
}

static int find_socket(struct scan *scan, struct scan_fd *fd)
{
	struct object_list *list = &scan->census->objects;
	struct object_identity identity = {.kind = OBJECT_SOCKET, .inode = fd->st.st_ino};
	int index = object_list_find(list, &identity);
	if (index >= 0)
		socket_list_complete_name(list, &list->objects[index], scan->directory);
	return index;
}

/* A file of /dev/shm, perhaps one that was unlinked. */
static int find_shm(struct scan *scan, struct scan_fd *fd)
{
	struct object_identity identity = {
	    .kind = OBJECT_SEM, .device = fd->st.st_dev, .inode = fd->st.st_ino};
	int index = object_list_find(&scan->census->objects, &identity);
	if (index >= 0 || !S_ISREG(fd->st.st_mode))
		return index;
	return add_by_link(scan, fd, OBJECT_SHM, true);
}

/* Until 6.5 the kernel reports no id; then each descriptor is an object of its own. */
static int find_eventfd(struct scan *scan, struct scan_fd *fd)
{
	char path[32], text[512];
	struct object_list *list = &scan->census->objects;
	struct object_identity identity = {.kind = OBJECT_EVENTFD};
	bool is_new;
	if (!is_asked(scan, OBJECT_EVENTFD) ||
	    !links_to(scan, fd, "anon_inode:[eventfd]"))
		return OBJECT_NONE;
	snprintf(path, sizeof path, "fdinfo/%s", fd->name);
	if (!read_file(scan->directory, path, text, sizeof text))
		return OBJECT_NONE;
	const char *count = procfs_find_field(text, "eventfd-count:");
	const char *id = procfs_find_field(text, "eventfd-id:");
	if (count == NULL || id == NULL)
		return OBJECT_NONE;
	identity.inode = value_strtoull(id, NULL, 10);
	int index = object_list_add(list, &identity, &is_new);
	if (index < 0 || !is_new)
		return index;
	struct object *object = &list->objects[index];
	object->name = object_list_format(list, "%d:%s", (int)scan->pid, fd->name);
	object->unit = OBJECT_UNIT_COUNT;
	object->fill = value_strtoull(count, NULL, 16);
	return index;
}

static bool is_other_device(const struct scan *scan, uint64_t device)
{
	for (unsigned i = 0; i < scan->other_count; i++)
		if (scan->other_devices[i] == device)
			return true;
	return false;
}

/*
 * A file of a file system without a device (major number 0), which may be a queue or
 * shared memory without a name. One that has a name is no memfd; then the file system
 * decides, and is asked once.
 */
static int find_by_file_system(struct scan *scan, struct scan_fd *fd)
{
	bool has_name = fd->st.st_nlink > 0;
	if (has_name && is_other_device(scan, fd->st.st_dev))
		return OBJECT_NONE;
	if (!has_name && links_to(scan, fd, "/memfd:")) {
		scan->memfd_device = fd->st.st_dev;
		return is_asked(scan, OBJECT_MEMFD)
		           ? add_by_link(scan, fd, OBJECT_MEMFD, true)
		           : OBJECT_NONE;
	}
	/* if it is known, this is the file system of another namespace */
	if (scan->mq_device == 0 && queue_list_is_queue(scan->fds, fd->name))
		scan->mq_device = fd->st.st_dev;
	else if (has_name && scan->other_count < SCAN_DEVICES_MAX)
		scan->other_devices[scan->other_count++] = fd->st.st_dev;
	return OBJECT_NONE;
}

static int find_object(struct scan *scan, struct scan_fd *fd)
{
	uint64_t device = fd->st.st_dev;
	switch (fd->st.st_mode & S_IFMT) {
	case S_IFIFO: return find_fifo(scan, fd);
	case S_IFSOCK: return find_socket(scan, fd);
	case 0: return find_eventfd(scan, fd); /* an anonymous inode has no type */
	case S_IFREG: break;
	default: return OBJECT_NONE;
	}
	if (device == scan->shm_device)
		return find_shm(scan, fd);
	int index = OBJECT_NONE;
	if (device != scan->mq_device && major(device) == 0)
		index = find_by_file_system(scan, fd);
	if (device == scan->mq_device && device != 0 && is_asked(scan, OBJECT_MQ))
		index = queue_list_add_open(&scan->census->objects, scan->fds, fd->name,
		                            &fd->st);
	return index;
}

static void scan_fds(struct scan *scan)
{
	struct directory names;
	struct scan_fd fd;
	directory_begin_proc(&names, scan->fds);
	while ((fd.name = object_list_next_name(&scan->census->objects, &names)) !=
	       NULL) {
		fd.length = 0;
		if (fstatat(scan->fds, fd.name, &fd.st, 0) < 0)
			continue;
		add_holder(scan, find_object(scan, &fd), &fd);
		if (scan->census->locked.count > 0)
			add_locks(scan, &fd);
	}
}

/*
 * May a process that cannot be inspected have objects? Not a zombie, and not a kernel
 * thread (PF_KTHREAD of proc_pid_stat(5)).
 */
static bool has_objects(const struct scan *scan)
{
	enum { PF_KTHREAD = 0x00200000, FLAGS = 6 };
	char text[512];
	if (!read_file(scan->directory, "stat", text, sizeof text))
		return false;
	char *rest = strrchr(text, ')'); /* the command may contain anything */
	if (rest == NULL || rest[1] != ' ' || rest[2] == 'Z' || rest[2] == 'X')
		return false;
	rest += 2;
	for (int i = 0; i < FLAGS; i++)
		procfs_next_word(&rest);
	return (value_strtoull(rest, NULL, 10) & PF_KTHREAD) == 0;
}

static void scan_process(struct scan *scan, int proc, const char *name)
{
	struct stat st;
	scan->directory = openat(proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (scan->directory < 0) {
		object_list_note_error(&scan->census->objects);
		return;
	}
	struct census_process process = {.pid = (pid_t)value_strtoull(name, NULL, 10)};
	scan->pid = process.pid;
	size_t first_holder = scan->census->holder_count;
	scan->fds = directory_open(scan->directory, "fd");
	if (scan->fds < 0)
		object_list_note_error(&scan->census->objects);
	process.hidden = scan->fds < 0 && errno == EACCES && has_objects(scan);
	if (scan->fds >= 0) {
		scan_fds(scan);
		close(scan->fds);
		scan_maps(scan);
		if (scan->request->waits)
			waits_read(scan->census, scan->request->kinds, scan->directory,
			           scan->pid, first_holder);
	}
	if (fstat(scan->directory, &st) == 0) {
		process.uid = st.st_uid;
		census_add_process(scan->census, &process);
	}
	close(scan->directory);
}

enum status scan_processes(struct scan *scan)
{
	struct directory names;
	int proc = directory_open(AT_FDCWD, "/proc");
	if (proc < 0 || !procfs_is_mounted()) {
		procfs_correct_errno();
		enum status status = error_errno_as(STATUS_FAILED, "/proc");
		if (proc >= 0)
			close(proc);
		return status;
	}
	directory_begin_proc(&names, proc);
	for (const char *name;
	     (name = object_list_next_name(&scan->census->objects, &names)) != NULL;)
		if (value_is_digit(name[0]))
			scan_process(scan, proc, name);
	close(proc);
	return STATUS_OK;
}

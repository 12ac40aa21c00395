/* SPDX-License-Identifier: MIT */
#include "queue/list.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/fd.h"
#include "queue/family.h"

enum { MQUEUE_MAGIC = 0x19800202 };

int queue_list_directory(void)
{
	struct statfs fs;
	int fd = directory_open_detached("mqueue");
	/* without privileges, or before Linux 5.2 */
	if (fd >= 0 || (errno != EPERM && errno != ENOSYS))
		return fd;
	fd = directory_open(AT_FDCWD, "/dev/mqueue");
	if (fd >= 0 && (fstatfs(fd, &fs) < 0 || fs.f_type != MQUEUE_MAGIC)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* fd -1: the figures may not be read. */
static void set_depth(struct object *object, int fd)
{
	struct mq_attr attr;
	if (fd < 0)
		return;
	if (mq_getattr(fd, &attr) == 0) {
		object->unit = OBJECT_UNIT_MESSAGES;
		object->fill = (uint64_t)attr.mq_curmsgs;
		object->limit = (uint64_t)attr.mq_maxmsg;
		object->cost = queue_posix_cost(&attr);
	}
	close(fd);
}

/* `name` has no slash. Permission to send is enough for the figures. */
static int open_queue(const char *name)
{
	const int flags = O_NONBLOCK | O_CLOEXEC;
	int fd = (int)syscall(SYS_mq_open, name, O_RDONLY | flags, 0, NULL);
	return fd < 0 && errno == EACCES
	           ? (int)syscall(SYS_mq_open, name, O_WRONLY | flags, 0, NULL)
	           : fd;
}

/* Closes fd, which may be -1. */
static void add_queue(struct object_list *list, const char *name, const struct stat *st,
                      int fd)
{
	struct object *object = object_list_add_file(list, OBJECT_MQ, st);
	if (object == NULL) {
		fd_close_keep_errno(fd);
		return;
	}
	object->name = object_list_format(list, "/%s", name);
	set_depth(object, fd);
}

/*
 * mq_open(3) is of the namespace of this process, while /dev/mqueue may show the queues
 * of another one.
 */
static void add_listed_queue(struct object_list *list, int directory, const char *name)
{
	struct stat st;
	int fd = open_queue(name);
	if (fd < 0 && (errno == ENOENT || fstatat(directory, name, &st, 0) < 0))
		return;
	if (fd < 0 || fstat(fd, &st) == 0)
		add_queue(list, name, &st, fd);
}

void queue_list_add_name(struct object_list *list, const char *name)
{
	static const char prefixes[][12] = {"mq:", "/dev/mqueue", "/"};
	struct stat st;
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			name += strlen(prefixes[i]);
	int fd = open_queue(name);
	if (fd >= 0 && fstat(fd, &st) == 0)
		add_queue(list, name, &st, fd);
}

static void set_sysv_queue(struct object_list *list, struct object *object,
                           const int64_t *numbers)
{
	(void)list;
	object->unit = OBJECT_UNIT_MESSAGES;
	object->fill = (uint64_t)numbers[4];
	object->sender = (pid_t)numbers[5];
	object->receiver = (pid_t)numbers[6];
}

bool queue_list(struct object_list *list, uint64_t *device)
{
	struct stat st;
	int fd = queue_list_directory();
	*device = fd >= 0 && fstat(fd, &st) == 0 ? st.st_dev : 0;
	object_list_directory(list, fd, add_listed_queue);
	object_list_sysv(list, OBJECT_MQ, set_sysv_queue);
	return fd >= 0;
}

bool queue_list_is_queue(int directory, const char *fd)
{
	struct statfs fs;
	int open_fd = openat(directory, fd, O_PATH | O_CLOEXEC);
	bool is_queue =
	    open_fd >= 0 && fstatfs(open_fd, &fs) == 0 && fs.f_type == MQUEUE_MAGIC;
	fd_close_keep_errno(open_fd);
	return is_queue;
}

/* Does the name mean this queue in the namespace of this process? */
static bool is_named(const char *name, const struct stat *st)
{
	struct stat its;
	int fd = open_queue(name + (*name == '/'));
	bool same = fd >= 0 ? fstat(fd, &its) == 0 && its.st_ino == st->st_ino &&
	                          its.st_dev == st->st_dev
	                    : errno == EACCES;
	fd_close_keep_errno(fd);
	return same;
}

int queue_list_add_open(struct object_list *list, int directory, const char *fd,
                        const struct stat *st)
{
	static const char deleted[] = " (deleted)";
	char link[sizeof "/" + NAME_MAX + sizeof deleted];
	struct object_identity identity = {
	    .kind = OBJECT_MQ, .device = st->st_dev, .inode = st->st_ino};
	int index = object_list_find(list, &identity);
	if (index >= 0)
		return index;
	struct object *object = object_list_add_file(list, OBJECT_MQ, st);
	ssize_t length = readlinkat(directory, fd, link, sizeof link);
	if (object == NULL || length < 0)
		return OBJECT_NONE;
	object->name = object_list_text(list, link, (size_t)length);
	object->nameless = st->st_nlink == 0 || !is_named(object->name, st);
	set_depth(object, openat(directory, fd, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
	return object_list_find(list, &identity);
}

/* SPDX-License-Identifier: MIT */
#include "base/directory.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

/* struct linux_dirent64 of getdents64(2) */
struct directory_entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

enum { ENTRY_MAX = sizeof(struct directory_entry) + 256 };

int directory_open(int at, const char *path)
{
	return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* <linux/mount.h>, which conflicts with <sys/mount.h> */
enum {
	MOUNT_FSOPEN_CLOEXEC = 1,
	MOUNT_FSMOUNT_CLOEXEC = 1,
	MOUNT_FSCONFIG_CMD_CREATE = 6,
};

/* The descriptor of fsmount(2) is one of O_PATH, which cannot be read. */
int directory_open_detached(const char *type)
{
	int fd = -1, mount = -1;
	int context = (int)syscall(SYS_fsopen, type, MOUNT_FSOPEN_CLOEXEC);
	if (context < 0)
		return -1;
	if (syscall(SYS_fsconfig, context, MOUNT_FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mount = (int)syscall(SYS_fsmount, context, MOUNT_FSMOUNT_CLOEXEC, 0);
	if (mount >= 0)
		fd = directory_open(mount, ".");
	fd_close_keep_errno(mount);
	fd_close_keep_errno(context);
	return fd;
}

void directory_begin(struct directory *directory, int fd)
{
	directory->fd = fd;
	directory->next = directory->length = 0;
	directory->whole = false;
}

void directory_begin_proc(struct directory *directory, int fd)
{
	directory_begin(directory, fd);
	directory->whole = true;
}

const char *directory_next(struct directory *directory)
{
	for (;;) {
		if (directory->next >= directory->length) {
			if (directory->whole && directory->length > 0 &&
			    directory->length + ENTRY_MAX <= sizeof directory->bytes)
				return NULL;
			long length = syscall(SYS_getdents64, directory->fd,
			                      directory->bytes, sizeof directory->bytes);
			if (length <= 0)
				return NULL;
			directory->length = (size_t)length;
			directory->next = 0;
		}
		const struct directory_entry *entry =
		    (const void *)(directory->bytes + directory->next);
		directory->next += entry->length;
		const char *name = entry->name;
		if (name[0] != '.' ||
		    (name[1] != '\0' && (name[1] != '.' || name[2] != '\0')))
			return name;
	}
}

#include "base/directory.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* struct linux_dirent64 of getdents64(2) */
struct directory_entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

int directory_open(int at, const char *path)
{
	return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void directory_begin(struct directory *directory, int fd)
{
	directory->fd = fd;
	directory->next = directory->length = 0;
}

const char *directory_next(struct directory *directory)
{
	for (;;) {
		if (directory->next >= directory->length) {
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

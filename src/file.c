#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "report.h"

const char *file_kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return "a regular file";
	case S_IFDIR: return "a directory";
	case S_IFLNK: return "a symbolic link";
	case S_IFIFO: return "a FIFO";
	case S_IFSOCK: return "a socket";
	default: return "a device";
	}
}

enum status file_expect(mode_t kind, const char *path, int fd)
{
	struct stat st;
	if ((fd < 0 ? stat(path, &st) : fstat(fd, &st)) < 0)
		return fail("%s", path);
	if ((st.st_mode & S_IFMT) == kind)
		return STATUS_DONE;
	return fail_as(STATUS_FAILED, "%s: is %s, not %s", path, file_kind(st.st_mode),
	               file_kind(kind));
}

bool file_is_output(int fd)
{
	struct stat own, output;
	return fstat(fd, &own) == 0 && fstat(STDOUT_FILENO, &output) == 0 &&
	       own.st_dev == output.st_dev && own.st_ino == output.st_ino;
}

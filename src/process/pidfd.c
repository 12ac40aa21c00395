#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/value.h"
#include "process/pidfd.h"

enum { PID_FS_MAGIC = 0x50494446 /* <linux/magic.h> */ };

bool pidfd_parse(const char *text, struct pidfd_target *target)
{
	char digits[16] = "";
	struct value_error reason;
	int64_t pid;
	struct pidfd_target parsed = {0};
	size_t length = strspn(text, "0123456789");
	if (length >= sizeof digits)
		return false;
	memcpy(digits, text, length);
	if (value_number(digits, 1, INT_MAX, &pid, &reason) != NULL)
		return false;
	parsed.pid = (pid_t)pid;
	parsed.has_inode = text[length] == ':';
	if (parsed.has_inode ? value_unsigned(text + length + 1, &parsed.inode) != NULL
	                     : text[length] != '\0')
		return false;
	*target = parsed;
	return true;
}

static int check_inode(int pidfd, uint64_t inode)
{
	struct statfs fs;
	struct stat st;
	if (fstatfs(pidfd, &fs) < 0 || fstat(pidfd, &st) < 0)
		return -1;
	errno = fs.f_type != PID_FS_MAGIC ? ENOTSUP : ESRCH;
	return fs.f_type == PID_FS_MAGIC && st.st_ino == inode ? 0 : -1;
}

int pidfd_open_target(const struct pidfd_target *target)
{
	int pidfd = (int)syscall(SYS_pidfd_open, target->pid, 0U);
	if (pidfd < 0 || !target->has_inode)
		return pidfd;
	if (check_inode(pidfd, target->inode) == 0)
		return pidfd;
	fd_close_keep_errno(pidfd);
	return -1;
}

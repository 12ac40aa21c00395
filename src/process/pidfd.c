/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/procfs.h"
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

int pidfd_inode(int pidfd, uint64_t *inode)
{
	struct statfs fs;
	struct stat st;
	if (fstatfs(pidfd, &fs) < 0 || fstat(pidfd, &st) < 0)
		return -1;
	*inode = st.st_ino;
	errno = ENOTSUP;
	return fs.f_type == PID_FS_MAGIC ? 0 : -1;
}

static int check_inode(int pidfd, uint64_t expected)
{
	uint64_t inode;
	if (pidfd_inode(pidfd, &inode) < 0)
		return -1;
	errno = ESRCH;
	return inode == expected ? 0 : -1;
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

int pidfd_send(int pidfd, int signal, void *info)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, info, 0U);
}

bool pidfd_has_ended(int pidfd)
{
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	return poll(&end, 1, 0) > 0;
}

/* <linux/pidfd.h>: the first version of the struct, which every kernel accepts. */
struct pidfd_info {
	uint64_t mask, cgroup;
	uint32_t ids[11];
	int32_t exit_code;
};

/* It is known once the process has been waited for. */
static bool read_exit_info(int pidfd, int *wait_status)
{
	enum { INFO_EXIT = 1 << 3 };
	struct pidfd_info info = {.mask = INFO_EXIT};
	/* the request is an int for one C library, unsigned for the other */
	if (syscall(SYS_ioctl, pidfd, _IOWR(0xFF, 11, struct pidfd_info), &info) < 0 ||
	    (info.mask & INFO_EXIT) == 0)
		return false;
	*wait_status = info.exit_code;
	return true;
}

/*
 * proc(5): field 52, the last one, is 0 for a caller that may not know it. Such a caller
 * may not read the link either, which a process that has ended has no more.
 */
static bool read_exit_code(pid_t pid, int *wait_status)
{
	char path[32], text[1024];
	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	if (readlink(path, text, sizeof text) >= 0 || errno != ENOENT)
		return false;
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	if (procfs_read(path, text, sizeof text) <= 0)
		return false;
	const char *last = strrchr(text, ' ');
	*wait_status = (int)value_strtoull(last != NULL ? last + 1 : "", NULL, 10);
	return true;
}

bool pidfd_wait_status(int pidfd, pid_t pid, int *wait_status)
{
	if (read_exit_info(pidfd, wait_status))
		return true;
	/* the PID is not given to another process before this one is waited for */
	if (read_exit_code(pid, wait_status) && pidfd_send(pidfd, 0, NULL) == 0)
		return true;
	return read_exit_info(pidfd, wait_status);
}

/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "io/error.h"
#include "socket/file.h"

/* bind(2) creates a file with 0777 less the umask. */
int socket_file_bind(int fd, const struct socket_address *address, mode_t mode)
{
	mode_t before = umask(~mode & 0777);
	int result = socket_address_bind(fd, address);
	int error = errno;
	umask(before);
	errno = error;
	return result;
}

static bool is_missing_error(int error)
{
	return error == ENOENT || error == ENOTDIR;
}

bool socket_file_is_placeholder(const struct stat *st)
{
	return S_ISSOCK(st->st_mode) &&
	       (st->st_mode & 07777) == SOCKET_FILE_PLACEHOLDER_MODE;
}

/*
 * lstat(2). A process that takes a file for stale exchanges its placeholder with it, and
 * renames it back when it sees that it is not: wait for that, for a second at most, also
 * if a termination signal has come, after which deadline_sleep() does not wait.
 */
static int stat_file(int directory, const char *name, struct stat *st)
{
	enum { TRIES = 1000 };
	int result = fstatat(directory, name, st, AT_SYMLINK_NOFOLLOW);
	for (int i = 0; i < TRIES && result == 0 && socket_file_is_placeholder(st); i++) {
		struct timespec pause = {.tv_nsec = 1000000};
		nanosleep(&pause, NULL);
		result = fstatat(directory, name, st, AT_SYMLINK_NOFOLLOW);
	}
	return result;
}

enum status socket_file_record(struct socket_endpoint *endpoint)
{
	struct stat st;
	const struct socket_address *address = endpoint->address;
	if (!socket_address_has_file(address))
		return STATUS_OK;
	if (stat_file(AT_FDCWD, address->text, &st) < 0) {
		if (is_missing_error(errno))
			return STATUS_OK; /* another process has removed it */
		return error_errno_as(STATUS_FAILED,
		                      "%s: the new file cannot be examined and remains",
		                      address->text);
	}
	endpoint->has_file = S_ISSOCK(st.st_mode);
	endpoint->device = st.st_dev;
	endpoint->inode = st.st_ino;
	return STATUS_OK;
}

/* 0 also if there is no such file of the endpoint. */
static int remove_own_file(int directory, const char *name,
                           const struct socket_endpoint *endpoint)
{
	struct stat st;
	if (stat_file(directory, name, &st) < 0)
		return is_missing_error(errno) ? 0 : -1;
	if (!S_ISSOCK(st.st_mode) || st.st_dev != endpoint->device ||
	    st.st_ino != endpoint->inode)
		return 0;
	return unlinkat(directory, name, 0) == 0 || is_missing_error(errno) ? 0 : -1;
}

enum status socket_file_remove(struct socket_endpoint *endpoint)
{
	const char *path = endpoint->address->text, *name;
	if (!endpoint->has_file)
		return STATUS_OK;
	endpoint->has_file = false;
	int directory = socket_address_open_directory(path, &name), result;
	if (directory >= 0)
		result = remove_own_file(directory, name, endpoint);
	else if (errno == EMFILE || errno == ENFILE)
		result = remove_own_file(AT_FDCWD, path, endpoint);
	else
		result = is_missing_error(errno) ? 0 : -1;
	enum status status = result == 0
	                         ? STATUS_OK
	                         : error_errno_as(STATUS_FAILED, "%s: cannot be removed",
	                                          endpoint->address->text);
	if (directory >= 0)
		close(directory);
	return status;
}

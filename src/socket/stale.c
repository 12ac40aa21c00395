/* SPDX-License-Identifier: MIT */
/*
 * How a stale file is replaced without a lock, which any user could hold.
 *
 * A placeholder, the file of a socket that never listens, is created beside the stale
 * file and exchanged with it. So the name is never free, and what came out can be looked
 * at before anything is removed. There are four cases:
 *
 *   a stale file               This process has won: exactly one gets it out. It removes
 *                              the stale file and the placeholder, and binds its socket
 *                              to the name.
 *   another file               It has become alive since it was looked at. This process
 *                              renames it back over the placeholder.
 *   another's placeholder      Another process is at work, and will remove or overwrite
 *                              whatever placeholder it finds at the name. This process
 *                              removes the one that came out, and keeps its own alive
 *                              until it is removed, so that no third process finds it
 *                              stale.
 *   nothing, an error          There was no exchange.
 *
 * At any time one process at most holds the file that is not a placeholder, so each step
 * may be overtaken by the others'. A placeholder is known by its mode, which no other
 * socket file has.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/fd.h"
#include "socket/file.h"
#include "socket/stale.h"

/* -------------------------------------------------------------------- check */

/* The address is that of a socket file. */
static enum socket_stale check_socket_file(const struct socket_address *address)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return SOCKET_STALE_UNKNOWN;
	int result = socket_address_connect(fd, address);
	fd_close_keep_errno(fd);
	/* EPERM: a datagram socket that is connected to another one */
	if (result == 0 || errno == EPROTOTYPE || errno == EPERM)
		return SOCKET_STALE_NO;
	return errno == ECONNREFUSED ? SOCKET_STALE_YES : SOCKET_STALE_UNKNOWN;
}

enum socket_stale socket_stale_check(const struct socket_address *address)
{
	struct stat st;
	if (lstat(address->text, &st) < 0)
		return SOCKET_STALE_UNKNOWN;
	return S_ISSOCK(st.st_mode) ? check_socket_file(address) : SOCKET_STALE_NO;
}

/* -------------------------------------------------------------- placeholder */

enum { RENAME_FLAG_EXCHANGE = 2 };

struct stale_replacement {
	int directory;
	const char *name;              /* of the file in the directory */
	char beside[32];               /* the name of the other file in it */
	struct socket_address address; /* of that */
	int placeholder;               /* its socket */
	struct stat own;               /* its file */
};

/* Directly, or through /proc if the path is too long for an address. */
static void name_placeholder(struct stale_replacement *replacement, const char *path)
{
	struct sockaddr_un *to = &replacement->address.sockaddr;
	uint32_t number = 0;
	if (getrandom(&number, sizeof number, GRND_NONBLOCK) < 0)
		number = (uint32_t)deadline_clock() ^ (uint32_t)getpid();
	snprintf(replacement->beside, sizeof replacement->beside, ".socklisten.%08x",
	         number);
	to->sun_family = AF_UNIX;
	replacement->address.length = sizeof *to;
	int length = snprintf(to->sun_path, sizeof to->sun_path, "%.*s%s",
	                      (int)(replacement->name - path), path, replacement->beside);
	if (length >= (int)sizeof to->sun_path)
		snprintf(to->sun_path, sizeof to->sun_path, "/proc/self/fd/%d/%s",
		         replacement->directory, replacement->beside);
}

static int stat_beside(const struct stale_replacement *replacement, struct stat *st)
{
	return fstatat(replacement->directory, replacement->beside, st,
	               AT_SYMLINK_NOFOLLOW);
}

static int stat_name(const struct stale_replacement *replacement, struct stat *st)
{
	return fstatat(replacement->directory, replacement->name, st,
	               AT_SYMLINK_NOFOLLOW);
}

static void remove_beside(const struct stale_replacement *replacement)
{
	int error = errno;
	unlinkat(replacement->directory, replacement->beside, 0);
	errno = error;
}

/*
 * A stream socket: nothing can be sent to it, and any user can find out that it exists.
 * The mode of the socket becomes, less the umask, the mode of the file.
 */
static int create_placeholder(struct stale_replacement *replacement, const char *path)
{
	enum { TRIES = 10 };
	int result = -1;
	replacement->placeholder = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (replacement->placeholder < 0 ||
	    fchmod(replacement->placeholder, SOCKET_FILE_PLACEHOLDER_MODE) < 0)
		return -1;
	for (int i = 0; i < TRIES && result < 0; i++) {
		name_placeholder(replacement, path);
		result = socket_file_bind(replacement->placeholder, &replacement->address,
		                          0666);
		if (result < 0 && errno != EADDRINUSE)
			return -1;
	}
	if (result == 0 && stat_beside(replacement, &replacement->own) < 0) {
		remove_beside(replacement);
		result = -1;
	}
	return result;
}

static int exchange_files(const struct stale_replacement *replacement)
{
	return (int)syscall(SYS_renameat2, replacement->directory, replacement->beside,
	                    replacement->directory, replacement->name,
	                    RENAME_FLAG_EXCHANGE);
}

/* ------------------------------------------------------------------ replace */

/* Until the process that is at work has removed it; a second is more than it needs. */
static void keep_placeholder(const struct stale_replacement *replacement)
{
	enum { TRIES = 1000 };
	struct stat st;
	for (int i = 0;
	     i < TRIES && stat_name(replacement, &st) == 0 &&
	     st.st_ino == replacement->own.st_ino && st.st_dev == replacement->own.st_dev;
	     i++)
		if (deadline_sleep(1000000) < 0)
			return;
}

static int bind_at_placeholder(const struct stale_replacement *replacement, int fd,
                               const struct socket_address *address, mode_t mode)
{
	struct stat st;
	int result = stat_name(replacement, &st);
	if (result == 0 && socket_file_is_placeholder(&st))
		result = unlinkat(replacement->directory, replacement->name, 0);
	/* ENOENT: another process has removed it */
	if (result < 0 && errno != ENOENT)
		return -1;
	return socket_file_bind(fd, address, mode);
}

/* After the exchange: look at what came out. */
static int replace_exchanged(const struct stale_replacement *replacement, int fd,
                             const struct socket_address *address, mode_t mode,
                             const char **obstacle)
{
	struct stat st;
	int error = stat_beside(replacement, &st) < 0 ? errno : EADDRINUSE;
	bool is_socket = error == EADDRINUSE && S_ISSOCK(st.st_mode);
	enum socket_stale stale =
	    is_socket ? check_socket_file(&replacement->address) : SOCKET_STALE_NO;
	if (stale == SOCKET_STALE_UNKNOWN)
		error = errno;
	if (stale == SOCKET_STALE_YES) {
		remove_beside(replacement);
		return bind_at_placeholder(replacement, fd, address, mode);
	}
	if (stale == SOCKET_STALE_NO && is_socket && socket_file_is_placeholder(&st)) {
		remove_beside(replacement);
		keep_placeholder(replacement);
	} else if (renameat(replacement->directory, replacement->beside,
	                    replacement->directory, replacement->name) < 0) {
		error = errno;
		*obstacle = ": the file that was there cannot be renamed back";
	}
	errno = error;
	return -1;
}

static int replace_in_directory(struct stale_replacement *replacement, int fd,
                                const struct socket_address *address, mode_t mode,
                                const char **obstacle)
{
	if (create_placeholder(replacement, address->text) < 0) {
		*obstacle = ": no file can be created in its directory";
		return -1;
	}
	if (exchange_files(replacement) == 0)
		return replace_exchanged(replacement, fd, address, mode, obstacle);
	remove_beside(replacement);
	/* another process has just removed the file */
	if (errno == ENOENT)
		return socket_file_bind(fd, address, mode);
	if (errno == EINVAL || errno == ENOSYS)
		*obstacle = ": the file system does not support RENAME_EXCHANGE";
	return -1;
}

int socket_stale_replace(int fd, const struct socket_address *address, mode_t mode,
                         const char **obstacle)
{
	struct stale_replacement replacement = {.placeholder = -1};
	enum socket_stale stale = socket_stale_check(address);
	*obstacle = "";
	if (stale == SOCKET_STALE_UNKNOWN && errno == ENOENT)
		return socket_file_bind(fd, address, mode);
	if (stale == SOCKET_STALE_UNKNOWN) {
		*obstacle = NULL;
		return -1;
	}
	if (stale == SOCKET_STALE_NO) {
		errno = EADDRINUSE;
		return -1;
	}
	replacement.directory =
	    socket_address_open_directory(address->text, &replacement.name);
	if (replacement.directory < 0)
		return -1;
	int result = replace_in_directory(&replacement, fd, address, mode, obstacle);
	fd_close_keep_errno(replacement.placeholder);
	fd_close_keep_errno(replacement.directory);
	return result;
}

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "socket/stale.h"

bool socket_is_stale(const struct socket_address *address)
{
	struct stat st;
	if (lstat(address->sockaddr.sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	bool stale = connect(fd, (const struct sockaddr *)&address->sockaddr,
	                     address->length) < 0 &&
	             errno == ECONNREFUSED;
	close(fd);
	return stale;
}

/* For "/run/x.sock" of user 0: "/run/.socklisten.0.lock", in the same directory. */
static void stale_lock_path(char *path, size_t size, const struct socket_address *address)
{
	const char *slash = strrchr(address->sockaddr.sun_path, '/');
	size_t directory =
	    slash != NULL ? (size_t)(slash + 1 - address->sockaddr.sun_path) : 0;
	snprintf(path, size, "%.*s.socklisten.%u.lock", (int)directory,
	         address->sockaddr.sun_path, (unsigned)geteuid());
}

/* Is the open file still the one at the path? */
static bool is_same_file(int fd, const char *path)
{
	struct stat opened, there;
	return fstat(fd, &opened) == 0 && lstat(path, &there) == 0 &&
	       opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
}

/* A descriptor that holds the lock, or -1. Every process holds it for a moment only. */
static int acquire_stale_lock(const char *path)
{
	enum { TRIES = 500 };
	for (int i = 0; i < TRIES; i++) {
		int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0)
			return -1;
		/* the previous holder removes the file before it unlocks it */
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_same_file(fd, path))
			return fd;
		close(fd);
		if (deadline_sleep(2000000) < 0)
			return -1;
	}
	return -1;
}

/*
 * Between the check of a stale file and its removal, another process could replace it
 * with a file of its own; the lock makes processes that replace stale files take turns.
 */
void socket_remove_stale(const struct socket_address *address)
{
	char path[sizeof address->sockaddr.sun_path + 48];
	if (!socket_is_stale(address))
		return;
	stale_lock_path(path, sizeof path, address);
	int fd = acquire_stale_lock(path);
	if (fd < 0)
		return;
	if (socket_is_stale(address))
		unlink(address->sockaddr.sun_path);
	unlink(path);
	close(fd);
}

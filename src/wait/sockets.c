/* SPDX-License-Identifier: MIT */
/*
 * socket:ADDRESS: a process listens there, or has a datagram socket there.
 *
 * The kernel reports listen(2) to no other process. So the helper waits for the file by
 * inotify(7), and looks again at intervals that grow with the time, for a socket that is
 * bound and does not listen yet and for an address without a file.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "io/error.h"
#include "object/list.h"
#include "socket/internet.h"
#include "socket/list.h"
#include "wait/source.h"

static enum status wait_socket_parse(struct wait_source *source, const char *rest)
{
	struct socket_address *address = &source->as.socket;
	enum status status = socket_address_parse(address, rest);
	if (status == STATUS_OK &&
	    (address->family == SOCKET_UDP || address->family == SOCKET_INHERITED))
		return error_usage("'%s' is not a local, tcp or vsock address", rest);
	return status;
}

/* The helper leaves the directory that a relative path begins in. */
static enum status wait_socket_open(struct wait_source *source)
{
	source->helper_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return source->helper_fd >= 0 ? STATUS_OK : error_errno("%s", source->text);
}

/* The address, and the sockets that each look uses. */
struct wait_socket_look {
	struct socket_address *address;
	struct socket_resolved resolved; /* of another system */
	int datagram, diag;              /* local: descriptors, or -1 */
};

/* Is there a local socket that listens? */
static int wait_socket_find_listener(const struct wait_socket_look *look)
{
	const struct socket_address *address = look->address;
	struct object_list list = {0};
	struct stat st = {0};
	bool found = false;
	if (!address->is_abstract && stat(address->text, &st) < 0)
		return 0;
	socket_list_listeners(&list, look->diag);
	for (size_t i = 0; i < list.count && !found; i++) {
		const struct object *object = &list.objects[i];
		found = object->unit == OBJECT_UNIT_CONNECTIONS &&
		        (address->is_abstract
		             ? strcmp(object->name, address->text) == 0
		             : object->file != 0 && object->file == (uint32_t)st.st_ino);
	}
	object_list_free(&list);
	return found;
}

/* connect(2) of a datagram socket disturbs no other; a stream socket is EPROTOTYPE. */
static int wait_socket_look_local(const struct wait_socket_look *look)
{
	int result = socket_address_connect(look->datagram, look->address);
	if (result == 0 || errno == EPERM)
		return 1;
	if (errno == EPROTOTYPE || look->address->is_abstract)
		return wait_socket_find_listener(look);
	return errno == ECONNREFUSED || errno == ENOENT || errno == ENOTDIR ? 0 : -1;
}

/* A connection, which is closed at once: another system is not asked otherwise. */
static int wait_socket_look_internet(const struct sockaddr_storage *to, socklen_t length)
{
	enum { CONNECT_TIME = 1000000000 };
	struct deadline soon = deadline_in(CONNECT_TIME);
	int fd = socket(to->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	int result = socket_internet_connect_to(fd, to, length, &soon);
	close(fd);
	return result == 0;
}

static int wait_socket_look(const struct wait_socket_look *look)
{
	if (look->address->family == SOCKET_LOCAL)
		return wait_socket_look_local(look);
	int ready = 0;
	for (int i = 0; i < look->resolved.count && ready == 0; i++)
		ready = wait_socket_look_internet(&look->resolved.addresses[i],
		                                  look->resolved.lengths[i]);
	return ready;
}

/* False with errno. */
static bool wait_socket_begin(struct wait_socket_look *look)
{
	if (look->address->family != SOCKET_LOCAL) {
		errno = ENOENT;
		return socket_resolve(&look->resolved, look->address, &DEADLINE_NEVER) ==
		       STATUS_OK;
	}
	look->datagram = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	look->diag = socket_list_open();
	return look->datagram >= 0;
}

/* An eighth of the time that has passed, from 1 to 200 ms. */
static int64_t wait_socket_interval(int64_t begin)
{
	enum { LEAST = 1000000, MOST = 200000000 };
	int64_t interval = (deadline_clock() - begin) / 8;
	return interval < LEAST ? LEAST : interval > MOST ? MOST : interval;
}

/* Until the directory changes, if there is no file yet, or the interval has passed. */
static int wait_socket_pause(const struct wait_source *source, int inotify, bool watched,
                             int64_t interval)
{
	char events[4096];
	struct stat st;
	struct pollfd change = {.fd = inotify, .events = POLLIN};
	struct deadline soon = deadline_in(interval);
	bool missing = watched && stat(source->as.socket.text, &st) < 0;
	int result = deadline_poll(missing ? &DEADLINE_NEVER : &soon, &change, 1);
	if (result < 0 && errno != ETIMEDOUT)
		return -1;
	while (inotify >= 0 && read(inotify, events, sizeof events) > 0)
		continue;
	return 0;
}

/* Watch the directory of the file; false: it does not exist, or the address has none. */
static bool wait_socket_watch(const struct wait_source *source, int inotify)
{
	char path[SOCKET_ADDRESS_PATH_MAX + 1];
	const char *text = source->as.socket.text;
	const char *slash = strrchr(text, '/');
	if (inotify < 0)
		return false;
	snprintf(path, sizeof path, "%.*s", slash == NULL ? 1 : (int)(slash - text) + 1,
	         slash == NULL ? "." : text);
	return inotify_add_watch(inotify, path, IN_CREATE | IN_MOVED_TO | IN_MOVE_SELF) >=
	       0;
}

static int wait_socket_await(struct wait_source *source, const struct deadline *deadline,
                             uint64_t *number)
{
	struct wait_socket_look look = {
	    .address = &source->as.socket, .datagram = -1, .diag = -1};
	int64_t begin = deadline_clock();
	bool wait = deadline->timeout.kind != TIMEOUT_ZERO;
	(void)number;
	if (fchdir(source->helper_fd) < 0)
		return -1;
	int inotify = wait && socket_address_has_file(look.address)
	                  ? inotify_init1(IN_NONBLOCK | IN_CLOEXEC)
	                  : -1;
	int ready = 0, result = wait_socket_begin(&look) ? 0 : -1;
	while (result == 0) {
		bool watched = wait_socket_watch(source, inotify);
		ready = wait_socket_look(&look);
		if (ready != 0)
			break;
		errno = EAGAIN;
		result = wait ? wait_socket_pause(source, inotify, watched,
		                                  wait_socket_interval(begin))
		              : -1;
	}
	fd_close_keep_errno(inotify);
	fd_close_keep_errno(look.datagram);
	fd_close_keep_errno(look.diag);
	return result == 0 && ready > 0 ? 0 : -1;
}

const struct wait_kind wait_socket_kind = {
    .prefix = "socket:",
    .repeat = WAIT_ONCE,
    .parse = wait_socket_parse,
    .open = wait_socket_open,
    .await = wait_socket_await,
};

/* SPDX-License-Identifier: MIT */
#include "trace/tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/directory.h"
#include "base/fd.h"
#include "process/helper.h"

static const char instance_prefix[] = "ipctrace-";

static int open_instances(void)
{
	int root = directory_open_detached("tracefs");
	if (root < 0)
		return -1;
	int instances = directory_open(root, "instances");
	fd_close_keep_errno(root);
	return instances;
}

/* EBUSY: it is in use. */
static void remove_left_instances(int instances)
{
	struct directory directory;
	directory_begin(&directory, instances);
	for (const char *name; (name = directory_next(&directory)) != NULL;)
		if (strncmp(name, instance_prefix, strlen(instance_prefix)) == 0)
			unlinkat(instances, name, AT_REMOVEDIR);
}

/* The kernel closes the files of a process that is killed after its sockets, perhaps. */
static void remove_instance(int instances, const char *name)
{
	enum { TRIES = 1000 };
	static const int64_t pause = 10000000;
	for (int i = 0;
	     i < TRIES && unlinkat(instances, name, AT_REMOVEDIR) < 0 && errno == EBUSY;
	     i++)
		deadline_sleep(pause);
}

/* All signals are blocked. It makes the instance, so none exists without its keeper. */
static _Noreturn void keep_instance(const char *name, int socket)
{
	int error = 0;
	char byte;
	helper_detach("ipctrace-keeper", &socket, 1);
	int instances = open_instances();
	if (instances >= 0)
		remove_left_instances(instances);
	if (instances < 0 || mkdirat(instances, name, 0700) < 0)
		error = errno;
	bool made = error == 0;
	if (send(socket, &error, sizeof error, MSG_NOSIGNAL) > 0)
		while (recv(socket, &byte, sizeof byte, 0) < 0 && errno == EINTR)
			;
	if (made)
		remove_instance(instances, name);
	_exit(0);
}

static int start_instance_keeper(struct tracefs *tracefs)
{
	int sockets[2], error = EPIPE;
	uint64_t mask;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return -1;
	tracefs->keeper = helper_fork(&mask);
	if (tracefs->keeper == 0)
		keep_instance(tracefs->name, sockets[1]);
	fd_close_keep_errno(sockets[1]);
	tracefs->keeper_socket = sockets[0];
	if (tracefs->keeper < 0 || recv(sockets[0], &error, sizeof error, 0) < 0)
		return -1;
	errno = error;
	return error == 0 ? 0 : -1;
}

int tracefs_begin(struct tracefs *tracefs)
{
	*tracefs = (struct tracefs){.instance = -1, .pipe = -1, .keeper_socket = -1};
	/* another PID namespace may have the same PID */
	snprintf(tracefs->name, sizeof tracefs->name, "%s%d-%lld", instance_prefix,
	         (int)getpid(), (long long)deadline_clock());
	tracefs->instances = open_instances();
	if (tracefs->instances < 0)
		return -1;
	if (start_instance_keeper(tracefs) == 0) {
		tracefs->instance = directory_open(tracefs->instances, tracefs->name);
		tracefs->pipe = openat(tracefs->instance, "trace_pipe",
		                       O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	}
	if (tracefs->pipe >= 0)
		return 0;
	int error = errno;
	tracefs_end(tracefs);
	errno = error;
	return -1;
}

int tracefs_write(const struct tracefs *tracefs, const char *file, const char *text)
{
	int fd = openat(tracefs->instance, file, O_WRONLY | O_CLOEXEC);
	ssize_t written = fd < 0 ? -1 : 1;
	/* of set_event one word at a time */
	for (; written > 0 && *text != '\0'; text += written)
		written = write(fd, text, strlen(text));
	fd_close_keep_errno(fd);
	return written > 0 ? 0 : -1;
}

void tracefs_end(struct tracefs *tracefs)
{
	int wait_status;
	fd_close_keep_errno(tracefs->pipe);
	fd_close_keep_errno(tracefs->instance);
	fd_close_keep_errno(tracefs->keeper_socket);
	if (tracefs->keeper > 0) {
		helper_wait(tracefs->keeper, &wait_status);
		/* the keeper may have been killed */
		unlinkat(tracefs->instances, tracefs->name, AT_REMOVEDIR);
	}
	fd_close_keep_errno(tracefs->instances);
}

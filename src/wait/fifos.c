/* SPDX-License-Identifier: MIT */
/*
 * fifo:PATH: bytes can be read.
 *
 * The kernel reports it only to a process that has the FIFO open for reading, and so lets
 * writers in: their open(2) does not wait any more. The bytes would be gone with the last
 * descriptor, and without a writer the open(2) of a reader would wait. Therefore a
 * process keeps the FIFO open, for writing too once no other process has, until another
 * one has read. inotify(7) reports who opens and reads.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/ksig.h"
#include "io/error.h"
#include "process/helper.h"
#include "wait/source.h"

/* A writer that waited in open(2) when this process came has got through by then. */
enum { WAIT_FIFO_GRACE = 200 /* milliseconds */ };

/* Which events have come? */
static uint32_t wait_fifo_events(const struct wait_source *source)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	uint32_t all = 0;
	ssize_t length;
	/* events of a file have no name */
	while ((length = read(source->as.fifo.inotify, events, sizeof events)) > 0)
		for (ssize_t at = 0; at < length;
		     at += (ssize_t)sizeof(struct inotify_event))
			all |=
			    ((const struct inotify_event *)(void *)(events + at))->mask;
	return all;
}

/* Again if it is open; the events of that are discarded. -1 with errno. */
static int wait_fifo_open_fd(struct wait_source *source)
{
	int fd = open(source->rest, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -1;
	fd_close_keep_errno(source->waitable.fd);
	source->waitable.fd = fd;
	source->as.fifo.opened = deadline_clock();
	wait_fifo_events(source);
	return 0;
}

static enum status wait_fifo_open(struct wait_source *source)
{
	struct stat st;
	int inotify;
	source->as.fifo.keeper = -1;
	if (stat(source->rest, &st) < 0)
		return error_errno("%s", source->text);
	if (!S_ISFIFO(st.st_mode))
		return error_as(STATUS_FAILED, "%s: not a FIFO", source->text);
	inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (inotify >= 0 && inotify_add_watch(inotify, source->rest,
	                                      IN_OPEN | IN_ACCESS | IN_CLOSE_NOWRITE |
	                                          IN_DELETE_SELF | IN_ATTRIB) >= 0) {
		source->as.fifo.inotify = inotify;
		if (wait_fifo_open_fd(source) == 0)
			return STATUS_OK;
	}
	enum status status = error_errno("%s", source->text);
	fd_close_keep_errno(inotify);
	return status;
}

static int wait_fifo_bytes(const struct wait_source *source)
{
	int bytes = 0;
	ioctl(source->waitable.fd, FIONREAD, &bytes);
	return bytes;
}

/*
 * Until another process reads, or there is nothing to read and no writer. timeout: in
 * milliseconds, for a writer to come; -1: there is one, or there are bytes.
 */
static _Noreturn void wait_fifo_keep(struct wait_source *source, int alive, int timeout)
{
	char path[32];
	struct pollfd fds[] = {{.fd = source->waitable.fd},
	                       {.fd = source->as.fifo.inotify, .events = POLLIN}};
	struct sigaction terminate = {.sa_handler = SIG_DFL};
	int kept[] = {fds[0].fd, fds[1].fd, alive};
	snprintf(path, sizeof path, "/proc/self/fd/%d", fds[0].fd);
	ksig_action(SIGTERM, &terminate, NULL);
	ksig_procmask(SIG_SETMASK, ksig_catchable() & ~ksig_bit(SIGTERM));
	helper_detach("fifo-keeper", kept, 3);
	while (poll(fds, 2, timeout) != 0 || timeout < 0) {
		uint32_t events = wait_fifo_events(source);
		struct stat st;
		bool empty = wait_fifo_bytes(source) == 0;
		bool hangup = (fds[0].revents & POLLHUP) != 0;
		if (events & IN_ACCESS || fstat(source->waitable.fd, &st) < 0 ||
		    st.st_nlink == 0 || (empty && (hangup || events & IN_CLOSE_NOWRITE)))
			break;
		if (!empty || events & IN_OPEN)
			timeout = -1;
		/* closed by the end; if it fails POLLHUP stays */
		if (hangup && open(path, O_WRONLY | O_NONBLOCK) < 0)
			fds[0].fd = -1;
	}
	_exit(0);
}

/* By a child of a child, for which no process here has to wait; unless one runs. */
static void wait_fifo_start_keeper(struct wait_source *source, int timeout)
{
	uint64_t mask, inner;
	int wait_status, ends[2];
	struct pollfd keeper = {.fd = source->as.fifo.keeper};
	if (keeper.fd >= 0 && poll(&keeper, 1, 0) == 0)
		return;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	fd_close_keep_errno(keeper.fd);
	source->as.fifo.keeper = ends[0];
	pid_t pid = helper_fork(&mask);
	if (pid == 0) {
		if (helper_fork(&inner) == 0)
			wait_fifo_keep(source, ends[1], timeout);
		_exit(0);
	}
	close(ends[1]);
	if (pid > 0) {
		ksig_procmask(SIG_SETMASK, mask);
		helper_wait(pid, &wait_status);
	}
}

/*
 * A writer that came and left without a byte leaves POLLHUP, which a new descriptor does
 * not have.
 */
static int wait_fifo_check(struct wait_source *source)
{
	struct pollfd fd = {.fd = source->waitable.fd, .events = POLLIN};
	poll(&fd, 1, 0);
	int bytes = wait_fifo_bytes(source);
	if (bytes > 0) {
		wait_fifo_events(source);
		wait_fifo_start_keeper(source, -1);
		wait_event_add_number(&source->event, "bytes", (unsigned)bytes);
		return 1;
	}
	return (fd.revents & POLLHUP) != 0 ? wait_fifo_open_fd(source) : 0;
}

static void wait_fifo_close(struct wait_source *source)
{
	const int64_t grace = INT64_C(1000000) * WAIT_FIFO_GRACE;
	int saved = errno;
	struct pollfd fd = {.fd = source->waitable.fd, .events = POLLIN};
	poll(&fd, 1, 0);
	uint32_t events = wait_fifo_events(source);
	bool has_writer = events & IN_OPEN && !(fd.revents & POLLHUP);
	if (wait_fifo_bytes(source) > 0 || has_writer)
		wait_fifo_start_keeper(source, -1);
	else if (deadline_clock() - source->as.fifo.opened < grace)
		wait_fifo_start_keeper(source, WAIT_FIFO_GRACE);
	fd_close_keep_errno(source->as.fifo.keeper);
	close(source->as.fifo.inotify);
	close(source->waitable.fd);
	errno = saved;
}

const struct wait_kind wait_fifo_kind = {
    .prefix = "fifo:",
    .repeat = WAIT_LEVEL,
    .open = wait_fifo_open,
    .check = wait_fifo_check,
    .close = wait_fifo_close,
};

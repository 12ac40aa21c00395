/*
 * fifowrite - write text or standard input to a FIFO
 *
 * The waits of open(2) and write(2), each with an end: see fifo(7). The descriptor is our
 * own and does not block; base/deadline.h does the waiting.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applet.h"
#include "base/frontend.h"
#include "base/syscall_timer.h"
#include "base/termsig.h"
#include "io/file.h"
#include "io/input.h"
#include "io/report.h"

struct fifowrite {
	struct patience patience;
};

static const struct option_row options[] = {
    PATIENCE(fifowrite, patience),
    END_OF_OPTIONS,
};

struct writing {
	const char *path;
	int fd;
	long long written;
	struct deadline deadline;
};

/* ---------------------------------------------------------------------- open */

enum { FLAGS = O_WRONLY | O_CLOEXEC | O_NOCTTY };

/*
 * Nothing tells that a reader waits in its open(2) but an open(2) for writing: poll(2)
 * has no descriptor yet, and inotify(7) speaks when the reader's has succeeded.
 */
static int open_waiting(const char *path, const struct deadline *deadline)
{
	struct alarm alarm;
	int fd;
	if (alarm_begin(&alarm, deadline) < 0)
		return -1;
	while ((fd = open(path, FLAGS)) < 0 && alarm_goes_on(&alarm))
		continue;
	alarm_end(&alarm);
	if (fd >= 0)
		fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static enum status open_failed(const char *path)
{
	switch (errno) {
	case ENXIO: return fail_as(STATUS_NOT_NOW, "%s: no reader has it open", path);
	case ETIMEDOUT:
		return fail_as(STATUS_TIMED_OUT,
		               "%s: timed out: still no reader has it open", path);
	default: return fail("%s", path);
	}
}

static enum status open_fifo(struct writing *writing)
{
	const char *path = writing->path;
	enum status status = file_expect(S_IFIFO, path, -1);
	if (status != STATUS_DONE)
		return status;
	int fd = open(path, FLAGS | O_NONBLOCK);
	if (fd < 0 && errno == ENXIO && writing->deadline.patience.kind != NOT_AT_ALL)
		fd = open_waiting(path, &writing->deadline);
	if (fd < 0)
		return open_failed(path);
	writing->fd = fd;
	status = file_expect(S_IFIFO, path, fd);
	if (status != STATUS_DONE)
		close(fd);
	return status;
}

/* --------------------------------------------------------------------- write */

static enum status write_failed(const struct writing *writing)
{
	char after[48] = "";
	if (writing->written > 0)
		snprintf(after, sizeof after, " after %lld bytes", writing->written);
	switch (errno) {
	case EPIPE:
		return fail_as(STATUS_FAILED, "%s: the reader went away after %lld bytes",
		               writing->path, writing->written);
	case EAGAIN:
		return fail_as(STATUS_NOT_NOW, "%s: the FIFO is full%s", writing->path,
		               after);
	case ETIMEDOUT:
		return fail_as(STATUS_TIMED_OUT,
		               "%s: timed out: the FIFO is still full%s", writing->path,
		               after);
	default: return fail("%s%s", writing->path, after);
	}
}

/* Until it is not full; until the deadline; until a signal asks to end. */
static int wait_for_room(const struct writing *writing)
{
	struct pollfd room = {.fd = writing->fd, .events = POLLOUT};
	return deadline_poll(&writing->deadline, &room, 1);
}

/* pipe(7): up to PIPE_BUF bytes go all at once or not at all. */
static enum status write_bytes(struct writing *writing, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t part = write(writing->fd, bytes, length);
		if (part < 0 && errno != EAGAIN && errno != EINTR)
			return write_failed(writing);
		if (part < 0 && wait_for_room(writing) < 0)
			return write_failed(writing);
		if (part < 0)
			continue;
		writing->written += part;
		bytes += part;
		length -= (size_t)part;
	}
	return STATUS_DONE;
}

static enum status input_failed(const struct writing *writing)
{
	enum status status = fail("standard input: after %lld bytes were written to %s",
	                          writing->written, writing->path);
	return status > STATUS_SIGNAL ? status : STATUS_FAILED;
}

static enum status write_input(struct writing *writing, struct patience patience)
{
	enum { BLOCK = 64 * 1024 };
	char block[BLOCK];
	enum status status = STATUS_DONE;
	while (status == STATUS_DONE) {
		ssize_t length = input_read(block, sizeof block);
		if (interrupt_pending() != 0) {
			errno = EINTR;
			length = -1;
		}
		if (length < 0)
			return input_failed(writing);
		if (length == 0)
			break;
		/* the pace of the input is not the reader's: each waits anew */
		writing->deadline = deadline_after(patience);
		status = write_bytes(writing, block, (size_t)length);
	}
	return status;
}

static enum status write_fifo(const struct fifowrite *given, const char *path,
                              const char *text)
{
	struct writing writing = {.path = path,
	                          .deadline = deadline_after(given->patience)};
	enum status status = open_fifo(&writing);
	if (status != STATUS_DONE)
		return status;
	status = text != NULL ? write_bytes(&writing, text, strlen(text))
	                      : write_input(&writing, given->patience);
	close(writing.fd);
	return status;
}

static enum status run(const void *opts, int argc, char **argv)
{
	/* what it holds it could not put back: a signal may end a program, but no shell
	 */
	struct interrupt interrupt;
	bool in_shell = front_is_builtin();
	if (in_shell)
		interrupt_begin(&interrupt);
	enum status status = write_fifo(opts, argv[0], argc > 1 ? argv[1] : NULL);
	return in_shell ? interrupt_end(&interrupt, status) : status;
}

APPLET(fifowrite, .summary = "write text or standard input to a FIFO",
       .self = {.operands = "FIFO [TEXT]",
                .least_operands = 1,
                .most_operands = 2,
                .options = options,
                OPTIONS_OF(fifowrite),
                .run = run});

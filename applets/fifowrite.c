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
#include "io/error.h"
#include "io/file.h"
#include "io/input.h"

struct fifowrite {
	struct timeout timeout;
};

static const struct option_row options[] = {
    WAIT_OPTIONS(fifowrite, timeout),
    END_OF_OPTIONS,
};

struct fifowrite_state {
	const char *path;
	int fd;
	long long written;
	struct deadline deadline;
};

/* ---------------------------------------------------------------------- open */

enum { OPEN_FLAGS = O_WRONLY | O_CLOEXEC | O_NOCTTY };

/*
 * Nothing tells that a reader waits in its open(2) but an open(2) for writing: poll(2)
 * has no descriptor yet, and inotify(7) speaks when the reader's has succeeded.
 */
static int fifowrite_open_blocking(const char *path, const struct deadline *deadline)
{
	struct syscall_timer timer;
	int fd;
	if (syscall_timer_begin(&timer, deadline) < 0)
		return -1;
	while ((fd = open(path, OPEN_FLAGS)) < 0 && syscall_timer_should_retry(&timer))
		continue;
	syscall_timer_end(&timer);
	if (fd >= 0)
		fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static enum status fifowrite_report_open_error(const char *path)
{
	switch (errno) {
	case ENXIO:
		return error_as(STATUS_WOULD_BLOCK, "%s: no reader has it open", path);
	case ETIMEDOUT:
		return error_as(STATUS_TIMED_OUT,
		                "%s: timed out: still no reader has it open", path);
	default: return error_errno("%s", path);
	}
}

static enum status fifowrite_open(struct fifowrite_state *state)
{
	const char *path = state->path;
	enum status status = file_check_type(S_IFIFO, path, -1);
	if (status != STATUS_OK)
		return status;
	int fd = open(path, OPEN_FLAGS | O_NONBLOCK);
	if (fd < 0 && errno == ENXIO && state->deadline.timeout.kind != TIMEOUT_ZERO)
		fd = fifowrite_open_blocking(path, &state->deadline);
	if (fd < 0)
		return fifowrite_report_open_error(path);
	state->fd = fd;
	status = file_check_type(S_IFIFO, path, fd);
	if (status != STATUS_OK)
		close(fd);
	return status;
}

/* --------------------------------------------------------------------- write */

static enum status fifowrite_report_write_error(const struct fifowrite_state *state)
{
	char after[48] = "";
	if (state->written > 0)
		snprintf(after, sizeof after, " after %lld bytes", state->written);
	switch (errno) {
	case EPIPE:
		return error_as(STATUS_FAILED,
		                "%s: the reader went away after %lld bytes", state->path,
		                state->written);
	case EAGAIN:
		return error_as(STATUS_WOULD_BLOCK, "%s: the FIFO is full%s", state->path,
		                after);
	case ETIMEDOUT:
		return error_as(STATUS_TIMED_OUT,
		                "%s: timed out: the FIFO is still full%s", state->path,
		                after);
	default: return error_errno("%s%s", state->path, after);
	}
}

/* Until it is not full; until the deadline; until a signal asks to end. */
static int fifowrite_wait_for_room(const struct fifowrite_state *state)
{
	struct pollfd room = {.fd = state->fd, .events = POLLOUT};
	return deadline_poll(&state->deadline, &room, 1);
}

/* pipe(7): up to PIPE_BUF bytes go all at once or not at all. */
static enum status fifowrite_write_bytes(struct fifowrite_state *state, const char *bytes,
                                         size_t length)
{
	while (length > 0) {
		ssize_t part = write(state->fd, bytes, length);
		if (part < 0 && errno != EAGAIN && errno != EINTR)
			return fifowrite_report_write_error(state);
		if (part < 0 && fifowrite_wait_for_room(state) < 0)
			return fifowrite_report_write_error(state);
		if (part < 0)
			continue;
		state->written += part;
		bytes += part;
		length -= (size_t)part;
	}
	return STATUS_OK;
}

static enum status fifowrite_report_input_error(const struct fifowrite_state *state)
{
	enum status status =
	    error_errno("standard input: after %lld bytes were written to %s",
	                state->written, state->path);
	return status > STATUS_SIGNAL ? status : STATUS_FAILED;
}

static enum status fifowrite_write_input(struct fifowrite_state *state,
                                         struct timeout timeout)
{
	enum { BLOCK = 64 * 1024 };
	char block[BLOCK];
	enum status status = STATUS_OK;
	while (status == STATUS_OK) {
		ssize_t length = input_read(block, sizeof block);
		if (termsig_pending() != 0) {
			errno = EINTR;
			length = -1;
		}
		if (length < 0)
			return fifowrite_report_input_error(state);
		if (length == 0)
			break;
		/* the pace of the input is not the reader's: each waits anew */
		state->deadline = deadline_start(timeout);
		status = fifowrite_write_bytes(state, block, (size_t)length);
	}
	return status;
}

static enum status fifowrite_open_and_write(const struct fifowrite *given,
                                            const char *path, const char *text)
{
	struct fifowrite_state state = {.path = path,
	                                .deadline = deadline_start(given->timeout)};
	enum status status = fifowrite_open(&state);
	if (status != STATUS_OK)
		return status;
	status = text != NULL ? fifowrite_write_bytes(&state, text, strlen(text))
	                      : fifowrite_write_input(&state, given->timeout);
	close(state.fd);
	return status;
}

static enum status fifowrite_run(const void *opts, int argc, char **argv)
{
	/* what it holds it could not put back: a signal may end a program, but no shell
	 */
	struct termsig termsig;
	bool in_shell = frontend_is_builtin();
	if (in_shell)
		termsig_begin(&termsig);
	enum status status =
	    fifowrite_open_and_write(opts, argv[0], argc > 1 ? argv[1] : NULL);
	return in_shell ? termsig_end(&termsig, status) : status;
}

APPLET(fifowrite, .summary = "write text or standard input to a FIFO",
       .self = {.operands = "FIFO [TEXT]",
                .operand_kinds = {OPERAND_FIFO, OPERAND_TEXT},
                .min_operands = 1,
                .max_operands = 2,
                .options = options,
                OPTIONS_OF(fifowrite),
                .run = fifowrite_run});

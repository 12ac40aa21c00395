/*
 * fiforead - write what comes through a FIFO to standard output
 *
 * Opened without waiting, and poll(2) does the rest: it tells a FIFO that no writer has
 * opened yet from one that the last writer has closed; see fifo(7) and poll(2). Where
 * the output is a pipe or a file the bytes are moved by splice(2), which takes none that
 * it cannot write.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applet.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/file.h"
#include "io/output.h"

struct fiforead {
	struct timeout timeout;
	bool keep;
};

static const struct option_row options[] = {
    WAIT_OPTIONS(fiforead, timeout),
    FLAG('k', "keep", fiforead, keep, 0, "stay when the last writer has gone"),
    END_OF_OPTIONS,
};

struct fiforead_state {
	const char *path;
	int fd;
	bool use_splice, overdue;
	long long bytes_read;
	struct deadline deadline;
	struct output output;
};

/* --------------------------------------------------------------------- open */

/* Never waits: POSIX has it succeed without a writer. */
static enum status fiforead_open(const char *path, int *fd)
{
	enum status status = file_check_type(S_IFIFO, path, -1);
	if (status != STATUS_OK)
		return status;
	*fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (*fd < 0)
		return error_errno("%s", path);
	status = file_check_type(S_IFIFO, path, *fd);
	if (status != STATUS_OK)
		close(*fd);
	return status;
}

/*
 * Once the last writer has gone, poll(2) says so for ever to this descriptor. A new one
 * waits for the next; what came in between is in the pipe, which the old one kept alive.
 */
static enum status fiforead_reopen(struct fiforead_state *state)
{
	int fd;
	enum status status = fiforead_open(state->path, &fd);
	if (status != STATUS_OK)
		return status;
	close(state->fd);
	state->fd = fd;
	return STATUS_OK;
}

/* --------------------------------------------------------------------- move */

/* Some bytes from the FIFO: how many; 0: no writer has it open; -1: errno, EAGAIN: empty.
 */
static ssize_t fiforead_read(struct fiforead_state *state, char *block, size_t size)
{
	ssize_t length;
	do
		length = read(state->fd, block, size);
	while (length < 0 && errno == EINTR);
	return length;
}

static enum status fiforead_report_loss(const struct fiforead_state *state, size_t length)
{
	int signal = errno == EINTR ? termsig_pending() : 0;
	enum status status = signal != 0      ? (enum status)(STATUS_SIGNAL + signal)
	                     : errno == EPIPE ? STATUS_SIGPIPE
	                                      : STATUS_FAILED;
	return error_as(
	    status,
	    "%s: %zu bytes that were taken are lost: cannot write standard output: %s",
	    state->path, length, error_text(errno));
}

/* What the output may not take is lost: for an output that splice(2) does not know. */
static enum status fiforead_copy_block(struct fiforead_state *state, ssize_t *length)
{
	enum { BLOCK = 64 * 1024 };
	char block[BLOCK];
	size_t written;
	*length = fiforead_read(state, block, sizeof block);
	if (*length > 0 &&
	    output_try_write(&state->output, block, (size_t)*length, &written) < 0)
		return fiforead_report_loss(state, (size_t)*length - written);
	return STATUS_OK;
}

/*
 * Move some: *length as of fiforead_read(); -1 is EAGAIN. Where that comes of a full
 * output it has waited for room.
 */
static enum status fiforead_move(struct fiforead_state *state, ssize_t *length)
{
	enum { MOST = 1 << 20 };
	struct pollfd room = {.fd = STDOUT_FILENO, .events = POLLOUT};
	if (!state->use_splice)
		return fiforead_copy_block(state, length);
	*length = splice(state->fd, NULL, STDOUT_FILENO, NULL, MOST,
	                 SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
	if (*length >= 0 || errno == EINTR)
		return STATUS_OK;
	if (errno == EINVAL) {
		/* O_APPEND, or a file system without it */
		state->use_splice = false;
		return fiforead_copy_block(state, length);
	}
	if (errno != EAGAIN || deadline_poll(&DEADLINE_NEVER, &room, 1) < 0)
		return output_error();
	errno = EAGAIN;
	return STATUS_OK;
}

/* --------------------------------------------------------------------- wait */

enum fiforead_event { FIFOREAD_BYTES, FIFOREAD_END, FIFOREAD_TIMEOUT };

/* What is ready counts when the time is over, but once: a writer may never pause. */
static enum fiforead_event fiforead_event_of(struct fiforead_state *state,
                                             const struct pollfd *fifo)
{
	if (!(fifo->revents & POLLIN))
		return FIFOREAD_END;
	if (state->overdue)
		return FIFOREAD_TIMEOUT;
	state->overdue = state->deadline.timeout.kind == TIMEOUT_AFTER &&
	                 deadline_left(&state->deadline) == 0;
	return FIFOREAD_BYTES;
}

static enum status fiforead_wait(struct fiforead_state *state, enum fiforead_event *event)
{
	struct pollfd fds[] = {{.fd = state->fd, .events = POLLIN},
	                       {.fd = state->output.reader}};
	errno = EINTR;
	if (termsig_pending() == 0 && deadline_poll(&state->deadline, fds, 2) >= 0) {
		if (fds[1].revents & (POLLERR | POLLHUP))
			return STATUS_SIGPIPE;
		*event = fiforead_event_of(state, &fds[0]);
		return STATUS_OK;
	}
	*event = FIFOREAD_TIMEOUT;
	return errno == EAGAIN || errno == ETIMEDOUT ? STATUS_OK
	                                             : error_errno("%s", state->path);
}

/* The deadline has passed, and length says what a last look found. */
static enum status fiforead_report_timeout(const struct fiforead_state *state,
                                           ssize_t length)
{
	bool timed_out = state->deadline.timeout.kind == TIMEOUT_AFTER;
	const char *still = timed_out ? "still " : "";
	/* what there was has been read, and it was not to be waited for more */
	if (!timed_out && state->bytes_read > 0)
		return STATUS_OK;
	enum status status = timed_out ? STATUS_TIMED_OUT : STATUS_WOULD_BLOCK;
	const char *prefix = timed_out ? "timed out: " : "";
	if (state->bytes_read > 0)
		return error_as(status, "%s: %sthe end has not come after %lld bytes",
		                state->path, prefix, state->bytes_read);
	if (length == 0)
		return error_as(status, "%s: %s%sno writer has it open", state->path,
		                prefix, still);
	return error_as(status, "%s: %sthe FIFO is %sempty", state->path, prefix, still);
}

static enum status fiforead_copy(struct fiforead_state *state, bool keep)
{
	enum fiforead_event event;
	enum status status;
	while ((status = fiforead_wait(state, &event)) == STATUS_OK) {
		ssize_t length = 0;
		if (event == FIFOREAD_END && !keep)
			break;
		status = event == FIFOREAD_END ? fiforead_reopen(state)
		                               : fiforead_move(state, &length);
		if (status != STATUS_OK)
			break;
		if (length > 0)
			state->bytes_read += length;
		if (event == FIFOREAD_TIMEOUT)
			return fiforead_report_timeout(state, length);
	}
	return status;
}

static bool fiforead_output_takes_splice(void)
{
	struct stat st;
	return fstat(STDOUT_FILENO, &st) == 0 &&
	       (S_ISFIFO(st.st_mode) || S_ISREG(st.st_mode));
}

static enum status fiforead_open_and_copy(const struct fiforead *given,
                                          struct fiforead_state *state)
{
	enum status status = output_begin(&state->output);
	if (status == STATUS_OK)
		status = fiforead_open(state->path, &state->fd);
	if (status != STATUS_OK)
		return status;
	if (file_is_stdout(state->fd))
		status = error_as(STATUS_FAILED, "%s: standard output is the FIFO itself",
		                  state->path);
	else
		status = fiforead_copy(state, given->keep);
	close(state->fd);
	return status;
}

static enum status fiforead_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct fiforead *given = opts;
	struct fiforead_state state = {.path = argv[0],
	                               .use_splice = fiforead_output_takes_splice(),
	                               .deadline = deadline_start(given->timeout)};
	struct termsig termsig;
	termsig_begin(&termsig);
	return termsig_end(&termsig, fiforead_open_and_copy(given, &state));
}

APPLET(fiforead, .summary = "write what comes through a FIFO to standard output",
       .self = {.operands = "FIFO",
                .operand_kinds = {OPERAND_FIFO},
                .min_operands = 1,
                .max_operands = 1,
                .options = options,
                OPTIONS_OF(fiforead),
                .run = fiforead_run});

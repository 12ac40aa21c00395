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
#include "io/file.h"
#include "io/output.h"
#include "io/report.h"

struct fiforead {
	struct patience patience;
	bool keep;
};

static const struct option_row options[] = {
    PATIENCE(fiforead, patience),
    FLAG('k', "keep", fiforead, keep, 0, "stay when the last writer has gone"),
    END_OF_OPTIONS,
};

struct reading {
	const char *path;
	int fd;
	bool by_splice, overdue;
	long long taken;
	struct deadline deadline;
	struct output output;
};

/* --------------------------------------------------------------------- open */

/* Never waits: POSIX has it succeed without a writer. */
static enum status open_fifo(const char *path, int *fd)
{
	enum status status = file_expect(S_IFIFO, path, -1);
	if (status != STATUS_DONE)
		return status;
	*fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (*fd < 0)
		return fail("%s", path);
	status = file_expect(S_IFIFO, path, *fd);
	if (status != STATUS_DONE)
		close(*fd);
	return status;
}

/*
 * Once the last writer has gone, poll(2) says so for ever to this descriptor. A new one
 * waits for the next; what came in between is in the pipe, which the old one kept alive.
 */
static enum status open_again(struct reading *reading)
{
	int fd;
	enum status status = open_fifo(reading->path, &fd);
	if (status != STATUS_DONE)
		return status;
	close(reading->fd);
	reading->fd = fd;
	return STATUS_DONE;
}

/* --------------------------------------------------------------------- move */

/* Some bytes from the FIFO: how many; 0: no writer has it open; -1: errno, EAGAIN: empty.
 */
static ssize_t take(struct reading *reading, char *block, size_t size)
{
	ssize_t length;
	do
		length = read(reading->fd, block, size);
	while (length < 0 && errno == EINTR);
	return length;
}

static enum status lost(const struct reading *reading, size_t length)
{
	int signal = errno == EINTR ? interrupt_pending() : 0;
	enum status status = signal != 0      ? (enum status)(STATUS_SIGNAL + signal)
	                     : errno == EPIPE ? STATUS_READER_GONE
	                                      : STATUS_FAILED;
	return fail_as(
	    status,
	    "%s: %zu bytes that were taken are lost: cannot write standard output: %s",
	    reading->path, length, error_text(errno));
}

/* What the output may not take is lost: for an output that splice(2) does not know. */
static enum status copy_block(struct reading *reading, ssize_t *length)
{
	enum { BLOCK = 64 * 1024 };
	char block[BLOCK];
	size_t written;
	*length = take(reading, block, sizeof block);
	if (*length > 0 &&
	    output_try(&reading->output, block, (size_t)*length, &written) < 0)
		return lost(reading, (size_t)*length - written);
	return STATUS_DONE;
}

/*
 * Move some: *length as of take(); -1 is EAGAIN. Where that comes of a full output it
 * has waited for room.
 */
static enum status move(struct reading *reading, ssize_t *length)
{
	static const struct deadline never;
	enum { MOST = 1 << 20 };
	struct pollfd room = {.fd = STDOUT_FILENO, .events = POLLOUT};
	if (!reading->by_splice)
		return copy_block(reading, length);
	*length = splice(reading->fd, NULL, STDOUT_FILENO, NULL, MOST,
	                 SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
	if (*length >= 0 || errno == EINTR)
		return STATUS_DONE;
	if (errno == EINVAL) {
		/* O_APPEND, or a file system without it */
		reading->by_splice = false;
		return copy_block(reading, length);
	}
	if (errno != EAGAIN || deadline_poll(&never, &room, 1) < 0)
		return output_failed();
	errno = EAGAIN;
	return STATUS_DONE;
}

/* --------------------------------------------------------------------- wait */

enum event { BYTES, END, TOO_LATE };

/* What is ready counts when the time is over, but once: a writer may never pause. */
static enum event event_of(struct reading *reading, const struct pollfd *fifo)
{
	if (!(fifo->revents & POLLIN))
		return END;
	if (reading->overdue)
		return TOO_LATE;
	reading->overdue = reading->deadline.patience.kind == AT_MOST &&
	                   deadline_left(&reading->deadline) == 0;
	return BYTES;
}

static enum status wait_for(struct reading *reading, enum event *event)
{
	struct pollfd fds[] = {{.fd = reading->fd, .events = POLLIN},
	                       {.fd = reading->output.reader}};
	errno = EINTR;
	if (interrupt_pending() == 0 && deadline_poll(&reading->deadline, fds, 2) >= 0) {
		if (fds[1].revents & (POLLERR | POLLHUP))
			return STATUS_READER_GONE;
		*event = event_of(reading, &fds[0]);
		return STATUS_DONE;
	}
	*event = TOO_LATE;
	return errno == EAGAIN || errno == ETIMEDOUT ? STATUS_DONE
	                                             : fail("%s", reading->path);
}

/* The deadline has passed, and length says what a last look found. */
static enum status too_late(const struct reading *reading, ssize_t length)
{
	bool timed_out = reading->deadline.patience.kind == AT_MOST;
	const char *still = timed_out ? "still " : "";
	/* what there was has been read, and it was not to be waited for more */
	if (!timed_out && reading->taken > 0)
		return STATUS_DONE;
	enum status status = timed_out ? STATUS_TIMED_OUT : STATUS_NOT_NOW;
	const char *prefix = timed_out ? "timed out: " : "";
	if (reading->taken > 0)
		return fail_as(status, "%s: %sthe end has not come after %lld bytes",
		               reading->path, prefix, reading->taken);
	if (length == 0)
		return fail_as(status, "%s: %s%sno writer has it open", reading->path,
		               prefix, still);
	return fail_as(status, "%s: %sthe FIFO is %sempty", reading->path, prefix, still);
}

static enum status read_fifo(struct reading *reading, bool keep)
{
	enum event event;
	enum status status;
	while ((status = wait_for(reading, &event)) == STATUS_DONE) {
		ssize_t length = 0;
		if (event == END && !keep)
			break;
		status = event == END ? open_again(reading) : move(reading, &length);
		if (status != STATUS_DONE)
			break;
		if (length > 0)
			reading->taken += length;
		if (event == TOO_LATE)
			return too_late(reading, length);
	}
	return status;
}

static bool takes_splice(void)
{
	struct stat st;
	return fstat(STDOUT_FILENO, &st) == 0 &&
	       (S_ISFIFO(st.st_mode) || S_ISREG(st.st_mode));
}

static enum status open_and_read(const struct fiforead *given, struct reading *reading)
{
	enum status status = output_begin(&reading->output);
	if (status == STATUS_DONE)
		status = open_fifo(reading->path, &reading->fd);
	if (status != STATUS_DONE)
		return status;
	if (file_is_output(reading->fd))
		status = fail_as(STATUS_FAILED, "%s: standard output is the FIFO itself",
		                 reading->path);
	else
		status = read_fifo(reading, given->keep);
	close(reading->fd);
	return status;
}

static enum status run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct fiforead *given = opts;
	struct reading reading = {.path = argv[0],
	                          .by_splice = takes_splice(),
	                          .deadline = deadline_after(given->patience)};
	struct interrupt interrupt;
	interrupt_begin(&interrupt);
	return interrupt_end(&interrupt, open_and_read(given, &reading));
}

APPLET(fiforead, .summary = "write what comes through a FIFO to standard output",
       .self = {.operands = "FIFO",
                .least_operands = 1,
                .most_operands = 1,
                .options = options,
                OPTIONS_OF(fiforead),
                .run = run});

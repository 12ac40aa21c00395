/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/termsig.h"
#include "io/error.h"
#include "io/fifo_read.h"
#include "io/file.h"
#include "io/file_watch.h"
#include "io/output.h"

/*
 * The FIFO is opened without waiting, and poll(2) waits: it distinguishes a FIFO that no
 * writer has opened yet from one that the last writer has closed.
 */
struct fifo_reader {
	const char *path;
	int fd;
	bool use_splice;
	bool overdue; /* the deadline had passed before the last read */
	long long bytes_read;
	const struct deadline *deadline;
	bool keep;
	bool renamed; /* the path may not be its name any more; keep */
	struct file_watch watch;
	struct output output;
};

/* --------------------------------------------------------------------- open */

/* open(2) with O_NONBLOCK does not wait for a writer, and does not need one. */
static enum status fifo_reader_open(const char *path, int *fd)
{
	enum status status = file_check_type(S_IFIFO, path, -1);
	if (status != STATUS_OK)
		return status;
	*fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (*fd < 0)
		return file_open_error(S_IFIFO, path);
	status = file_check_type(S_IFIFO, path, *fd);
	if (status != STATUS_OK)
		close(*fd);
	return status;
}

/* If its name is removed, no writer opens this FIFO; poll(2) does not report that. */
static void fifo_reader_watch(struct fifo_reader *reader)
{
	file_watch_add(&reader->watch, reader->path);
	reader->renamed = !file_is_named(reader->fd, reader->path);
}

/*
 * After the last writer has closed the FIFO, poll(2) reports POLLHUP on this descriptor
 * until the next writer opens it. A new descriptor waits for that writer. Bytes written
 * in the meantime are not lost: the old descriptor keeps the pipe in existence.
 */
static enum status fifo_reader_reopen(struct fifo_reader *reader)
{
	int fd;
	enum status status = fifo_reader_open(reader->path, &fd);
	if (status != STATUS_OK)
		return status;
	close(reader->fd);
	reader->fd = fd;
	fifo_reader_watch(reader);
	return STATUS_OK;
}

/* --------------------------------------------------------------------- move */

/*
 * read(2): the number of bytes; 0 if no writer has the FIFO open; -1 with errno, EAGAIN
 * if it is empty.
 */
static ssize_t fifo_reader_read(struct fifo_reader *reader, char *block, size_t size)
{
	ssize_t length;
	do
		length = read(reader->fd, block, size);
	while (length < 0 && errno == EINTR);
	return length;
}

static enum status fifo_reader_report_loss(const struct fifo_reader *reader,
                                           size_t length)
{
	struct output_failure failure = output_failure();
	return error_as(failure.status, "%s: %zu bytes read are lost: %s: %s",
	                reader->path, length, failure.name, failure.reason);
}

/* For an output that splice(2) does not support: bytes that cannot be written are lost.
 */
static enum status fifo_reader_copy_block(struct fifo_reader *reader, ssize_t *length)
{
	enum { BLOCK = 64 * 1024 };
	char block[BLOCK];
	size_t written;
	*length = fifo_reader_read(reader, block, sizeof block);
	if (*length < 0 && errno != EAGAIN)
		return error_errno("%s", reader->path);
	if (*length > 0 &&
	    output_try_write(&reader->output, block, (size_t)*length, &written) < 0)
		return fifo_reader_report_loss(reader, (size_t)*length - written);
	return STATUS_OK;
}

/*
 * Copy what can be read now: *length as fifo_reader_read() returns it, -1 meaning EAGAIN.
 * If that was due to a full output, it has waited for room there.
 */
static enum status fifo_reader_move(struct fifo_reader *reader, ssize_t *length)
{
	enum { SPLICE_MAX = 1 << 20 };
	struct pollfd room = {.fd = STDOUT_FILENO, .events = POLLOUT};
	if (!reader->use_splice)
		return fifo_reader_copy_block(reader, length);
	*length = splice(reader->fd, NULL, STDOUT_FILENO, NULL, SPLICE_MAX,
	                 SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
	if (*length >= 0 || errno == EINTR)
		return STATUS_OK;
	if (errno == EINVAL) {
		/* O_APPEND, or a file system without splice(2) */
		reader->use_splice = false;
		return fifo_reader_copy_block(reader, length);
	}
	if (errno != EAGAIN || deadline_poll(&DEADLINE_NEVER, &room, 1) < 0)
		return output_error();
	errno = EAGAIN;
	return STATUS_OK;
}

/* --------------------------------------------------------------------- wait */

enum fifo_reader_event {
	FIFO_READER_BYTES,
	FIFO_READER_END,
	FIFO_READER_RENAMED, /* and there is nothing to read now */
	FIFO_READER_TIMEOUT
};

/*
 * As deadline_poll() for the FIFO, the reader of the output, and the watch. If
 * reader->renamed is set it does not wait.
 */
static int fifo_reader_poll(struct fifo_reader *reader, struct pollfd fds[3])
{
	static const int64_t second = 1000000000;
	while (!reader->renamed) {
		/* without inotify: look once a second */
		bool looks = reader->keep && reader->watch.fd < 0 &&
		             deadline_left(reader->deadline) > second;
		struct deadline until = looks ? deadline_in(second) : *reader->deadline;
		int ready = deadline_poll(&until, fds, 3);
		bool may_be_renamed =
		    ready < 0 ? looks && errno == ETIMEDOUT : fds[2].revents != 0;
		if (!may_be_renamed)
			return ready;
		file_watch_read(&reader->watch);
		reader->renamed = !file_is_named(reader->fd, reader->path);
	}
	return deadline_poll(&DEADLINE_NOW, fds, 3);
}

/* After the deadline what is ready is read once, not again: a writer may never pause. */
static enum fifo_reader_event fifo_reader_event_of(struct fifo_reader *reader,
                                                   const struct pollfd *fifo)
{
	if (fifo->revents == 0)
		return FIFO_READER_RENAMED;
	if (!(fifo->revents & POLLIN))
		return FIFO_READER_END;
	if (reader->overdue)
		return FIFO_READER_TIMEOUT;
	reader->overdue = reader->deadline->timeout.kind == TIMEOUT_AFTER &&
	                  deadline_left(reader->deadline) == 0;
	return FIFO_READER_BYTES;
}

static enum status fifo_reader_wait(struct fifo_reader *reader,
                                    enum fifo_reader_event *event)
{
	struct pollfd fds[] = {{.fd = reader->fd, .events = POLLIN},
	                       {.fd = reader->output.reader},
	                       {.fd = reader->watch.fd, .events = POLLIN}};
	errno = EINTR;
	if (termsig_pending() == 0 && fifo_reader_poll(reader, fds) >= 0) {
		if (fds[1].revents & (POLLERR | POLLHUP))
			return STATUS_SIGPIPE;
		*event = fifo_reader_event_of(reader, &fds[0]);
		return STATUS_OK;
	}
	*event = reader->renamed ? FIFO_READER_RENAMED : FIFO_READER_TIMEOUT;
	return errno == EAGAIN || errno == ETIMEDOUT ? STATUS_OK
	                                             : error_errno("%s", reader->path);
}

/* The deadline has passed; length is what the last read returned. */
static enum status fifo_reader_report_timeout(const struct fifo_reader *reader,
                                              ssize_t length)
{
	bool timed_out = reader->deadline->timeout.kind == TIMEOUT_AFTER;
	/* without waiting, it is enough that something was read */
	if (!timed_out && reader->bytes_read > 0)
		return STATUS_OK;
	enum status status = timed_out ? STATUS_TIMED_OUT : STATUS_WOULD_BLOCK;
	const char *prefix = timed_out ? "timed out: " : "";
	if (reader->bytes_read > 0)
		return error_as(status, "%s: %sno end of file after %lld bytes",
		                reader->path, prefix, reader->bytes_read);
	if (length == 0)
		return error_as(status, "%s: %sno writer has the FIFO open", reader->path,
		                prefix);
	return error_as(status, "%s: %sthe FIFO is empty", reader->path, prefix);
}

/*
 * Another file may have the name now. The bytes in this FIFO are read first; if a writer
 * has it open, more may come (length -1). At its end the new file is opened.
 */
static enum status fifo_reader_leave_renamed(struct fifo_reader *reader, ssize_t *length)
{
	reader->renamed = false;
	enum status status = fifo_reader_move(reader, length);
	if (status != STATUS_OK || *length < 0)
		return status;
	reader->renamed = true;
	return *length == 0 ? fifo_reader_reopen(reader) : STATUS_OK;
}

static enum status fifo_reader_handle(struct fifo_reader *reader,
                                      enum fifo_reader_event event, ssize_t *length)
{
	switch (event) {
	case FIFO_READER_END: return fifo_reader_reopen(reader);
	case FIFO_READER_RENAMED: return fifo_reader_leave_renamed(reader, length);
	default: return fifo_reader_move(reader, length);
	}
}

static enum status fifo_reader_copy(struct fifo_reader *reader)
{
	enum fifo_reader_event event;
	enum status status;
	while ((status = fifo_reader_wait(reader, &event)) == STATUS_OK) {
		ssize_t length = 0;
		if (event == FIFO_READER_END && !reader->keep)
			break;
		status = fifo_reader_handle(reader, event, &length);
		if (status != STATUS_OK)
			break;
		if (length > 0)
			reader->bytes_read += length;
		if (event == FIFO_READER_TIMEOUT)
			return fifo_reader_report_timeout(reader, length);
	}
	return status;
}

static enum status fifo_reader_copy_watched(struct fifo_reader *reader)
{
	file_watch_begin(&reader->watch);
	fifo_reader_watch(reader);
	enum status status = fifo_reader_copy(reader);
	file_watch_end(&reader->watch);
	return status;
}

static bool fifo_reader_can_splice(void)
{
	struct stat st;
	return !output_is_variable() && fstat(STDOUT_FILENO, &st) == 0 &&
	       (S_ISFIFO(st.st_mode) || S_ISREG(st.st_mode));
}

static enum status fifo_reader_run(struct fifo_reader *reader)
{
	enum status status = output_begin(&reader->output);
	if (status == STATUS_OK)
		status = fifo_reader_open(reader->path, &reader->fd);
	if (status != STATUS_OK)
		return status;
	if (!output_is_variable() && file_is_same(reader->fd, STDOUT_FILENO))
		status = error_as(STATUS_FAILED, "%s: standard output is the FIFO itself",
		                  reader->path);
	else if (reader->keep)
		status = fifo_reader_copy_watched(reader);
	else
		status = fifo_reader_copy(reader);
	close(reader->fd);
	return status;
}

enum status fifo_read(const char *path, bool keep, const struct deadline *deadline)
{
	struct fifo_reader reader = {.path = path,
	                             .use_splice = fifo_reader_can_splice(),
	                             .deadline = deadline,
	                             .keep = keep,
	                             .watch.fd = -1};
	struct termsig termsig;
	termsig_begin(&termsig);
	return termsig_end(&termsig, fifo_reader_run(&reader));
}

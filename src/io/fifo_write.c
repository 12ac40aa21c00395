/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/frontend.h"
#include "base/syscall_timer.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/fifo_write.h"
#include "io/file.h"
#include "io/input.h"

/* The descriptor is non-blocking; base/deadline.h waits. */
struct fifo_writer {
	const char *path;
	int fd;
	long long written;
	struct deadline deadline;
};

/* ---------------------------------------------------------------------- open */

enum { OPEN_FLAGS = O_WRONLY | O_CLOEXEC | O_NOCTTY };

/*
 * Only an open(2) for writing meets a reader that waits in its open(2): poll(2) has no
 * descriptor yet, and inotify(7) reports the reader's open(2) after it has succeeded.
 */
static int fifo_writer_open_blocking(const char *path, const struct deadline *deadline)
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

static enum status fifo_writer_report_open_error(const char *path)
{
	switch (errno) {
	case ENXIO:
		return error_as(STATUS_WOULD_BLOCK, "%s: no reader has the FIFO open",
		                path);
	case ETIMEDOUT:
		return error_as(STATUS_TIMED_OUT,
		                "%s: timed out: no reader has the FIFO open", path);
	default: return file_open_error(S_IFIFO, path);
	}
}

static enum status fifo_writer_open(struct fifo_writer *writer)
{
	const char *path = writer->path;
	enum status status = file_check_type(S_IFIFO, path, -1);
	if (status != STATUS_OK)
		return status;
	int fd = open(path, OPEN_FLAGS | O_NONBLOCK);
	if (fd < 0 && errno == ENXIO && writer->deadline.timeout.kind != TIMEOUT_ZERO)
		fd = fifo_writer_open_blocking(path, &writer->deadline);
	if (fd < 0)
		return fifo_writer_report_open_error(path);
	writer->fd = fd;
	status = file_check_type(S_IFIFO, path, fd);
	if (status != STATUS_OK)
		close(fd);
	return status;
}

/* --------------------------------------------------------------------- write */

static enum status fifo_writer_report_write_error(const struct fifo_writer *writer)
{
	char after[48] = "";
	if (writer->written > 0)
		snprintf(after, sizeof after, " after %lld bytes", writer->written);
	switch (errno) {
	case EPIPE:
		return error_as(STATUS_FAILED,
		                "%s: the reader closed the FIFO after %lld bytes",
		                writer->path, writer->written);
	case EAGAIN:
		return error_as(STATUS_WOULD_BLOCK, "%s: the FIFO is full%s",
		                writer->path, after);
	case ETIMEDOUT:
		return error_as(STATUS_TIMED_OUT, "%s: timed out: the FIFO is full%s",
		                writer->path, after);
	default: return error_errno("%s%s", writer->path, after);
	}
}

/* 0, or -1 with errno as deadline_poll() sets it. */
static int fifo_writer_wait_for_room(const struct fifo_writer *writer)
{
	struct pollfd room = {.fd = writer->fd, .events = POLLOUT};
	return deadline_poll(&writer->deadline, &room, 1);
}

/* pipe(7): up to PIPE_BUF bytes are written completely or not at all. */
static enum status fifo_writer_write_bytes(struct fifo_writer *writer, const char *bytes,
                                           size_t length)
{
	while (length > 0) {
		ssize_t part = write(writer->fd, bytes, length);
		if (part < 0 && errno != EAGAIN && errno != EINTR)
			return fifo_writer_report_write_error(writer);
		if (part < 0 && fifo_writer_wait_for_room(writer) < 0)
			return fifo_writer_report_write_error(writer);
		if (part < 0)
			continue;
		writer->written += part;
		bytes += part;
		length -= (size_t)part;
	}
	return STATUS_OK;
}

static enum status fifo_writer_report_input_error(const struct fifo_writer *writer)
{
	enum status status =
	    error_errno("standard input: after %lld bytes were written to %s",
	                writer->written, writer->path);
	return status_signal_or_failed(status);
}

static enum status fifo_writer_write_input(struct fifo_writer *writer,
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
			return fifo_writer_report_input_error(writer);
		if (length == 0)
			break;
		/* a slow input must not use up the time: each block has the whole timeout
		 */
		writer->deadline = deadline_start(timeout);
		status = fifo_writer_write_bytes(writer, block, (size_t)length);
	}
	return status;
}

static enum status fifo_writer_run(const char *path, const char *text,
                                   struct timeout timeout)
{
	struct fifo_writer writer = {.path = path, .deadline = deadline_start(timeout)};
	enum status status = fifo_writer_open(&writer);
	if (status != STATUS_OK)
		return status;
	status = text != NULL ? fifo_writer_write_bytes(&writer, text, strlen(text))
	                      : fifo_writer_write_input(&writer, timeout);
	close(writer.fd);
	return status;
}

enum status fifo_write(const char *path, const char *text, struct timeout timeout)
{
	/* it holds nothing that could be put back: a signal may terminate the program,
	 * but must not terminate a shell */
	struct termsig termsig;
	if (!frontend_is_builtin())
		return fifo_writer_run(path, text, timeout);
	termsig_begin(&termsig);
	return termsig_end(&termsig, fifo_writer_run(path, text, timeout));
}

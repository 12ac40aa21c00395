/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/json.h"
#include "io/record.h"
#include "pool/job_log.h"
#include "pool/job_report.h"

enum { JOB_LOG_LINE_MAX = 512 + 6 * JOB_EXCERPT_MAX };

enum status job_log_begin(struct job_log *log, const char *path)
{
	/* O_NONBLOCK: a FIFO without a reader is an error (ENXIO), nothing to wait for;
	 * for one that is full see wait_until_writable() */
	int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	log->path = path;
	log->fd = open(path, flags, 0600);
	return log->fd >= 0 ? STATUS_OK : error_errno_as(STATUS_FAILED, "%s", path);
}

void job_log_end(struct job_log *log)
{
	if (log->fd >= 0)
		close(log->fd);
	log->fd = -1;
}

static const struct record_column columns[] = {
    {"start", 0},  {"seconds", 0}, {"try", 0},      {"status", 0},
    {"signal", 0}, {"size", 0},    {"priority", 0}, {"text", 0},
    {"result", 0}, {"reason", 0},  {NULL, 0},
};

static size_t format_line(char line[JOB_LOG_LINE_MAX], const struct job *job,
                          const struct job_outcome *outcome)
{
	static const char *const results[] = {[JOB_DONE] = "done",
	                                      [JOB_PUT_BACK] = "put back",
	                                      [JOB_GIVEN_UP] = "given up"};
	struct record record;
	bool signaled = WIFSIGNALED(outcome->wait_status);
	record_begin(&record, columns, true);
	record_seconds(&record, job->started_at);
	record_seconds(
	    &record, job->limit.started > 0 ? deadline_clock() - job->limit.started : 0);
	record_number(&record, job->attempts);
	record_count(&record, signaled ? -1 : WEXITSTATUS(outcome->wait_status));
	record_count(&record, signaled ? WTERMSIG(outcome->wait_status) : -1);
	record_number(&record, (int64_t)job->length);
	record_number(&record, job->priority);
	record_data(&record, job->bytes, job_excerpt_length(job));
	record_text(&record, results[outcome->result]);
	record_text(&record, outcome->reason);
	return record_store(&record, line);
}

static bool is_termination_pending(void)
{
	sigset_t pending;
	bool found = false;
	sigpending(&pending);
	for (int i = 0; i < TERMSIG_COUNT; i++)
		found |= sigismember(&pending, termsig_numbers[i]) == 1;
	return found;
}

/*
 * A pipe is full: wait for its reader. 0, or -1 with errno EAGAIN after a termination
 * signal. The pool has blocked these to read them itself, which it cannot do here.
 */
static int wait_until_writable(int fd)
{
	enum { MILLISECONDS = 100 };
	struct pollfd writable = {.fd = fd, .events = POLLOUT};
	int ready = 0;
	while (ready == 0 && !is_termination_pending()) {
		ready = poll(&writable, 1, MILLISECONDS);
		if (ready < 0 && errno == EINTR)
			ready = 0;
	}
	if (ready == 0)
		errno = EAGAIN;
	return ready > 0 ? 0 : -1;
}

/* 0, or -1 with errno. The rest of a line that was written in part follows it. */
static int write_line(int fd, const char *line, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, line, length);
		if (written < 0 && errno == EAGAIN && wait_until_writable(fd) == 0)
			continue;
		if (written < 0 && errno != EINTR)
			return -1;
		line += written > 0 ? written : 0;
		length -= written > 0 ? (size_t)written : 0;
	}
	return 0;
}

enum status job_log_append(const struct job_log *log, const char *queue,
                           const struct job *job, const struct job_outcome *outcome)
{
	char line[JOB_LOG_LINE_MAX];
	if (log->fd < 0)
		return STATUS_OK;
	if (write_line(log->fd, line, format_line(line, job, outcome)) == 0)
		return STATUS_OK;
	return job_report_error(STATUS_RUN_ERROR, queue, job,
	                        "not in the job log: %s: %s", log->path,
	                        errno == EAGAIN ? "the pipe is full" : error_text(errno));
}

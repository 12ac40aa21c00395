/* SPDX-License-Identifier: MIT */
/*
 * Adding to eventfds, reading and waiting.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/syscall_timer.h"
#include "base/termsig.h"
#include "eventfd/eventfd.h"
#include "io/error.h"
#include "io/output.h"
#include "io/shell_variable.h"

/* <linux/fs.h>, which a musl tool chain does not have. */
enum { RWF_NOWAIT_FLAG = 8 };

/* ---------------------------------------- a read or write that does not wait */

enum eventfd_operation { OPERATION_ADD, OPERATION_READ };

static int perform_operation(int fd, enum eventfd_operation operation, uint64_t *value)
{
	ssize_t length = operation == OPERATION_ADD ? write(fd, value, sizeof *value)
	                                            : read(fd, value, sizeof *value);
	if (length < 0 && errno == EINTR)
		errno = EAGAIN;
	return length < 0 ? -1 : 0;
}

/*
 * 0, or -1 with EAGAIN if it would wait, ETIME if no timer is available.
 *
 * No write on an eventfd whose flags must not be changed is sure not to wait:
 * pwritev2(RWF_NOWAIT) is refused, and poll(2) only reports that 1 fits. So the call may
 * block, and a timer interrupts it. The kernel adds all or nothing, and looks at signals
 * only if it does not fit: an interrupted call has added nothing.
 */
static int perform_operation_now(int fd, enum eventfd_operation operation,
                                 uint64_t *value)
{
	struct syscall_timer timer;
	if (syscall_timer_begin_brief(&timer) < 0) {
		errno = ETIME;
		return -1;
	}
	int result = perform_operation(fd, operation, value);
	syscall_timer_end(&timer);
	return result;
}

/* A wait without limit needs no timer; every other one does. */
static int perform_operation_until(int fd, enum eventfd_operation operation,
                                   uint64_t *value, const struct deadline *deadline)
{
	int result = perform_operation_now(fd, operation, value);
	if (result < 0 && errno == ETIME && deadline->timeout.kind == TIMEOUT_NONE)
		result = perform_operation(fd, operation, value);
	return result;
}

/* ------------------------------------------------------------ add, read, wait */

/* An epoll instance of its own reports every read, also while 1 always fits. */
static int open_read_epoll(const struct eventfd *event)
{
	struct epoll_event reads = {.events = EPOLLOUT | EPOLLET};
	int fd = epoll_create1(EPOLL_CLOEXEC);
	if (fd >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, event->fd, &reads) < 0) {
		fd_close_keep_errno(fd);
		return -1;
	}
	return fd;
}

static int wait_for_eventfd_read(struct pollfd *watch, const struct eventfd *event,
                                 const struct deadline *deadline)
{
	struct epoll_event read_seen;
	if (watch->fd < 0)
		watch->fd = open_read_epoll(event);
	if (watch->fd < 0 || deadline_poll(deadline, watch, 1) < 0)
		return -1;
	return epoll_wait(watch->fd, &read_seen, 1, 0) < 0 && errno != EINTR ? -1 : 0;
}

/*
 * Does n fit for certain? Others may add between this look and the write: only 2^63 at
 * once would make it wait, half of what an eventfd can hold. That there is nothing to
 * read, a counter of 0, is known for a tenth of what the counter costs.
 */
static bool fits_with_half_to_spare(const struct eventfd *event, uint64_t n)
{
	struct pollfd counted = {.fd = event->fd, .events = POLLIN};
	uint64_t count, half = eventfd_max / 2;
	if (n <= half && poll(&counted, 1, 0) == 0)
		return true;
	return eventfd_count(event, &count) && count <= half && n <= half - count;
}

static int add_until(const struct eventfd *event, uint64_t n,
                     const struct deadline *deadline)
{
	struct pollfd watch = {.fd = -1, .events = POLLIN};
	int result;
	if (fits_with_half_to_spare(event, n) &&
	    perform_operation(event->fd, OPERATION_ADD, &n) == 0)
		return 0;
	do
		result = perform_operation_until(event->fd, OPERATION_ADD, &n, deadline);
	while (result < 0 && errno == EAGAIN && deadline->timeout.kind != TIMEOUT_ZERO &&
	       wait_for_eventfd_read(&watch, event, deadline) == 0);
	fd_close_keep_errno(watch.fd);
	return result;
}

enum status eventfd_add(const struct eventfd *event, uint64_t n,
                        const struct deadline *deadline)
{
	if (add_until(event, n, deadline) == 0)
		return STATUS_OK;
	bool timed_out = errno == ETIMEDOUT;
	if (errno != EAGAIN && !timed_out)
		return error_errno("%s", event->name);
	return error_as(timed_out ? STATUS_TIMED_OUT : STATUS_WOULD_BLOCK,
	                "%s: %s: adding %llu would exceed %llu", event->name,
	                timed_out ? "timed out" : "would block", (unsigned long long)n,
	                (unsigned long long)eventfd_max);
}

static enum status report_read_error(const struct eventfd *event)
{
	if (errno == EPIPE)
		return STATUS_SIGPIPE;
	if (errno == EAGAIN)
		return error_as(STATUS_WOULD_BLOCK, "%s: would block: the counter is 0",
		                event->name);
	if (errno == ETIMEDOUT)
		return error_as(STATUS_TIMED_OUT, "%s: timed out: the counter is 0",
		                event->name);
	return error_errno("%s", event->name);
}

enum status eventfd_wait(const struct eventfd *event, const struct deadline *deadline)
{
	return deadline_poll_fd(deadline, event->fd, POLLIN, -1) < 0
	           ? report_read_error(event)
	           : STATUS_OK;
}

/* A read that fails with EAGAIN if the counter is 0, whatever the flags are. */
static int read_counter_now(int fd, uint64_t *value)
{
	struct iovec part = {.iov_base = value, .iov_len = sizeof *value};
	/* offset -1: the current position, as read(2); musl has no preadv2 */
	if (syscall(SYS_preadv2, fd, &part, 1, -1L, -1L, RWF_NOWAIT_FLAG) >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL)
		return -1;
	/* Linux before 5.8: no RWF_NOWAIT on eventfds */
	return perform_operation_now(fd, OPERATION_READ, value);
}

static int read_counter(const struct eventfd *event, uint64_t *value,
                        const struct deadline *deadline, int reader)
{
	/* another reader may be faster between the two */
	while (read_counter_now(event->fd, value) < 0)
		if (errno != EAGAIN ||
		    deadline_poll_fd(deadline, event->fd, POLLIN, reader) < 0)
			return -1;
	return 0;
}

/* -------------------------------------------------------------------- read */

/* Standard output failed with errno after n was read. */
static enum status restore_counter(const struct eventfd *event, uint64_t n)
{
	/* a counter that others have filled since: wait a moment for a reader */
	struct output_failure failure = output_failure();
	struct deadline deadline = deadline_in(1000000000);
	bool lost = add_until(event, n, &deadline) < 0;
	/* no timer: the write waits only if other processes have filled it since */
	if (lost && errno == ETIME)
		lost = perform_operation(event->fd, OPERATION_ADD, &n) < 0;
	if (lost || failure.status == STATUS_FAILED)
		error_as(failure.status, "%s: %s; %llu %s", failure.name, failure.reason,
		         (unsigned long long)n,
		         lost ? "is lost: it cannot be put back" : "was put back");
	return failure.status;
}

static enum status read_and_print_counter(const struct eventfd *event,
                                          const struct deadline *deadline,
                                          struct output *output)
{
	uint64_t n = 0;
	char line[24];
	size_t written;
	if (read_counter(event, &n, deadline, output->reader) < 0)
		return report_read_error(event);
	int length = snprintf(line, sizeof line, "%llu\n", (unsigned long long)n);
	if (output_try_write(output, line, (size_t)length, &written) < 0)
		return restore_counter(event, n);
	return STATUS_OK;
}

enum status eventfd_read_and_print(const struct eventfd *event,
                                   const struct deadline *deadline)
{
	struct output output;
	struct termsig termsig;
	enum status status = output_begin(&output);
	if (status != STATUS_OK)
		return status;
	termsig_block(&termsig);
	status = read_and_print_counter(event, deadline, &output);
	return shell_variable_status(status, termsig_end(&termsig, status));
}

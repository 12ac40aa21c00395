/*
 * Adding to eventfds, reading and waiting. See eventfd/eventfd.h.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/termsig.h"
#include "eventfd/eventfd.h"
#include "io/output.h"
#include "io/report.h"

/* <linux/fs.h>, which a musl tool chain does not bring along. */
enum { RWF_NOWAIT_FLAG = 8 };

/* ---------------------------------------- a read or write that does not wait */

/*
 * There is no write that does not wait on an eventfd whose flags are not ours to
 * change: pwritev2(RWF_NOWAIT) is refused, and poll(2) only tells that 1 fits. So
 * the call may block, and a timer's signal ends it after a moment. The kernel
 * adds all or nothing, and looks at signals only where it does not fit:
 * an interrupted call has added nothing. The timer fires again and again,
 * in case the first time comes before the call has begun.
 */
struct ticker {
	int timer; /* the kernel's own: a library's brings its threads along */
	int signal;
	struct sigaction action;
	sigset_t mask;
};

static void do_nothing(int signal)
{
	(void)signal;
}

/* The last real-time signal that nobody has a handler for. */
static int unused_signal(void)
{
	enum { LAST = 64, FIRST = 35 };
	struct sigaction action;
	for (int signal = LAST; signal > FIRST; signal--)
		if (sigaction(signal, NULL, &action) == 0 &&
		    (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN))
			return signal;
	return FIRST;
}

static void ticker_stop(struct ticker *ticker)
{
	syscall(SYS_timer_delete, ticker->timer);
	sigprocmask(SIG_SETMASK, &ticker->mask, NULL);
	sigaction(ticker->signal, &ticker->action, NULL);
}

static int ticker_start(struct ticker *ticker)
{
	static const struct timespec moment = {.tv_nsec = 1000000};
	struct itimerspec times = {.it_value = moment, .it_interval = moment};
	struct sigaction action = {.sa_handler = do_nothing};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL};
	event.sigev_signo = ticker->signal = unused_signal();
	if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &ticker->timer) < 0)
		return -1;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, ticker->signal);
	sigaction(ticker->signal, &action, &ticker->action);
	sigprocmask(SIG_UNBLOCK, &set, &ticker->mask);
	if (syscall(SYS_timer_settime, ticker->timer, 0, &times, NULL) == 0)
		return 0;
	ticker_stop(ticker);
	return -1;
}

enum direction { ADDING, TAKING };

static int transfer(int fd, enum direction direction, uint64_t *value)
{
	ssize_t length = direction == ADDING ? write(fd, value, sizeof *value)
	                                     : read(fd, value, sizeof *value);
	if (length < 0 && errno == EINTR)
		errno = EAGAIN;
	return length < 0 ? -1 : 0;
}

/* 0, or -1 with EAGAIN where it would wait, or without a timer ETIME. */
static int transfer_now(int fd, enum direction direction, uint64_t *value)
{
	struct ticker ticker;
	if (ticker_start(&ticker) < 0) {
		errno = ETIME;
		return -1;
	}
	int result = transfer(fd, direction, value);
	int error = errno;
	ticker_stop(&ticker);
	errno = error;
	return result;
}

/* Who waits for ever anyway needs no timer; all others cannot do without. */
static int transfer_until(int fd, enum direction direction, uint64_t *value,
                          const struct deadline *deadline)
{
	int result = transfer_now(fd, direction, value);
	if (result < 0 && errno == ETIME && deadline->patience.kind == FOR_EVER)
		result = transfer(fd, direction, value);
	return result;
}

/* ------------------------------------------------------------ add, take, wait */

/* An epoll of our own tells of every read, also where 1 fits all the time. */
static int watch_reads(const struct event *event)
{
	struct epoll_event reads = {.events = EPOLLOUT | EPOLLET};
	int fd = epoll_create1(EPOLL_CLOEXEC);
	if (fd >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, event->fd, &reads) < 0) {
		fd_close_keep_errno(fd);
		return -1;
	}
	return fd;
}

static int wait_for_read(struct pollfd *watch, const struct event *event,
                         const struct deadline *deadline)
{
	struct epoll_event read_seen;
	if (watch->fd < 0)
		watch->fd = watch_reads(event);
	if (watch->fd < 0 || deadline_poll(deadline, watch, 1) < 0)
		return -1;
	return epoll_wait(watch->fd, &read_seen, 1, 0) < 0 && errno != EINTR ? -1 : 0;
}

static int try_add(const struct event *event, uint64_t n, const struct deadline *deadline)
{
	struct pollfd watch = {.fd = -1, .events = POLLIN};
	int result;
	do
		result = transfer_until(event->fd, ADDING, &n, deadline);
	while (result < 0 && errno == EAGAIN && deadline->patience.kind != NOT_AT_ALL &&
	       wait_for_read(&watch, event, deadline) == 0);
	fd_close_keep_errno(watch.fd);
	return result;
}

enum status event_add(const struct event *event, uint64_t n,
                      const struct deadline *deadline)
{
	if (try_add(event, n, deadline) == 0)
		return STATUS_DONE;
	bool timed_out = errno == ETIMEDOUT;
	if (errno != EAGAIN && !timed_out)
		return fail("%s", event->name);
	return fail_as(timed_out ? STATUS_TIMED_OUT : STATUS_NOT_NOW,
	               "%s: %sadding %llu would%s pass %llu", event->name,
	               timed_out ? "timed out: " : "", (unsigned long long)n,
	               timed_out ? " still" : "", (unsigned long long)event_max);
}

static enum status take_failed(const struct event *event)
{
	if (errno == EPIPE)
		return STATUS_READER_GONE;
	if (errno == EAGAIN)
		return fail_as(STATUS_NOT_NOW, "%s: the counter is 0", event->name);
	if (errno == ETIMEDOUT)
		return fail_as(STATUS_TIMED_OUT, "%s: timed out: the counter is still 0",
		               event->name);
	return fail("%s", event->name);
}

enum status event_wait(const struct event *event, const struct deadline *deadline)
{
	return deadline_ready(deadline, event->fd, POLLIN, -1) < 0 ? take_failed(event)
	                                                           : STATUS_DONE;
}

/* A read that fails with EAGAIN where there is nothing, whatever the flags are. */
static int take_now(int fd, uint64_t *value)
{
	struct iovec part = {.iov_base = value, .iov_len = sizeof *value};
	/* offset -1: where a read would read; musl has no preadv2 */
	if (syscall(SYS_preadv2, fd, &part, 1, -1L, -1L, RWF_NOWAIT_FLAG) >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL)
		return -1;
	/* Linux before 5.8: eventfds know no RWF_NOWAIT */
	return transfer_now(fd, TAKING, value);
}

static int take(const struct event *event, uint64_t *value,
                const struct deadline *deadline, int reader)
{
	/* who is ready may be too late: another reader was faster */
	while (take_now(event->fd, value) < 0)
		if (errno != EAGAIN ||
		    deadline_ready(deadline, event->fd, POLLIN, reader) < 0)
			return -1;
	return 0;
}

/* -------------------------------------------------------------------- read */

/* Standard output failed with errno while n was in hand. */
static enum status put_back(const struct event *event, uint64_t n)
{
	/* where a reader makes room meanwhile, a full counter is worth a moment */
	static const struct patience moment = {.kind = AT_MOST,
	                                       .nanoseconds = 1000000000};
	int error = errno;
	bool interrupted = error == EINTR && interrupt_pending() != 0;
	enum status status = interrupted      ? STATUS_SIGNAL
	                     : error == EPIPE ? STATUS_READER_GONE
	                                      : STATUS_FAILED;
	struct deadline deadline = deadline_after(moment);
	bool lost = try_add(event, n, &deadline) < 0;
	if (lost || status == STATUS_FAILED)
		fail_as(status, "standard output: %s; %llu %s",
		        interrupted ? "interrupted" : error_text(error),
		        (unsigned long long)n,
		        lost ? "is lost, it cannot be added again" : "was put back");
	return status;
}

static enum status take_and_print(const struct event *event,
                                  const struct deadline *deadline, struct output *output)
{
	uint64_t n = 0;
	char line[24];
	size_t written;
	if (take(event, &n, deadline, output->reader) < 0)
		return take_failed(event);
	int length = snprintf(line, sizeof line, "%llu\n", (unsigned long long)n);
	if (output_try(output, line, (size_t)length, &written) < 0)
		return put_back(event, n);
	return STATUS_DONE;
}

enum status event_read(const struct event *event, const struct deadline *deadline)
{
	struct output output;
	struct interrupt interrupt;
	enum status status = output_begin(&output);
	if (status != STATUS_DONE)
		return status;
	interrupt_begin(&interrupt);
	status = take_and_print(event, deadline, &output);
	return interrupt_end(&interrupt, status);
}

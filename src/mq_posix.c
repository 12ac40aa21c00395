/*
 * POSIX message queues, on descriptors of the kernel's mqueue file system.
 * No mount of it is needed.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "interrupt.h"
#include "mq.h"
#include "report.h"

/* A number from /proc/sys/fs/mqueue, -1 where it cannot be read. */
static int64_t kernel_limit(const char *limit)
{
	char path[64], text[32];
	snprintf(path, sizeof path, "/proc/sys/fs/mqueue/%s", limit);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t length = read(fd, text, sizeof text - 1);
	close(fd);
	if (length <= 0)
		return -1;
	text[length] = '\0';
	return strtoll(text, NULL, 10);
}

/* mq_overview(7): what a queue counts against RLIMIT_MSGQUEUE, on 64 bit. */
static int64_t queue_cost(int64_t depth, int64_t size)
{
	enum { PER_MESSAGE = 48, PER_PRIORITY = 48 };
	int64_t nodes = depth < PRIORITY_MAX + 1 ? depth : PRIORITY_MAX + 1;
	return depth * (size + PER_MESSAGE) + nodes * PER_PRIORITY;
}

/* The kernel's EINVAL, EMFILE and ENOSPC say little: name the limit and the sum. */
static enum status create_failed(const struct name *name, const struct mq_attr *attr)
{
	int error = errno;
	int64_t depth_max = kernel_limit("msg_max");
	int64_t size_max = kernel_limit("msgsize_max");
	if (error == EINVAL && depth_max >= 0 && attr->mq_maxmsg > depth_max)
		return fail_as(STATUS_FAILED,
		               "%s: %lld messages is more than fs.mqueue.msg_max (%lld)",
		               name->text, (long long)attr->mq_maxmsg,
		               (long long)depth_max);
	if (error == EINVAL && size_max >= 0 && attr->mq_msgsize > size_max)
		return fail_as(STATUS_FAILED,
		               "%s: messages of %lld bytes are more than "
		               "fs.mqueue.msgsize_max (%lld)",
		               name->text, (long long)attr->mq_msgsize,
		               (long long)size_max);
	struct rlimit limit;
	if (error == EMFILE && getrlimit(RLIMIT_MSGQUEUE, &limit) == 0) {
		int64_t cost = queue_cost(attr->mq_maxmsg, attr->mq_msgsize);
		return fail_as(
		    STATUS_FAILED,
		    "%s: a queue of %lld bytes would pass RLIMIT_MSGQUEUE (%llu "
		    "for all queues of this user)",
		    name->text, (long long)cost, (unsigned long long)limit.rlim_cur);
	}
	if (error == ENOSPC)
		return fail_as(
		    STATUS_FAILED,
		    "%s: there are as many queues as fs.mqueue.queues_max (%lld) "
		    "allows",
		    name->text, (long long)kernel_limit("queues_max"));
	errno = error;
	return fail("%s", name->text);
}

/*
 * The defaults must be given with the limits in mind: mq_open(3) with a NULL
 * attr uses the smaller of fs.mqueue.msg_default and msg_max.
 */
static long shape_or_default(int64_t wanted, const char *standard, const char *maximum,
                             long otherwise)
{
	if (wanted != 0)
		return (long)wanted;
	int64_t value = kernel_limit(standard);
	int64_t limit = kernel_limit(maximum);
	if (value < 0)
		return otherwise;
	return (long)(limit >= 0 && limit < value ? limit : value);
}

enum status queue_create(const struct name *name, const struct queue_shape *shape,
                         mode_t mode)
{
	struct mq_attr attr = {
	    .mq_maxmsg = shape_or_default(shape->depth, "msg_default", "msg_max", 10),
	    .mq_msgsize =
	        shape_or_default(shape->size, "msgsize_default", "msgsize_max", 8192),
	};
	/* Without a umask the bits are exact at once: no moment with fewer. */
	mode_t mask = umask(0);
	mqd_t fd =
	    mq_open(name->text, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode, &attr);
	umask(mask);
	if (fd == (mqd_t)-1)
		return create_failed(name, &attr);
	mq_close(fd);
	return STATUS_DONE;
}

enum status queue_open(struct queue *queue, const struct name *name,
                       enum queue_access access)
{
	static const int flags[] = {
	    [QUEUE_SEND] = O_WRONLY, [QUEUE_RECEIVE] = O_RDWR, [QUEUE_LOOK] = O_RDONLY};
	*queue = (struct queue){.name = name, .fd = -1, .may_send = access != QUEUE_LOOK};
	mqd_t fd = mq_open(name->text, flags[access] | O_CLOEXEC);
	if (fd == (mqd_t)-1 && errno == EACCES && access == QUEUE_RECEIVE) {
		queue->may_send = false;
		fd = mq_open(name->text, O_RDONLY | O_CLOEXEC);
	}
	if (fd == (mqd_t)-1)
		return fail("%s", name->text);
	struct mq_attr attr;
	if (mq_getattr(fd, &attr) < 0) {
		enum status status = fail("%s", name->text);
		mq_close(fd);
		return status;
	}
	queue->fd = (int)fd;
	queue->depth = attr.mq_maxmsg;
	queue->size = attr.mq_msgsize;
	return STATUS_DONE;
}

void queue_close(struct queue *queue)
{
	if (queue->fd >= 0)
		mq_close((mqd_t)queue->fd);
	queue->fd = -1;
}

/* mq_overview(7): "QSIZE:129 NOTIFY:2 SIGNO:0 NOTIFY_PID:8260", read from the descriptor.
 */
static int64_t status_field(const char *text, const char *field)
{
	const char *found = strstr(text, field);
	return found != NULL ? strtoll(found + strlen(field), NULL, 10) : 0;
}

enum status queue_facts(const struct queue *queue, struct queue_facts *facts)
{
	struct stat st;
	struct mq_attr attr;
	char text[128];
	if (fstat(queue->fd, &st) < 0 || mq_getattr((mqd_t)queue->fd, &attr) < 0)
		return fail("%s", queue->name->text);
	ssize_t length = pread(queue->fd, text, sizeof text - 1, 0);
	if (length < 0)
		return fail("%s", queue->name->text);
	text[length] = '\0';
	*facts = (struct queue_facts){
	    .mode = st.st_mode & 07777,
	    .uid = st.st_uid,
	    .gid = st.st_gid,
	    .depth = attr.mq_maxmsg,
	    .size = attr.mq_msgsize,
	    .messages = attr.mq_curmsgs,
	    .bytes = status_field(text, "QSIZE:"),
	    .notify = (pid_t)status_field(text, "NOTIFY_PID:"),
	};
	return STATUS_DONE;
}

enum status queue_unlink(const struct name *name, bool missing_is_fine)
{
	if (mq_unlink(name->text) == 0 || (errno == ENOENT && missing_is_fine))
		return STATUS_DONE;
	return fail("%s", name->text);
}

/*
 * The timeout of mq_timedsend(3) and mq_timedreceive(3) is a moment of
 * CLOCK_REALTIME, which can be set; so they only wait here where there is no
 * timeout, and a timed wait is a poll by CLOCK_MONOTONIC. A moment that has
 * passed makes them fail with ETIMEDOUT at once, where they would block.
 */
static const struct timespec passed = {0};

static const time_t far_future = 1LL << 40;

/* How to call one of the two: with a timeout that a signal cuts short. */
static const struct timespec *call_timeout(bool may_block, struct timespec *fallback)
{
	if (!may_block)
		return &passed;
	return interrupt_timeout((struct timespec){.tv_sec = far_future}, fallback);
}

/*
 * After a call that did not succeed: 0 to try again, -1 with errno. A call
 * that may block only ends with ETIMEDOUT or EINTR because of a signal.
 */
static int try_again(const struct queue *queue, short events, bool *may_block,
                     const struct deadline *deadline)
{
	if (errno != ETIMEDOUT && errno != EINTR)
		return -1;
	if (interrupt_pending() != 0) {
		errno = EINTR;
		return -1;
	}
	if (deadline->patience.kind == FOR_EVER) {
		*may_block = true;
		return 0;
	}
	struct pollfd ready = {.fd = queue->fd, .events = events};
	return deadline_poll(deadline, &ready, 1) < 0 ? -1 : 0;
}

/* libc's wrappers may copy the timeout; see interrupt_timeout(). */
int queue_send(const struct queue *queue, const void *message, size_t length,
               unsigned priority, const struct deadline *deadline)
{
	bool may_block = false;
	struct timespec fallback;
	do {
		if (syscall(SYS_mq_timedsend, queue->fd, message, length, priority,
		            call_timeout(may_block, &fallback)) == 0)
			return 0;
	} while (try_again(queue, POLLOUT, &may_block, deadline) == 0);
	return -1;
}

ssize_t queue_receive(const struct queue *queue, void *buffer, unsigned *priority,
                      const struct deadline *deadline)
{
	bool may_block = false;
	struct timespec fallback;
	do {
		long length =
		    syscall(SYS_mq_timedreceive, queue->fd, buffer, (size_t)queue->size,
		            priority, call_timeout(may_block, &fallback));
		if (length >= 0)
			return length;
	} while (try_again(queue, POLLIN, &may_block, deadline) == 0);
	return -1;
}

enum status queue_failed(const struct queue *queue, enum queue_action action)
{
	const char *name = queue->name->text;
	const char *state = action == QUEUE_SENDING ? "full" : "empty";
	if (errno == EAGAIN)
		return fail_as(STATUS_NOT_NOW, "%s: the queue is %s", name, state);
	if (errno == ETIMEDOUT)
		return fail_as(STATUS_TIMED_OUT, "%s: timed out: the queue is still %s",
		               name, state);
	return fail("%s", name);
}

enum status queue_too_long(const struct queue *queue, size_t length)
{
	return fail_as(STATUS_FAILED,
	               "%s: message of %zu bytes is longer than this queue's %lld",
	               queue->name->text, length, (long long)queue->size);
}

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
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/procfs.h"
#include "base/termsig.h"
#include "base/value.h"
#include "io/report.h"
#include "queue/family.h"

enum { PRIORITY_MAX = 32767 }; /* MQ_PRIO_MAX, without it */

/*
 * What a queue counts against RLIMIT_MSGQUEUE (getrlimit(2)), on 64 bit: the
 * messages, a msg_msg for each, and a tree node for each priority there may be.
 */
static int64_t queue_cost(const struct mq_attr *attr)
{
	enum { PER_MESSAGE = 48, PER_PRIORITY = 48 };
	int64_t depth = attr->mq_maxmsg;
	int64_t nodes = depth < PRIORITY_MAX + 1 ? depth : PRIORITY_MAX + 1;
	return depth * (attr->mq_msgsize + PER_MESSAGE) + nodes * PER_PRIORITY;
}

/* EMFILE means this process's descriptors, or this user's RLIMIT_MSGQUEUE. */
static bool descriptors_left(void)
{
	int fd = open("/", O_PATH | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The kernel's EINVAL, EMFILE and ENOSPC say little: name the limit and the sum. */
static enum status create_failed(const struct name *name, const struct mq_attr *attr)
{
	int error = errno;
	int64_t depth_max = limit_of("fs/mqueue/msg_max");
	int64_t size_max = limit_of("fs/mqueue/msgsize_max");
	struct rlimit limit;
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
	if (error == EMFILE && descriptors_left() &&
	    getrlimit(RLIMIT_MSGQUEUE, &limit) == 0)
		return fail_as(STATUS_FAILED,
		               "%s: a queue of %lld bytes (%lld messages of %lld) would "
		               "pass RLIMIT_MSGQUEUE (%llu for all queues of this user)",
		               name->text, (long long)queue_cost(attr),
		               (long long)attr->mq_maxmsg, (long long)attr->mq_msgsize,
		               (unsigned long long)limit.rlim_cur);
	if (error == ENOSPC)
		return fail_as(STATUS_FAILED,
		               "%s: there are as many queues as fs.mqueue.queues_max "
		               "(%lld) allows",
		               name->text, (long long)limit_of("fs/mqueue/queues_max"));
	errno = error;
	return fail("%s", name->text);
}

/* mq_overview(7): the default is the smaller of msg_default and msg_max. */
static long shape_or_default(int64_t wanted, const char *standard, const char *maximum,
                             long otherwise)
{
	if (wanted != 0)
		return (long)wanted;
	int64_t value = limit_of(standard);
	int64_t limit = limit_of(maximum);
	if (value < 0)
		return otherwise;
	return (long)(limit >= 0 && limit < value ? limit : value);
}

static struct mq_attr attributes(const struct queue_shape *shape)
{
	return (struct mq_attr){
	    .mq_maxmsg = shape_or_default(shape->depth, "fs/mqueue/msg_default",
	                                  "fs/mqueue/msg_max", 10),
	    .mq_msgsize = shape_or_default(shape->size, "fs/mqueue/msgsize_default",
	                                   "fs/mqueue/msgsize_max", 8192),
	};
}

/* The new queue's descriptor, or -1. */
static mqd_t create_new(const struct name *name, struct mq_attr *attr, mode_t mode)
{
	/* Without a umask the bits are exact at once: no moment with fewer. */
	mode_t mask = umask(0);
	mqd_t fd = mq_open(name->text, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode, attr);
	umask(mask);
	return fd;
}

/* Open with the most that is permitted of what the access asks for: -1 with errno. */
static int open_queue(struct queue *queue, const struct name *name,
                      enum queue_access access)
{
	static const struct {
		int flags, otherwise;
	} ways[] = {[QUEUE_SEND] = {O_WRONLY, O_WRONLY},
	            [QUEUE_RECEIVE] = {O_RDWR, O_RDONLY},
	            [QUEUE_LOOK] = {O_RDONLY, O_WRONLY}};
	int flags = ways[access].flags;
	mqd_t fd = mq_open(name->text, flags | O_CLOEXEC);
	if (fd == (mqd_t)-1 && errno == EACCES && ways[access].otherwise != flags) {
		flags = ways[access].otherwise;
		fd = mq_open(name->text, flags | O_CLOEXEC);
	}
	struct mq_attr attr = {0};
	if (fd == (mqd_t)-1)
		return -1;
	/* who sends one message need not know: the kernel does */
	if (access != QUEUE_SEND && mq_getattr(fd, &attr) < 0) {
		int error = errno;
		mq_close(fd);
		errno = error;
		return -1;
	}
	*queue = (struct queue){.name = name,
	                        .fd = (int)fd,
	                        .may_send = flags != O_RDONLY,
	                        .depth = attr.mq_maxmsg,
	                        .size = attr.mq_msgsize};
	return 0;
}

static enum status measure_posix(struct queue *queue)
{
	struct mq_attr attr;
	if (mq_getattr((mqd_t)queue->fd, &attr) < 0)
		return fail("%s", queue->name->text);
	queue->depth = attr.mq_maxmsg;
	queue->size = attr.mq_msgsize;
	return STATUS_DONE;
}

static enum status create_posix(struct queue *queue, const struct name *name,
                                const struct queue_shape *shape, mode_t mode,
                                bool existing_is_fine)
{
	/* What the kernel does by itself it need not be asked about before. */
	bool by_default = shape->depth == 0 && shape->size == 0;
	struct mq_attr attr = {0};
	if (!by_default)
		attr = attributes(shape);
	for (;;) {
		mqd_t fd = create_new(name, by_default ? NULL : &attr, mode);
		if (fd != (mqd_t)-1) {
			*queue = (struct queue){.name = name, .fd = (int)fd};
			return STATUS_DONE;
		}
		if (errno != EEXIST || !existing_is_fine)
			break;
		if (open_queue(queue, name, QUEUE_LOOK) == 0)
			return STATUS_EXISTS;
		/* removed in between: then it can be made */
		if (errno != ENOENT)
			return fail("%s", name->text);
	}
	int error = errno;
	attr = attributes(shape);
	errno = error;
	return create_failed(name, &attr);
}

static enum status open_posix(struct queue *queue, const struct name *name,
                              enum queue_access access)
{
	return open_queue(queue, name, access) < 0 ? fail("%s", name->text) : STATUS_DONE;
}

static void close_posix(struct queue *queue)
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
	return found != NULL ? (int64_t)value_within(found + strlen(field), NULL, 10) : 0;
}

static enum status facts_posix(const struct queue *queue, struct queue_facts *facts)
{
	struct stat st;
	struct mq_attr attr;
	char text[128];
	if (fstat(queue->fd, &st) < 0 || mq_getattr((mqd_t)queue->fd, &attr) < 0)
		return fail("%s", queue->name->text);
	ssize_t length = pread(queue->fd, text, sizeof text - 1, 0);
	bool readable = length >= 0 || errno != EBADF;
	if (length < 0 && readable)
		return fail("%s", queue->name->text);
	text[readable ? length : 0] = '\0';
	*facts = (struct queue_facts){
	    .mode = st.st_mode & 07777,
	    .uid = st.st_uid,
	    .gid = st.st_gid,
	    .depth = attr.mq_maxmsg,
	    .size = attr.mq_msgsize,
	    .messages = attr.mq_curmsgs,
	    .bytes = readable ? status_field(text, "QSIZE:") : -1,
	    .notify = readable ? (pid_t)status_field(text, "NOTIFY_PID:") : -1,
	};
	return STATUS_DONE;
}

static enum status unlink_posix(const struct name *name, bool missing_is_fine)
{
	if (mq_unlink(name->text) == 0)
		return STATUS_DONE;
	if (errno == ENOENT && missing_is_fine)
		return STATUS_MISSING;
	return fail("%s", name->text);
}

/*
 * The timeout of mq_timedsend(3) and mq_timedreceive(3) is a moment of
 * CLOCK_REALTIME, which can be set; so they wait here only where there is no
 * timeout, and a timed wait is a poll by CLOCK_MONOTONIC. A moment that has
 * passed makes them fail with ETIMEDOUT at once, where they would block.
 */
static const struct timespec passed = {0};

static const time_t far_future = 1LL << 40;

/* How to call one of the two: with a timeout that a signal cuts short, and where the
 * time that passes is shown, at the next full second. */
static const struct timespec *call_timeout(bool block, struct timespec *fallback)
{
	struct timespec until = {.tv_sec = far_future};
	if (!block)
		return &passed;
	if (deadline_tick())
		until.tv_sec = time(NULL) + 1;
	return interrupt_timeout(until, fallback);
}

/* Did the call fail only because it would have had to wait, or to wait longer? */
static bool would_wait(void)
{
	return errno == ETIMEDOUT || errno == EINTR;
}

/* -1 with EINTR where a signal has asked to end. */
static int check_interrupt(void)
{
	if (interrupt_pending() == 0)
		return 0;
	errno = EINTR;
	return -1;
}

static int wait_for(const struct queue *queue, short events,
                    const struct deadline *deadline, int reader)
{
	if (deadline->patience.kind == NOT_AT_ALL && errno == ETIMEDOUT) {
		errno = EAGAIN;
		return -1;
	}
	return deadline_ready(deadline, queue->fd, events, reader);
}

/* libc's wrappers may copy the timeout; see interrupt_timeout(). */
static int send_posix(const struct queue *queue, const void *message, size_t length,
                      int64_t priority, const struct deadline *deadline)
{
	bool block = deadline->patience.kind == FOR_EVER;
	for (;;) {
		struct timespec fallback;
		if (syscall(SYS_mq_timedsend, queue->fd, message, length,
		            (unsigned)priority, call_timeout(block, &fallback)) == 0)
			return 0;
		if (!would_wait() || check_interrupt() < 0)
			return -1;
		if (!block && wait_for(queue, POLLOUT, deadline, -1) < 0)
			return -1;
	}
}

static ssize_t receive_posix(const struct queue *queue, void *buffer, int64_t *priority,
                             const struct deadline *deadline, int reader)
{
	bool may_block = deadline->patience.kind == FOR_EVER && reader < 0;
	/* first without waiting: then it stays at two calls that block signals */
	bool block = may_block && !interrupt_is_deferred();
	while (check_interrupt() == 0) {
		struct timespec fallback;
		unsigned taken;
		long length =
		    syscall(SYS_mq_timedreceive, queue->fd, buffer, (size_t)queue->size,
		            &taken, call_timeout(block, &fallback));
		if (length >= 0) {
			*priority = taken;
			return length;
		}
		if (!would_wait())
			return -1;
		if (!may_block && wait_for(queue, POLLIN, deadline, reader) < 0)
			return -1;
		block = may_block;
	}
	return -1;
}

int queue_wait(const struct queue *queues, int count, const struct deadline *deadline)
{
	struct pollfd *fds = calloc((size_t)count, sizeof *fds);
	if (fds == NULL)
		return -1;
	for (int i = 0; i < count; i++)
		fds[i] = (struct pollfd){.fd = queues[i].fd, .events = POLLIN};
	int first = deadline_poll(deadline, fds, (nfds_t)count) < 0 ? -1 : 0;
	while (first >= 0 && fds[first].revents == 0)
		first++;
	int error = errno;
	free(fds);
	errno = error;
	return first;
}

const struct queue_family queue_posix = {
    .priorities = {.most = PRIORITY_MAX,
                   .digits = 5,
                   .rule = "has a priority of more than 32767"},
    .create = create_posix,
    .open = open_posix,
    .measure = measure_posix,
    .close = close_posix,
    .facts = facts_posix,
    .unlink = unlink_posix,
    .send = send_posix,
    .receive = receive_posix,
};

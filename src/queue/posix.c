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
#include "io/error.h"
#include "queue/family.h"

enum { PRIORITY_MAX = 32767 }; /* MQ_PRIO_MAX, without it */

/*
 * What a queue counts against RLIMIT_MSGQUEUE (getrlimit(2)), on 64 bit: the
 * messages, a msg_msg for each, and a tree node for each priority there may be.
 */
static int64_t queue_posix_cost(const struct mq_attr *attr)
{
	enum { PER_MESSAGE = 48, PER_PRIORITY = 48 };
	int64_t depth = attr->mq_maxmsg;
	int64_t nodes = depth < PRIORITY_MAX + 1 ? depth : PRIORITY_MAX + 1;
	return depth * (attr->mq_msgsize + PER_MESSAGE) + nodes * PER_PRIORITY;
}

/* EMFILE means this process's descriptors, or this user's RLIMIT_MSGQUEUE. */
static bool descriptor_available(void)
{
	int fd = open("/", O_PATH | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The kernel's EINVAL, EMFILE and ENOSPC say little: name the limit and the sum. */
static enum status queue_posix_create_error(const struct name *name,
                                            const struct mq_attr *attr)
{
	int error = errno;
	int64_t depth_max = procfs_sysctl("fs/mqueue/msg_max");
	int64_t size_max = procfs_sysctl("fs/mqueue/msgsize_max");
	struct rlimit limit;
	if (error == EINVAL && depth_max >= 0 && attr->mq_maxmsg > depth_max)
		return error_as(STATUS_FAILED,
		                "%s: %lld messages is more than fs.mqueue.msg_max (%lld)",
		                name->text, (long long)attr->mq_maxmsg,
		                (long long)depth_max);
	if (error == EINVAL && size_max >= 0 && attr->mq_msgsize > size_max)
		return error_as(STATUS_FAILED,
		                "%s: messages of %lld bytes are more than "
		                "fs.mqueue.msgsize_max (%lld)",
		                name->text, (long long)attr->mq_msgsize,
		                (long long)size_max);
	if (error == EMFILE && descriptor_available() &&
	    getrlimit(RLIMIT_MSGQUEUE, &limit) == 0)
		return error_as(STATUS_FAILED,
		                "%s: a queue of %lld bytes (%lld messages of %lld) would "
		                "pass RLIMIT_MSGQUEUE (%llu for all queues of this user)",
		                name->text, (long long)queue_posix_cost(attr),
		                (long long)attr->mq_maxmsg, (long long)attr->mq_msgsize,
		                (unsigned long long)limit.rlim_cur);
	if (error == ENOSPC)
		return error_as(STATUS_FAILED,
		                "%s: there are as many queues as fs.mqueue.queues_max "
		                "(%lld) allows",
		                name->text,
		                (long long)procfs_sysctl("fs/mqueue/queues_max"));
	errno = error;
	return error_errno("%s", name->text);
}

/* mq_overview(7): the default is the smaller of msg_default and msg_max. */
static long attribute_or_default(int64_t wanted, const char *standard,
                                 const char *maximum, long otherwise)
{
	if (wanted != 0)
		return (long)wanted;
	int64_t value = procfs_sysctl(standard);
	int64_t limit = procfs_sysctl(maximum);
	if (value < 0)
		return otherwise;
	return (long)(limit >= 0 && limit < value ? limit : value);
}

static struct mq_attr mq_attr_of(const struct queue_attributes *requested)
{
	return (struct mq_attr){
	    .mq_maxmsg = attribute_or_default(requested->depth, "fs/mqueue/msg_default",
	                                      "fs/mqueue/msg_max", 10),
	    .mq_msgsize =
	        attribute_or_default(requested->size, "fs/mqueue/msgsize_default",
	                             "fs/mqueue/msgsize_max", 8192),
	};
}

/* The new queue's descriptor, or -1. */
static mqd_t queue_posix_create_exclusive(const struct name *name, struct mq_attr *attr,
                                          mode_t mode)
{
	/* Without a umask the bits are exact at once: no moment with fewer. */
	mode_t mask = umask(0);
	mqd_t fd = mq_open(name->text, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode, attr);
	umask(mask);
	return fd;
}

/* Open with the most that is permitted of what the access asks for: -1 with errno. */
static int queue_posix_try_open(struct queue *queue, const struct name *name,
                                enum queue_access access)
{
	static const struct {
		int flags, otherwise;
	} modes[] = {[QUEUE_SEND] = {O_WRONLY, O_WRONLY},
	             [QUEUE_RECEIVE] = {O_RDWR, O_RDONLY},
	             [QUEUE_INSPECT] = {O_RDONLY, O_WRONLY}};
	int flags = modes[access].flags;
	mqd_t fd = mq_open(name->text, flags | O_CLOEXEC);
	if (fd == (mqd_t)-1 && errno == EACCES && modes[access].otherwise != flags) {
		flags = modes[access].otherwise;
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

static enum status queue_posix_get_attributes(struct queue *queue)
{
	struct mq_attr attr;
	if (mq_getattr((mqd_t)queue->fd, &attr) < 0)
		return error_errno("%s", queue->name->text);
	queue->depth = attr.mq_maxmsg;
	queue->size = attr.mq_msgsize;
	return STATUS_OK;
}

static enum status queue_posix_create(struct queue *queue, const struct name *name,
                                      const struct queue_attributes *requested,
                                      mode_t mode, bool existing_is_fine)
{
	/* What the kernel does by itself it need not be asked about before. */
	bool by_default = requested->depth == 0 && requested->size == 0;
	struct mq_attr attr = {0};
	if (!by_default)
		attr = mq_attr_of(requested);
	for (;;) {
		mqd_t fd =
		    queue_posix_create_exclusive(name, by_default ? NULL : &attr, mode);
		if (fd != (mqd_t)-1) {
			*queue = (struct queue){.name = name, .fd = (int)fd};
			return STATUS_OK;
		}
		if (errno != EEXIST || !existing_is_fine)
			break;
		if (queue_posix_try_open(queue, name, QUEUE_INSPECT) == 0)
			return STATUS_EXISTS;
		/* removed in between: then it can be made */
		if (errno != ENOENT)
			return error_errno("%s", name->text);
	}
	int error = errno;
	attr = mq_attr_of(requested);
	errno = error;
	return queue_posix_create_error(name, &attr);
}

static enum status queue_posix_open(struct queue *queue, const struct name *name,
                                    enum queue_access access)
{
	return queue_posix_try_open(queue, name, access) < 0
	           ? error_errno("%s", name->text)
	           : STATUS_OK;
}

static void queue_posix_close(struct queue *queue)
{
	if (queue->fd >= 0)
		mq_close((mqd_t)queue->fd);
	queue->fd = -1;
}

/* mq_overview(7): "QSIZE:129 NOTIFY:2 SIGNO:0 NOTIFY_PID:8260", read from the descriptor.
 */
static int64_t mqueue_file_field(const char *text, const char *field)
{
	const char *found = strstr(text, field);
	return found != NULL ? (int64_t)value_strtoull(found + strlen(field), NULL, 10)
	                     : 0;
}

static enum status queue_posix_facts(const struct queue *queue, struct queue_facts *facts)
{
	struct stat st;
	struct mq_attr attr;
	char text[128];
	if (fstat(queue->fd, &st) < 0 || mq_getattr((mqd_t)queue->fd, &attr) < 0)
		return error_errno("%s", queue->name->text);
	ssize_t length = pread(queue->fd, text, sizeof text - 1, 0);
	bool readable = length >= 0 || errno != EBADF;
	if (length < 0 && readable)
		return error_errno("%s", queue->name->text);
	text[readable ? length : 0] = '\0';
	*facts = (struct queue_facts){
	    .mode = st.st_mode & 07777,
	    .uid = st.st_uid,
	    .gid = st.st_gid,
	    .depth = attr.mq_maxmsg,
	    .size = attr.mq_msgsize,
	    .messages = attr.mq_curmsgs,
	    .bytes = readable ? mqueue_file_field(text, "QSIZE:") : -1,
	    .notify = readable ? (pid_t)mqueue_file_field(text, "NOTIFY_PID:") : -1,
	};
	return STATUS_OK;
}

static enum status queue_posix_unlink(const struct name *name, bool missing_is_fine)
{
	if (mq_unlink(name->text) == 0)
		return STATUS_OK;
	if (errno == ENOENT && missing_is_fine)
		return STATUS_NOT_FOUND;
	return error_errno("%s", name->text);
}

/*
 * The timeout of mq_timedsend(3) and mq_timedreceive(3) is a moment of
 * CLOCK_REALTIME, which can be set; so they wait here only where there is no
 * timeout, and a timed wait is a poll by CLOCK_MONOTONIC. A moment that has
 * passed makes them fail with ETIMEDOUT at once, where they would block.
 */
static const struct timespec expired = {0};

static const time_t far_future = 1LL << 40;

/* How to call one of the two: with a timeout that a signal cuts short, and where the
 * time that passes is shown, at the next full second. */
static const struct timespec *mq_call_timeout(bool block, struct timespec *fallback)
{
	struct timespec until = {.tv_sec = far_future};
	if (!block)
		return &expired;
	if (deadline_run_idle_hook())
		until.tv_sec = time(NULL) + 1;
	return termsig_timeout(until, fallback);
}

/* Did the call fail only because it would have had to wait, or to wait longer? */
static bool mq_call_would_block(void)
{
	return errno == ETIMEDOUT || errno == EINTR;
}

/* -1 with EINTR where a signal has asked to end. */
static int check_termination_signal(void)
{
	if (termsig_pending() == 0)
		return 0;
	errno = EINTR;
	return -1;
}

static int wait_for_queue(const struct queue *queue, short events,
                          const struct deadline *deadline, int reader)
{
	if (deadline->timeout.kind == TIMEOUT_ZERO && errno == ETIMEDOUT) {
		errno = EAGAIN;
		return -1;
	}
	return deadline_poll_fd(deadline, queue->fd, events, reader);
}

/* libc's wrappers may copy the timeout; see termsig_timeout(). */
static int queue_posix_send(const struct queue *queue, const void *message, size_t length,
                            int64_t priority, const struct deadline *deadline)
{
	bool block = deadline->timeout.kind == TIMEOUT_NONE;
	for (;;) {
		struct timespec fallback;
		if (syscall(SYS_mq_timedsend, queue->fd, message, length,
		            (unsigned)priority, mq_call_timeout(block, &fallback)) == 0)
			return 0;
		if (!mq_call_would_block() || check_termination_signal() < 0)
			return -1;
		if (!block && wait_for_queue(queue, POLLOUT, deadline, -1) < 0)
			return -1;
	}
}

static ssize_t queue_posix_receive(const struct queue *queue, void *buffer,
                                   int64_t *priority, const struct deadline *deadline,
                                   int reader)
{
	bool may_block = deadline->timeout.kind == TIMEOUT_NONE && reader < 0;
	/* first without waiting: then it stays at two calls that block signals */
	bool block = may_block && !termsig_is_blocked();
	while (check_termination_signal() == 0) {
		struct timespec fallback;
		unsigned taken;
		long length =
		    syscall(SYS_mq_timedreceive, queue->fd, buffer, (size_t)queue->size,
		            &taken, mq_call_timeout(block, &fallback));
		if (length >= 0) {
			*priority = taken;
			return length;
		}
		if (!mq_call_would_block())
			return -1;
		if (!may_block && wait_for_queue(queue, POLLIN, deadline, reader) < 0)
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

const struct queue_family queue_posix_family = {
    .priorities = {.max = PRIORITY_MAX,
                   .digits = 5,
                   .rule = "has a priority of more than 32767"},
    .create = queue_posix_create,
    .open = queue_posix_open,
    .get_attributes = queue_posix_get_attributes,
    .close = queue_posix_close,
    .facts = queue_posix_facts,
    .unlink = queue_posix_unlink,
    .send = queue_posix_send,
    .receive = queue_posix_receive,
};

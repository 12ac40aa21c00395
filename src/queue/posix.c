/* SPDX-License-Identifier: MIT */
/*
 * POSIX message queues, on descriptors of the kernel's mqueue file system, which need not
 * be mounted. Sending and receiving: queue/posix_transfer.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/value.h"
#include "io/error.h"
#include "io/limit.h"
#include "io/owner.h"
#include "object/missing.h"
#include "queue/family.h"
#include "queue/posix_transfer.h"

enum { PRIORITY_MAX = 32767 }; /* MQ_PRIO_MAX - 1 */

int64_t queue_posix_cost(const struct mq_attr *attr)
{
	enum { PER_MESSAGE = 48, PER_PRIORITY = 48 };
	int64_t depth = attr->mq_maxmsg;
	int64_t nodes = depth < PRIORITY_MAX + 1 ? depth : PRIORITY_MAX + 1;
	return depth * (attr->mq_msgsize + PER_MESSAGE) + nodes * PER_PRIORITY;
}

/* EMFILE of mq_open(3): the descriptors of this process, or RLIMIT_MSGQUEUE of its user.
 */
static bool descriptor_available(void)
{
	int fd = open("/", O_PATH | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

struct queue_posix_limit {
	const char *what, *unit, *sysctl;
	int64_t highest; /* of the kernel, whatever sysctl(8) and capabilities say */
};

static const struct queue_posix_limit queue_posix_depth_limit = {"a depth", "",
                                                                 "fs.mqueue.msg_max",
                                                                 65536},
                                      queue_posix_size_limit = {
                                          "a message size", " bytes",
                                          "fs.mqueue.msgsize_max", 16777216};

static enum status queue_posix_report_attribute(const struct name *name,
                                                const struct queue_posix_limit *limit,
                                                int64_t value, int64_t maximum)
{
	struct limit_advice advice;
	if (value > limit->highest)
		return error_as(STATUS_FAILED,
		                "%s: %s of %lld%s exceeds the maximum of the kernel "
		                "(%lld)",
		                name->text, limit->what, (long long)value, limit->unit,
		                (long long)limit->highest);
	return error_as(STATUS_FAILED, "%s: %s of %lld%s exceeds %s (%lld)%s", name->text,
	                limit->what, (long long)value, limit->unit, limit->sysctl,
	                (long long)maximum,
	                limit_sysctl(&advice, limit->sysctl, "%lld", (long long)value));
}

static enum status queue_posix_report_number(const struct name *name)
{
	struct limit_advice advice;
	int64_t maximum = procfs_sysctl("fs/mqueue/queues_max");
	return error_as(STATUS_FAILED, "%s: the number of queues has reached %s (%lld)%s",
	                name->text, "fs.mqueue.queues_max", (long long)maximum,
	                limit_sysctl(&advice, "fs.mqueue.queues_max", "%lld",
	                             (long long)limit_next(maximum, INT_MAX)));
}

static enum status queue_posix_report_bytes(const struct name *name,
                                            const struct mq_attr *attr, rlim_t maximum)
{
	struct limit_advice advice;
	int64_t bytes = queue_posix_cost(attr);
	return error_as(
	    STATUS_FAILED,
	    "%s: a queue of %lld bytes (%lld messages of %lld) exceeds RLIMIT_MSGQUEUE "
	    "(%llu for all queues of this user)%s",
	    name->text, (long long)bytes, (long long)attr->mq_maxmsg,
	    (long long)attr->mq_msgsize, (unsigned long long)maximum,
	    limit_ulimit(&advice, RLIMIT_MSGQUEUE, (uint64_t)bytes));
}

/* EINVAL, EMFILE and ENOSPC do not name the limit: report it with its value. */
static enum status queue_posix_create_error(const struct name *name,
                                            const struct mq_attr *attr)
{
	int error = errno;
	int64_t depth_max = procfs_sysctl("fs/mqueue/msg_max");
	int64_t size_max = procfs_sysctl("fs/mqueue/msgsize_max");
	struct rlimit limit;
	if (error == EINVAL && depth_max >= 0 && attr->mq_maxmsg > depth_max)
		return queue_posix_report_attribute(name, &queue_posix_depth_limit,
		                                    attr->mq_maxmsg, depth_max);
	if (error == EINVAL && size_max >= 0 && attr->mq_msgsize > size_max)
		return queue_posix_report_attribute(name, &queue_posix_size_limit,
		                                    attr->mq_msgsize, size_max);
	if (error == EMFILE && descriptor_available() &&
	    getrlimit(RLIMIT_MSGQUEUE, &limit) == 0)
		return queue_posix_report_bytes(name, attr, limit.rlim_cur);
	if (error == ENOSPC)
		return queue_posix_report_number(name);
	errno = error;
	return error_errno("%s", name->text);
}

/* mq_overview(7): the default is the smaller one of msg_default and msg_max. */
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
	/* without a umask the bits are exact from the beginning */
	mode_t mask = umask(0);
	mqd_t fd = mq_open(name->text, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode, attr);
	umask(mask);
	return fd;
}

/* In the mounted file system; O_PATH needs no permission on the queue itself. */
static int queue_posix_open_mounted(const struct name *name)
{
	const int64_t mqueue_magic = 0x19800202; /* <linux/magic.h> does not have it */
	char path[sizeof "/dev/mqueue/" + NAME_BYTES_MAX];
	struct statfs fs;
	snprintf(path, sizeof path, "/dev/mqueue/%s", name_bare(name));
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && (fstatfs(fd, &fs) < 0 || (int64_t)fs.f_type != mqueue_magic)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

enum status queue_open_node(const struct name *name, int *fd)
{
	*fd = (int)mq_open(name->text, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 && errno == EACCES)
		*fd = (int)mq_open(name->text, O_WRONLY | O_CLOEXEC);
	if (*fd >= 0)
		return STATUS_OK;
	int error = errno;
	if (error == EACCES)
		*fd = queue_posix_open_mounted(name);
	if (*fd >= 0)
		return STATUS_OK;
	errno = error;
	return error == EACCES
	           ? error_as(STATUS_FAILED,
	                      "%s: Permission denied: a queue that may be neither read "
	                      "nor written is reached only by /dev/mqueue, where no "
	                      "mqueue file system is mounted",
	                      name->text)
	           : missing_open_error(name, NAME_QUEUE);
}

/* Open with as much of the access as is permitted: 0, or -1 with errno. */
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
	/* a sender of one message need not know them: the kernel does */
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

/*
 * A queue that exists and cannot be opened. Its owner can be seen only where the file
 * system is mounted.
 */
static enum status queue_posix_not_accessible(const struct name *name, mode_t mode)
{
	char path[sizeof "/dev/mqueue" + sizeof name->text];
	struct stat st;
	snprintf(path, sizeof path, "/dev/mqueue%s", name->text);
	enum status status = STATUS_OK;
	if (lstat(path, &st) == 0)
		status = owner_check(name->text, st.st_uid, st.st_gid, mode);
	errno = EACCES;
	return status != STATUS_OK
	           ? status
	           : error_errno_as(STATUS_EXISTS, "%s: exists, but cannot be opened",
	                            name->text);
}

static enum status queue_posix_create(struct queue *queue, const struct name *name,
                                      const struct queue_attributes *requested,
                                      mode_t mode, bool *is_new)
{
	/* the kernel fills in its defaults itself, without two files being read */
	bool by_default = requested->depth == 0 && requested->size == 0;
	struct mq_attr attr = {0};
	if (!by_default)
		attr = mq_attr_of(requested);
	for (;;) {
		mqd_t fd =
		    queue_posix_create_exclusive(name, by_default ? NULL : &attr, mode);
		if (fd != (mqd_t)-1) {
			*queue = (struct queue){.name = name, .fd = (int)fd};
			if (is_new != NULL)
				*is_new = true;
			return STATUS_OK;
		}
		if (errno != EEXIST || is_new == NULL)
			break;
		*is_new = false;
		if (queue_posix_try_open(queue, name, QUEUE_INSPECT) == 0)
			return STATUS_OK;
		if (errno == EACCES)
			return queue_posix_not_accessible(name, mode);
		/* removed since then: try again */
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
	           ? missing_open_error(name, NAME_QUEUE)
	           : STATUS_OK;
}

static void queue_posix_close(struct queue *queue)
{
	if (queue->fd >= 0)
		mq_close((mqd_t)queue->fd);
	queue->fd = -1;
}

/* mq_overview(7): "QSIZE:129 NOTIFY:2 SIGNO:0 NOTIFY_PID:8260", read(2) from the queue.
 */
static int64_t mqueue_file_field(const char *text, const char *field)
{
	const char *value = procfs_find_field(text, field);
	return value != NULL ? (int64_t)value_strtoull(value, NULL, 10) : 0;
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
	    .creator = st.st_uid,
	    .gid = st.st_gid,
	    .creator_group = st.st_gid,
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
	return missing_unlink_error(name, NAME_QUEUE);
}

const struct queue_family queue_posix_family = {
    .priorities = {.max = PRIORITY_MAX,
                   .digits = 5,
                   .rule = "has a priority greater than 32767"},
    .create = queue_posix_create,
    .open = queue_posix_open,
    .get_attributes = queue_posix_get_attributes,
    .close = queue_posix_close,
    .facts = queue_posix_facts,
    .unlink = queue_posix_unlink,
    .send = queue_posix_send,
    .receive = queue_posix_receive,
    .await = queue_posix_await,
};

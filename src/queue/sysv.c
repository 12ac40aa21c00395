/* SPDX-License-Identifier: MIT */
/*
 * System V message queues: msgget(2), msgctl(2). The priority of a message is its type.
 * Sending and receiving: queue/sysv_transfer.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/msg.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/limit.h"
#include "object/sysv.h"
#include "queue/family.h"
#include "queue/sysv_transfer.h"

static int queue_sysv_get(int32_t key)
{
	return msgget(key, 0);
}

static int queue_sysv_control(int id, int command, void *argument)
{
	return msgctl(id, command, argument);
}

const struct sysv_kind queue_sysv_kind = {
    .object = "queue",
    .maker = "mqcreate",
    .get = queue_sysv_get,
    .control = queue_sysv_control,
    .stat_any = MSG_STAT_ANY,
};

/*
 * msgctl(2): IPC_INFO takes no queue. -1 for limits that a security module or a filter of
 * system calls does not let this process read. Leaves errno alone.
 */
static struct msginfo queue_sysv_limits(void)
{
	struct msginfo info;
	int error = errno;
	if (queue_sysv_control(0, IPC_INFO, &info) < 0)
		info = (struct msginfo){.msgmax = -1, .msgmnb = -1, .msgmni = -1};
	errno = error;
	return info;
}

/* ----------------------------------------------------------------- create */

static enum status queue_sysv_create_error(const struct name *name, int64_t bytes)
{
	struct msginfo info = queue_sysv_limits();
	struct limit_advice advice;
	if (errno == EPERM && info.msgmnb >= 0)
		return error_as(
		    STATUS_FAILED, "%s: %lld bytes exceed kernel.msgmnb (%d)%s",
		    name->text, (long long)bytes, info.msgmnb,
		    limit_sysctl(&advice, "kernel.msgmnb", "%lld", (long long)bytes));
	if (errno == ENOSPC && info.msgmni >= 0)
		return error_as(
		    STATUS_FAILED,
		    "%s: the number of message queues has reached kernel.msgmni (%d)%s",
		    name->text, info.msgmni,
		    limit_sysctl(&advice, "kernel.msgmni", "%lld",
		                 (long long)limit_next(info.msgmni, SYSV_IDS_MAX)));
	return error_errno("%s", name->text);
}

/* Set the bytes, and then the mode: until then only root can use the queue. */
static int queue_sysv_set_bytes(int id, int64_t bytes, mode_t mode)
{
	struct msqid_ds ds = {.msg_perm = {.uid = geteuid(),
	                                   .gid = getegid(),
	                                   .mode = (unsigned short)mode},
	                      .msg_qbytes = (unsigned long)bytes};
	if (msgctl(id, IPC_SET, &ds) == 0)
		return 0;
	sysv_discard(id, &queue_sysv_kind);
	return -1;
}

/* The id of a new queue, or -1. No signal but SIGKILL comes between the two steps. */
static int queue_sysv_create_exclusive(const struct name *name, int64_t bytes,
                                       mode_t mode)
{
	struct termsig termsig;
	if (bytes == 0)
		return msgget(name->number, IPC_CREAT | IPC_EXCL | (int)mode);
	termsig_block(&termsig);
	int id = msgget(name->number, IPC_CREAT | IPC_EXCL);
	if (id >= 0 && queue_sysv_set_bytes(id, bytes, mode) < 0)
		id = -1;
	termsig_end(&termsig, STATUS_OK);
	return id;
}

/*
 * The id of a queue that exists, or -1. Another process may be between the two steps of
 * queue_sysv_create_exclusive(): wait a moment for it.
 */
static int queue_sysv_get_complete(const struct name *name)
{
	enum { PAUSES_MAX = 100 };
	for (int i = 0;; i++) {
		struct msqid_ds ds;
		int id = sysv_get(name, &queue_sysv_kind);
		if (id < 0 || sysv_stat(id, &queue_sysv_kind, &ds) < 0 ||
		    i == PAUSES_MAX || (ds.msg_perm.mode & 0777) != 0 ||
		    ds.msg_stime != 0)
			return id;
		if (deadline_sleep(1000000) < 0)
			return -1;
	}
}

static enum status queue_sysv_create(struct queue *queue, const struct name *name,
                                     const struct queue_attributes *attributes,
                                     mode_t mode, bool *is_new)
{
	enum status status = sysv_check_create(name);
	if (status != STATUS_OK)
		return status;
	*queue = (struct queue){.name = name, .fd = -1};
	for (;;) {
		queue->id = queue_sysv_create_exclusive(name, attributes->bytes, mode);
		if (is_new != NULL)
			*is_new = queue->id >= 0;
		if (queue->id >= 0)
			return STATUS_OK;
		if (errno != EEXIST || is_new == NULL)
			return queue_sysv_create_error(name, attributes->bytes);
		queue->id = queue_sysv_get_complete(name);
		if (queue->id >= 0)
			return STATUS_OK;
		/* removed since then: try again */
		if (errno != ENOENT)
			return error_errno("%s", name->text);
	}
}

/* -------------------------------------------------------------------- use */

/* The size of the longest message, and the limit that determines it. */
static void queue_sysv_set_size(struct queue *queue, const struct msqid_ds *ds,
                                enum queue_access access)
{
	int64_t longest = queue_sysv_limits().msgmax, bytes = (int64_t)ds->msg_qbytes;
	queue->size_limit = "kernel.msgmax";
	if (bytes < longest || longest < 0) {
		queue->size_limit = "msg_qbytes of the queue";
		longest = bytes;
	}
	/* a message from before a limit was lowered may be longer, but no longer than all
	 */
	if (access == QUEUE_RECEIVE && (int64_t)ds->__msg_cbytes > longest)
		longest = (int64_t)ds->__msg_cbytes;
	queue->size = longest;
}

static enum status queue_sysv_open(struct queue *queue, const struct name *name,
                                   enum queue_access access)
{
	struct msqid_ds ds = {.msg_qbytes = INT32_MAX};
	*queue = (struct queue){.name = name, .fd = -1, .may_send = true, .depth = -1};
	enum status status = sysv_find(&queue->id, name, &queue_sysv_kind);
	if (status != STATUS_OK)
		return status;
	/* EACCES: before Linux 4.17, without permission to read */
	if (sysv_stat(queue->id, &queue_sysv_kind, &ds) < 0 && errno != EACCES)
		return sysv_error(name, &queue_sysv_kind, "");
	queue_sysv_set_size(queue, &ds, access);
	if (access == QUEUE_INSPECT)
		return STATUS_OK;
	queue->outgoing = malloc(sizeof *queue->outgoing + (size_t)queue->size);
	return queue->outgoing != NULL
	           ? STATUS_OK
	           : error_errno("%s: a buffer for messages of %lld bytes", name->text,
	                         (long long)queue->size);
}

static void queue_sysv_close(struct queue *queue)
{
	free(queue->outgoing);
	queue->outgoing = NULL;
}

static enum status queue_sysv_facts(const struct queue *queue, struct queue_facts *facts)
{
	struct msqid_ds ds;
	if (sysv_stat(queue->id, &queue_sysv_kind, &ds) < 0)
		return sysv_error(queue->name, &queue_sysv_kind, "");
	*facts = (struct queue_facts){
	    .mode = ds.msg_perm.mode & 0777,
	    .uid = ds.msg_perm.uid,
	    .creator = ds.msg_perm.cuid,
	    .gid = ds.msg_perm.gid,
	    .creator_group = ds.msg_perm.cgid,
	    .depth = -1,
	    .size = queue->size,
	    .messages = (int64_t)ds.msg_qnum,
	    .bytes = (int64_t)ds.__msg_cbytes,
	    .capacity = (int64_t)ds.msg_qbytes,
	    .id = queue->id,
	    .key = ds.msg_perm.__key,
	    .sender = ds.msg_lspid,
	    .receiver = ds.msg_lrpid,
	};
	return STATUS_OK;
}

static enum status queue_sysv_unlink(const struct name *name, bool missing_is_fine)
{
	return sysv_unlink(name, &queue_sysv_kind, missing_is_fine);
}

/* EINVAL of msgop(2): the queue was removed, or the arguments are wrong. */
static enum status queue_sysv_error(const struct queue *queue, const char *before)
{
	struct msqid_ds ds;
	const char *name = queue->name->text;
	int error = errno;
	if (error == E2BIG)
		return error_as(
		    STATUS_FAILED,
		    "%s: %sthe next message exceeds %lld bytes, the limit when "
		    "the queue was opened; it remains on the queue",
		    name, before, (long long)queue->size);
	if (error == ENOSYS)
		return error_as(STATUS_FAILED,
		                "%s: %sthe kernel does not support MSG_COPY", name,
		                before);
	if (error == EINVAL && sysv_stat(queue->id, &queue_sysv_kind, &ds) == 0)
		return error_as(STATUS_FAILED, "%s: %s%s", name, before,
		                error_text(error));
	errno = error == EINVAL ? EIDRM : error;
	return sysv_error(queue->name, &queue_sysv_kind, before);
}

const struct queue_family queue_sysv_family = {
    .priorities = {.min = 1,
                   .max = INT64_MAX,
                   .default_priority = 1,
                   .digits = 19,
                   .rule = "has a type outside 1 to 9223372036854775807"},
    .create = queue_sysv_create,
    .open = queue_sysv_open,
    .close = queue_sysv_close,
    .facts = queue_sysv_facts,
    .unlink = queue_sysv_unlink,
    .send = queue_sysv_send,
    .receive = queue_sysv_receive,
    .await = queue_sysv_await,
    .error = queue_sysv_error,
};

/*
 * System V message queues: msgget(2), msgop(2), msgctl(2). What is a priority elsewhere
 * is the type of a message here.
 *
 * The two calls that wait have no time-out (base/syscall_timer.h), and want the type in
 * the bytes in front of the message.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/syscall_timer.h"
#include "base/termsig.h"
#include "io/error.h"
#include "object/sysv.h"
#include "queue/family.h"

/* What msgop(2) sends and receives. */
struct queue_msgbuf {
	long type;
	char text[];
};

_Static_assert(sizeof(struct queue_msgbuf) == QUEUE_HEADROOM,
               "as queue/queue.h promises");

/* ----------------------------------------------------------------- asking */

static int queue_sysv_get(int32_t key)
{
	return msgget(key, 0);
}

static int queue_sysv_control(int id, int command, void *argument)
{
	return msgctl(id, command, argument);
}

static const struct sysv_kind queue_sysv_kind = {
    .object = "message queue",
    .get = queue_sysv_get,
    .control = queue_sysv_control,
    .stat_any = MSG_STAT_ANY,
};

/* msgctl(2): what IPC_INFO is told about needs no queue. */
static struct msginfo queue_sysv_limits(void)
{
	struct msginfo info = {0};
	queue_sysv_control(0, IPC_INFO, &info);
	return info;
}

/* ----------------------------------------------------------------- making */

static enum status queue_sysv_create_error(const struct name *name, int64_t bytes)
{
	struct msginfo info = queue_sysv_limits();
	if (errno == EPERM)
		return error_as(STATUS_FAILED,
		                "%s: %lld bytes is more than kernel.msgmnb (%d)",
		                name->text, (long long)bytes, info.msgmnb);
	if (errno == ENOSPC)
		return error_as(
		    STATUS_FAILED,
		    "%s: there are as many message queues as kernel.msgmni (%d) allows",
		    name->text, info.msgmni);
	return error_errno("%s", name->text);
}

/* Only the superuser sees it before it is whole: until then it permits nothing. */
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

/* The id of a new queue, or -1. No signal but KILL comes between the two steps. */
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

/* Another process may be between the two steps of queue_sysv_create_exclusive(): give it
 * a moment. */
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
                                     mode_t mode, bool existing_is_fine)
{
	enum status status = sysv_check_create(name);
	if (status != STATUS_OK)
		return status;
	*queue = (struct queue){.name = name, .fd = -1};
	for (;;) {
		queue->id = queue_sysv_create_exclusive(name, attributes->bytes, mode);
		if (queue->id >= 0)
			return STATUS_OK;
		if (errno != EEXIST || !existing_is_fine)
			return queue_sysv_create_error(name, attributes->bytes);
		queue->id = queue_sysv_get_complete(name);
		if (queue->id >= 0)
			return STATUS_EXISTS;
		/* removed in between: then it can be made */
		if (errno != ENOENT)
			return error_errno("%s", name->text);
	}
}

/* ------------------------------------------------------------------ using */

/* How long a message can be, and which limit says so. */
static void queue_sysv_set_size(struct queue *queue, const struct msqid_ds *ds,
                                enum queue_access access)
{
	int64_t longest = queue_sysv_limits().msgmax, bytes = (int64_t)ds->msg_qbytes;
	queue->size_limit = "kernel.msgmax";
	if (bytes < longest) {
		queue->size_limit = "the queue's msg_qbytes";
		longest = bytes;
	}
	/* what came before a limit was lowered is longer, but not than all together */
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
	/* EACCES: an older kernel does not tell those who may only send */
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
	    .gid = ds.msg_perm.gid,
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

/* ------------------------------------------------- sending and receiving */

/* For who has to look up from a wait now and then. */
static struct deadline queue_sysv_next_period(const struct deadline *deadline, bool *last)
{
	static const struct timeout period = {.kind = TIMEOUT_AFTER,
	                                      .nanoseconds = 100000000};
	*last = deadline_left(deadline) <= period.nanoseconds;
	return *last ? *deadline : deadline_start(period);
}

static int queue_sysv_send_blocking(const struct queue *queue, size_t length,
                                    const struct deadline *deadline)
{
	struct syscall_timer timer;
	int result;
	if (syscall_timer_begin(&timer, deadline) < 0)
		return -1;
	while ((result = msgsnd(queue->id, queue->outgoing, length, 0)) < 0 &&
	       syscall_timer_should_retry(&timer))
		continue;
	syscall_timer_end(&timer);
	return result;
}

static int queue_sysv_send_in_periods(const struct queue *queue, size_t length,
                                      const struct deadline *deadline)
{
	while (deadline_run_idle_hook()) {
		bool last;
		struct deadline period_end = queue_sysv_next_period(deadline, &last);
		int result = queue_sysv_send_blocking(queue, length, &period_end);
		if (result == 0 || last || errno != ETIMEDOUT)
			return result;
	}
	return queue_sysv_send_blocking(queue, length, deadline);
}

static int queue_sysv_send(const struct queue *queue, const void *message, size_t length,
                           int64_t type, const struct deadline *deadline)
{
	queue->outgoing->type = type;
	memcpy(queue->outgoing->text, message, length);
	if (msgsnd(queue->id, queue->outgoing, length, IPC_NOWAIT) == 0)
		return 0;
	if (errno != EAGAIN || deadline->timeout.kind == TIMEOUT_ZERO)
		return -1;
	return queue_sysv_send_in_periods(queue, length, deadline);
}

/* msgop(2): which message its type and its flags choose. */
struct queue_sysv_selection {
	long type;
	int flags;
};

static struct queue_sysv_selection queue_sysv_selection_of(const struct queue *queue)
{
	enum { COPY = 040000 /* MSG_COPY, Linux 3.8, which musl does not know */ };
	static const int flags[] = {
	    [QUEUE_CHOOSE_EXCEPT] = MSG_EXCEPT,
	    [QUEUE_CHOOSE_COPY] = COPY,
	};
	enum queue_choice_kind kind = queue->choice.kind;
	return (struct queue_sysv_selection){.type = kind == QUEUE_CHOOSE_LOWEST
	                                                 ? -queue->choice.number
	                                                 : queue->choice.number,
	                                     .flags = flags[kind]};
}

static ssize_t queue_sysv_receive_blocking(const struct queue *queue,
                                           struct queue_msgbuf *message,
                                           const struct deadline *deadline)
{
	struct queue_sysv_selection select = queue_sysv_selection_of(queue);
	struct syscall_timer timer;
	ssize_t length;
	if (syscall_timer_begin(&timer, deadline) < 0)
		return -1;
	while ((length = msgrcv(queue->id, message, (size_t)queue->size, select.type,
	                        select.flags)) < 0 &&
	       syscall_timer_should_retry(&timer))
		continue;
	syscall_timer_end(&timer);
	return length;
}

/* msgrcv(2) does not notice that the reader of our output leaves: look now and then. */
static ssize_t queue_sysv_receive_in_periods(const struct queue *queue,
                                             struct queue_msgbuf *message,
                                             const struct deadline *deadline, int reader)
{
	for (;;) {
		struct pollfd gone = {.fd = reader};
		deadline_run_idle_hook();
		if (poll(&gone, 1, 0) > 0) {
			errno = EPIPE;
			return -1;
		}
		bool last;
		struct deadline period_end = queue_sysv_next_period(deadline, &last);
		ssize_t length = queue_sysv_receive_blocking(queue, message, &period_end);
		if (length >= 0 || last || errno != ETIMEDOUT)
			return length;
	}
}

static ssize_t queue_sysv_receive_message(const struct queue *queue,
                                          struct queue_msgbuf *message,
                                          const struct deadline *deadline, int reader)
{
	struct queue_sysv_selection select = queue_sysv_selection_of(queue);
	ssize_t length = msgrcv(queue->id, message, (size_t)queue->size, select.type,
	                        select.flags | IPC_NOWAIT);
	if (length >= 0 || errno != ENOMSG)
		return length;
	errno = EAGAIN;
	/* a copy of what is to come there cannot be */
	if (deadline->timeout.kind == TIMEOUT_ZERO ||
	    queue->choice.kind == QUEUE_CHOOSE_COPY)
		return -1;
	return reader < 0 && !deadline_run_idle_hook()
	           ? queue_sysv_receive_blocking(queue, message, deadline)
	           : queue_sysv_receive_in_periods(queue, message, deadline, reader);
}

static ssize_t queue_sysv_receive(const struct queue *queue, void *buffer, int64_t *type,
                                  const struct deadline *deadline, int reader)
{
	struct queue_msgbuf *message = (void *)((char *)buffer - QUEUE_HEADROOM);
	if (termsig_pending() != 0) {
		errno = EINTR;
		return -1;
	}
	ssize_t length = queue_sysv_receive_message(queue, message, deadline, reader);
	if (length >= 0)
		*type = message->type;
	return length;
}

/* EINVAL of these two is mostly that the queue is no more, but not always. */
static enum status queue_sysv_error(const struct queue *queue, const char *before)
{
	struct msqid_ds ds;
	const char *name = queue->name->text;
	int error = errno;
	if (error == E2BIG)
		return error_as(STATUS_FAILED,
		                "%s: %sthe next message has more than the %lld bytes "
		                "that a message could have when this began; it is still "
		                "there",
		                name, before, (long long)queue->size);
	if (error == ENOSYS)
		return error_as(STATUS_FAILED,
		                "%s: %sthis kernel cannot copy a message (MSG_COPY)",
		                name, before);
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
                   .rule = "has a priority that is no type: 1 to 9223372036854775807"},
    .create = queue_sysv_create,
    .open = queue_sysv_open,
    .close = queue_sysv_close,
    .facts = queue_sysv_facts,
    .unlink = queue_sysv_unlink,
    .send = queue_sysv_send,
    .receive = queue_sysv_receive,
    .error = queue_sysv_error,
};

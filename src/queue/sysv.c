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
#include "io/report.h"
#include "object/sysv.h"
#include "queue/family.h"

/* What msgop(2) sends and receives. */
struct message {
	long type;
	char text[];
};

_Static_assert(sizeof(struct message) == QUEUE_HEADROOM, "as queue/queue.h promises");

/* ----------------------------------------------------------------- asking */

static int get(int32_t key)
{
	return msgget(key, 0);
}

static int control(int id, int command, void *argument)
{
	return msgctl(id, command, argument);
}

static const struct sysv_kind queues = {
    .object = "message queue",
    .get = get,
    .control = control,
    .stat_any = MSG_STAT_ANY,
};

/* msgctl(2): what IPC_INFO is told about needs no queue. */
static struct msginfo limits(void)
{
	struct msginfo info = {0};
	control(0, IPC_INFO, &info);
	return info;
}

/* ----------------------------------------------------------------- making */

static enum status create_failed(const struct name *name, int64_t bytes)
{
	struct msginfo info = limits();
	if (errno == EPERM)
		return fail_as(STATUS_FAILED,
		               "%s: %lld bytes is more than kernel.msgmnb (%d)",
		               name->text, (long long)bytes, info.msgmnb);
	if (errno == ENOSPC)
		return fail_as(
		    STATUS_FAILED,
		    "%s: there are as many message queues as kernel.msgmni (%d) allows",
		    name->text, info.msgmni);
	return fail("%s", name->text);
}

/* Only the superuser sees it before it is whole: until then it permits nothing. */
static int set_bytes(int id, int64_t bytes, mode_t mode)
{
	struct msqid_ds ds = {.msg_perm = {.uid = geteuid(),
	                                   .gid = getegid(),
	                                   .mode = (unsigned short)mode},
	                      .msg_qbytes = (unsigned long)bytes};
	if (msgctl(id, IPC_SET, &ds) == 0)
		return 0;
	sysv_discard(id, &queues);
	return -1;
}

/* The id of a new queue, or -1. No signal but KILL comes between the two steps. */
static int make(const struct name *name, int64_t bytes, mode_t mode)
{
	struct interrupt interrupt;
	if (bytes == 0)
		return msgget(name->number, IPC_CREAT | IPC_EXCL | (int)mode);
	interrupt_defer(&interrupt);
	int id = msgget(name->number, IPC_CREAT | IPC_EXCL);
	if (id >= 0 && set_bytes(id, bytes, mode) < 0)
		id = -1;
	interrupt_end(&interrupt, STATUS_DONE);
	return id;
}

/* Another process may be between the two steps of make(): give it a moment. */
static int look_when_made(const struct name *name)
{
	enum { MOMENTS = 100 };
	for (int i = 0;; i++) {
		struct msqid_ds ds;
		int id = sysv_look_up(name, &queues);
		if (id < 0 || sysv_ask(id, &queues, &ds) < 0 || i == MOMENTS ||
		    (ds.msg_perm.mode & 0777) != 0 || ds.msg_stime != 0)
			return id;
		if (deadline_pause(1000000) < 0)
			return -1;
	}
}

static enum status create_system_v(struct queue *queue, const struct name *name,
                                   const struct queue_shape *shape, mode_t mode,
                                   bool existing_is_fine)
{
	enum status status = sysv_can_create(name);
	if (status != STATUS_DONE)
		return status;
	*queue = (struct queue){.name = name, .fd = -1};
	for (;;) {
		queue->id = make(name, shape->bytes, mode);
		if (queue->id >= 0)
			return STATUS_DONE;
		if (errno != EEXIST || !existing_is_fine)
			return create_failed(name, shape->bytes);
		queue->id = look_when_made(name);
		if (queue->id >= 0)
			return STATUS_EXISTS;
		/* removed in between: then it can be made */
		if (errno != ENOENT)
			return fail("%s", name->text);
	}
}

/* ------------------------------------------------------------------ using */

/* How long a message can be, and which limit says so. */
static void set_size(struct queue *queue, const struct msqid_ds *ds,
                     enum queue_access access)
{
	int64_t longest = limits().msgmax, bytes = (int64_t)ds->msg_qbytes;
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

static enum status open_system_v(struct queue *queue, const struct name *name,
                                 enum queue_access access)
{
	struct msqid_ds ds = {.msg_qbytes = INT32_MAX};
	*queue = (struct queue){.name = name, .fd = -1, .may_send = true, .depth = -1};
	enum status status = sysv_find(&queue->id, name, &queues);
	if (status != STATUS_DONE)
		return status;
	/* EACCES: an older kernel does not tell those who may only send */
	if (sysv_ask(queue->id, &queues, &ds) < 0 && errno != EACCES)
		return sysv_failed(name, &queues, "");
	set_size(queue, &ds, access);
	if (access == QUEUE_LOOK)
		return STATUS_DONE;
	queue->outgoing = malloc(sizeof *queue->outgoing + (size_t)queue->size);
	return queue->outgoing != NULL ? STATUS_DONE
	                               : fail("%s: a buffer for messages of %lld bytes",
	                                      name->text, (long long)queue->size);
}

static void close_system_v(struct queue *queue)
{
	free(queue->outgoing);
	queue->outgoing = NULL;
}

static enum status facts_system_v(const struct queue *queue, struct queue_facts *facts)
{
	struct msqid_ds ds;
	if (sysv_ask(queue->id, &queues, &ds) < 0)
		return sysv_failed(queue->name, &queues, "");
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
	return STATUS_DONE;
}

static enum status unlink_system_v(const struct name *name, bool missing_is_fine)
{
	return sysv_unlink(name, &queues, missing_is_fine);
}

/* ------------------------------------------------- sending and receiving */

/* For who has to look up from a wait now and then. */
static struct deadline next_turn(const struct deadline *deadline, bool *last)
{
	static const struct patience period = {.kind = AT_MOST, .nanoseconds = 100000000};
	*last = deadline_left(deadline) <= period.nanoseconds;
	return *last ? *deadline : deadline_after(period);
}

static int send_waiting(const struct queue *queue, size_t length,
                        const struct deadline *deadline)
{
	struct alarm alarm;
	int result;
	if (alarm_begin(&alarm, deadline) < 0)
		return -1;
	while ((result = msgsnd(queue->id, queue->outgoing, length, 0)) < 0 &&
	       alarm_goes_on(&alarm))
		continue;
	alarm_end(&alarm);
	return result;
}

static int send_in_turns(const struct queue *queue, size_t length,
                         const struct deadline *deadline)
{
	while (deadline_tick()) {
		bool last;
		struct deadline turn = next_turn(deadline, &last);
		int result = send_waiting(queue, length, &turn);
		if (result == 0 || last || errno != ETIMEDOUT)
			return result;
	}
	return send_waiting(queue, length, deadline);
}

static int send_system_v(const struct queue *queue, const void *message, size_t length,
                         int64_t type, const struct deadline *deadline)
{
	queue->outgoing->type = type;
	memcpy(queue->outgoing->text, message, length);
	if (msgsnd(queue->id, queue->outgoing, length, IPC_NOWAIT) == 0)
		return 0;
	if (errno != EAGAIN || deadline->patience.kind == NOT_AT_ALL)
		return -1;
	return send_in_turns(queue, length, deadline);
}

/* msgop(2): which message its type and its flags choose. */
struct selection {
	long type;
	int flags;
};

static struct selection selection_of(const struct queue *queue)
{
	enum { COPY = 040000 /* MSG_COPY, Linux 3.8, which musl does not know */ };
	static const int flags[] = {
	    [CHOOSE_OTHERS] = MSG_EXCEPT,
	    [CHOOSE_COPY] = COPY,
	};
	enum queue_choosing kind = queue->choice.kind;
	return (struct selection){.type = kind == CHOOSE_LOWEST ? -queue->choice.number
	                                                        : queue->choice.number,
	                          .flags = flags[kind]};
}

static ssize_t receive_waiting(const struct queue *queue, struct message *message,
                               const struct deadline *deadline)
{
	struct selection select = selection_of(queue);
	struct alarm alarm;
	ssize_t length;
	if (alarm_begin(&alarm, deadline) < 0)
		return -1;
	while ((length = msgrcv(queue->id, message, (size_t)queue->size, select.type,
	                        select.flags)) < 0 &&
	       alarm_goes_on(&alarm))
		continue;
	alarm_end(&alarm);
	return length;
}

/* msgrcv(2) does not notice that the reader of our output leaves: look now and then. */
static ssize_t receive_in_turns(const struct queue *queue, struct message *message,
                                const struct deadline *deadline, int reader)
{
	for (;;) {
		struct pollfd gone = {.fd = reader};
		deadline_tick();
		if (poll(&gone, 1, 0) > 0) {
			errno = EPIPE;
			return -1;
		}
		bool last;
		struct deadline turn = next_turn(deadline, &last);
		ssize_t length = receive_waiting(queue, message, &turn);
		if (length >= 0 || last || errno != ETIMEDOUT)
			return length;
	}
}

static ssize_t take(const struct queue *queue, struct message *message,
                    const struct deadline *deadline, int reader)
{
	struct selection select = selection_of(queue);
	ssize_t length = msgrcv(queue->id, message, (size_t)queue->size, select.type,
	                        select.flags | IPC_NOWAIT);
	if (length >= 0 || errno != ENOMSG)
		return length;
	errno = EAGAIN;
	/* a copy of what is to come there cannot be */
	if (deadline->patience.kind == NOT_AT_ALL || queue->choice.kind == CHOOSE_COPY)
		return -1;
	return reader < 0 && !deadline_tick()
	           ? receive_waiting(queue, message, deadline)
	           : receive_in_turns(queue, message, deadline, reader);
}

static ssize_t receive_system_v(const struct queue *queue, void *buffer, int64_t *type,
                                const struct deadline *deadline, int reader)
{
	struct message *message = (void *)((char *)buffer - QUEUE_HEADROOM);
	if (interrupt_pending() != 0) {
		errno = EINTR;
		return -1;
	}
	ssize_t length = take(queue, message, deadline, reader);
	if (length >= 0)
		*type = message->type;
	return length;
}

/* EINVAL of these two is mostly that the queue is no more, but not always. */
static enum status failed_system_v(const struct queue *queue, const char *before)
{
	struct msqid_ds ds;
	const char *name = queue->name->text;
	int error = errno;
	if (error == E2BIG)
		return fail_as(STATUS_FAILED,
		               "%s: %sthe next message has more than the %lld bytes "
		               "that a message could have when this began; it is still "
		               "there",
		               name, before, (long long)queue->size);
	if (error == ENOSYS)
		return fail_as(STATUS_FAILED,
		               "%s: %sthis kernel cannot copy a message (MSG_COPY)", name,
		               before);
	if (error == EINVAL && sysv_ask(queue->id, &queues, &ds) == 0)
		return fail_as(STATUS_FAILED, "%s: %s%s", name, before,
		               error_text(error));
	errno = error == EINVAL ? EIDRM : error;
	return sysv_failed(queue->name, &queues, before);
}

const struct queue_family queue_system_v = {
    .priorities = {.least = 1,
                   .most = INT64_MAX,
                   .otherwise = 1,
                   .digits = 19,
                   .rule = "has a priority that is no type: 1 to 9223372036854775807"},
    .create = create_system_v,
    .open = open_system_v,
    .close = close_system_v,
    .facts = facts_system_v,
    .unlink = unlink_system_v,
    .send = send_system_v,
    .receive = receive_system_v,
    .failed = failed_system_v,
};

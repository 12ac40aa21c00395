/* SPDX-License-Identifier: MIT */
/*
 * Sending to a System V message queue and receiving from it: msgop(2).
 *
 * The two calls that wait have no timeout (base/syscall_timer.h), and need the type in
 * the bytes before the message.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/syscall_timer.h"
#include "base/termsig.h"
#include "queue/sysv_transfer.h"

/*
 * A wait that runs the idle hook, or checks the reader, lasts a tenth of a second at a
 * time: the end of the next such period. *last: it is the deadline itself.
 */
static struct deadline queue_sysv_next_period(const struct deadline *deadline, bool *last)
{
	enum { PERIOD = 100000000 };
	*last = deadline_left(deadline) <= PERIOD;
	return *last ? *deadline : deadline_in(PERIOD);
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

int queue_sysv_send(const struct queue *queue, const void *message, size_t length,
                    int64_t type, const struct deadline *deadline)
{
	/* the room in queue->outgoing; nothing at all if msg_qbytes was set to 0 */
	if ((int64_t)length > queue->size) {
		errno = EMSGSIZE;
		return -1;
	}
	queue->outgoing->type = type;
	memcpy(queue->outgoing->text, message, length);
	if (msgsnd(queue->id, queue->outgoing, length, IPC_NOWAIT) == 0)
		return 0;
	if (errno != EAGAIN || deadline->timeout.kind == TIMEOUT_ZERO)
		return -1;
	return queue_sysv_send_in_periods(queue, length, deadline);
}

/* msgop(2): the type and the flags that choose a message. */
struct queue_sysv_selection {
	long type;
	int flags;
};

static struct queue_sysv_selection queue_sysv_selection_of(const struct queue *queue)
{
	enum { COPY = 040000 /* MSG_COPY, Linux 3.8, not in musl */ };
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

/* msgrcv(2) does not notice that the reader of the output closes it: poll it. */
static ssize_t queue_sysv_receive_in_periods(const struct queue *queue,
                                             struct queue_msgbuf *message,
                                             const struct deadline *deadline, int reader)
{
	for (;;) {
		struct pollfd closed = {.fd = reader};
		deadline_run_idle_hook();
		if (poll(&closed, 1, 0) > 0) {
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
	/* MSG_COPY requires IPC_NOWAIT */
	if (deadline->timeout.kind == TIMEOUT_ZERO ||
	    queue->choice.kind == QUEUE_CHOOSE_COPY)
		return -1;
	return reader < 0 && !deadline_run_idle_hook()
	           ? queue_sysv_receive_blocking(queue, message, deadline)
	           : queue_sysv_receive_in_periods(queue, message, deadline, reader);
}

ssize_t queue_sysv_receive(const struct queue *queue, void *buffer, int64_t *type,
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

/* May this process send? An approximation that never says yes wrongly. */
static bool queue_sysv_may_send(const struct ipc_perm *perm)
{
	uid_t uid = geteuid();
	if (uid == perm->uid || uid == perm->cuid)
		return (perm->mode & S_IWUSR) != 0;
	return uid == 0 || (perm->mode & (S_IWGRP | S_IWOTH)) == (S_IWGRP | S_IWOTH);
}

/*
 * msgop(2): a message that is longer than the buffer stays on the queue, with E2BIG. An
 * empty one fits into a buffer of 0 bytes: it is received, and sent again.
 */
int queue_sysv_await(const struct queue *queue, const struct deadline *deadline)
{
	enum { SEND_TIME = 1000000000 };
	struct msqid_ds ds;
	struct queue empty = *queue;
	struct queue_msgbuf message;
	int64_t type;
	empty.size = 0;
	if (msgctl(queue->id, IPC_STAT, &ds) < 0)
		return -1;
	if (!queue_sysv_may_send(&ds.msg_perm)) {
		errno = EACCES;
		return -1;
	}
	if (queue_sysv_receive(&empty, message.text, &type, deadline, -1) < 0)
		return errno == E2BIG ? 0 : -1;
	struct deadline soon = deadline_in(SEND_TIME);
	return queue_sysv_send(&empty, "", 0, type, &soon);
}

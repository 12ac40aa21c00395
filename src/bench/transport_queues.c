/* SPDX-License-Identifier: MIT */
/*
 * POSIX and System V message queues. See mq_overview(7), sysvipc(7).
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <unistd.h>

#include "base/procfs.h"
#include "bench/transport.h"

/* -------------------------------------------------------------------- POSIX */

/* The name is removed as soon as the queue is open; if it cannot be, name keeps it. */
static int open_posix_queue(size_t size, char *name, size_t name_size)
{
	struct mq_attr attr = {.mq_maxmsg = 10, .mq_msgsize = (long)size};
	for (unsigned number = 0;; number++) {
		snprintf(name, name_size, "/ipcbench.%d.%u", (int)getpid(), number);
		mqd_t queue =
		    mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &attr);
		if (queue != (mqd_t)-1 && mq_unlink(name) < 0)
			return (int)queue;
		if (queue == (mqd_t)-1 && errno == EEXIST)
			continue;
		name[0] = '\0';
		return (int)queue;
	}
}

static int open_posix_queues(struct transport *transport)
{
	for (int direction = 0; direction < 2; direction++) {
		char *name = transport->names[direction];
		transport->to[direction] = open_posix_queue(
		    transport->size, name, sizeof transport->names[direction]);
		if (transport->to[direction] < 0)
			return -1;
	}
	return 0;
}

static int send_to_posix_queue(const struct transport *transport, int direction,
                               const char *bytes)
{
	return mq_send((mqd_t)transport->to[direction], bytes, transport->size, 0);
}

static int receive_from_posix_queue(const struct transport *transport, int direction,
                                    char *bytes)
{
	ssize_t length =
	    mq_receive((mqd_t)transport->to[direction], bytes, transport->size, NULL);
	return length < 0 ? -1 : 0;
}

static int close_posix_queues(struct transport *transport)
{
	int result = 0, error = 0;
	for (int direction = 0; direction < 2; direction++) {
		const char *name = transport->names[direction];
		if (transport->to[direction] >= 0)
			mq_close((mqd_t)transport->to[direction]);
		if (name[0] != '\0' && mq_unlink(name) < 0 && errno != ENOENT) {
			result = -1;
			error = errno;
		}
	}
	errno = error;
	return result;
}

static int64_t posix_message_max(const char **limit)
{
	*limit = "fs.mqueue.msgsize_max";
	return procfs_sysctl("fs/mqueue/msgsize_max");
}

const struct transport_mechanism transport_mq = {
    .name = "mq",
    .summary = "two POSIX message queues",
    .largest = posix_message_max,
    .open = open_posix_queues,
    .send = send_to_posix_queue,
    .receive = receive_from_posix_queue,
    .close = close_posix_queues,
};

/* ----------------------------------------------------------------- System V */

static int open_sysv_queues(struct transport *transport)
{
	for (int direction = 0; direction < 2; direction++) {
		transport->to[direction] = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
		if (transport->to[direction] < 0)
			return -1;
	}
	return 0;
}

/* msgsnd(2): the type is before the bytes, so they are copied once more. */
static struct msgbuf *allocate_msgbuf(size_t size)
{
	return malloc(sizeof(long) + size);
}

static int send_to_sysv_queue(const struct transport *transport, int direction,
                              const char *bytes)
{
	struct msgbuf *message = allocate_msgbuf(transport->size);
	if (message == NULL)
		return -1;
	message->mtype = 1;
	memcpy(message->mtext, bytes, transport->size);
	int result = msgsnd(transport->to[direction], message, transport->size, 0);
	int error = errno;
	free(message);
	errno = error;
	return result;
}

static int receive_from_sysv_queue(const struct transport *transport, int direction,
                                   char *bytes)
{
	struct msgbuf *message = allocate_msgbuf(transport->size);
	if (message == NULL)
		return -1;
	ssize_t length = msgrcv(transport->to[direction], message, transport->size, 0, 0);
	int error = errno;
	if (length > 0)
		memcpy(bytes, message->mtext, (size_t)length);
	free(message);
	errno = error;
	return length < 0 ? -1 : 0;
}

static int remove_sysv_queues(struct transport *transport)
{
	int result = 0, error = 0;
	for (int direction = 0; direction < 2; direction++)
		if (transport->to[direction] >= 0 &&
		    msgctl(transport->to[direction], IPC_RMID, NULL) < 0) {
			result = -1;
			error = errno;
		}
	errno = error;
	return result;
}

static int64_t sysv_message_max(const char **limit)
{
	*limit = "kernel.msgmax";
	return procfs_sysctl("kernel/msgmax");
}

const struct transport_mechanism transport_sysv = {
    .name = "sysv",
    .summary = "two System V message queues",
    .largest = sysv_message_max,
    .open = open_sysv_queues,
    .send = send_to_sysv_queue,
    .receive = receive_from_sysv_queue,
    .close = remove_sysv_queues,
};

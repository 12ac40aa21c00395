/*
 * Message queues, of POSIX and of System V. See mq_overview(7), sysvipc(7).
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

/* Its name is gone as soon as it is open. */
static int open_queue(size_t size)
{
	struct mq_attr attr = {.mq_maxmsg = 10, .mq_msgsize = (long)size};
	for (unsigned number = 0;; number++) {
		char name[64];
		snprintf(name, sizeof name, "/ipcbench.%d.%u", (int)getpid(), number);
		mqd_t queue =
		    mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &attr);
		if (queue != (mqd_t)-1)
			mq_unlink(name);
		if (queue != (mqd_t)-1 || errno != EEXIST)
			return (int)queue;
	}
}

static int open_queues(struct channel *channel)
{
	for (int way = 0; way < 2; way++) {
		channel->to[way] = open_queue(channel->size);
		if (channel->to[way] < 0)
			return -1;
	}
	return 0;
}

static int queue_put(const struct channel *channel, int way, const char *bytes)
{
	return mq_send((mqd_t)channel->to[way], bytes, channel->size, 0);
}

static int queue_get(const struct channel *channel, int way, char *bytes)
{
	ssize_t length = mq_receive((mqd_t)channel->to[way], bytes, channel->size, NULL);
	return length < 0 ? -1 : 0;
}

static void close_queues(struct channel *channel)
{
	for (int way = 0; way < 2; way++)
		if (channel->to[way] >= 0)
			mq_close((mqd_t)channel->to[way]);
}

static int64_t queue_largest(const char **limit)
{
	*limit = "fs.mqueue.msgsize_max";
	return limit_of("fs/mqueue/msgsize_max");
}

const struct mechanism mechanism_mq = {
    .name = "mq",
    .summary = "two POSIX message queues",
    .largest = queue_largest,
    .open = open_queues,
    .send = queue_put,
    .receive = queue_get,
    .close = close_queues,
};

/* ----------------------------------------------------------------- System V */

static int open_system_v(struct channel *channel)
{
	for (int way = 0; way < 2; way++) {
		channel->to[way] = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
		if (channel->to[way] < 0)
			return -1;
	}
	return 0;
}

/* msgsnd(2): the type stands in front of the bytes, so they are copied once more. */
static struct msgbuf *with_type(size_t size)
{
	return malloc(sizeof(long) + size);
}

static int system_v_put(const struct channel *channel, int way, const char *bytes)
{
	struct msgbuf *message = with_type(channel->size);
	if (message == NULL)
		return -1;
	message->mtype = 1;
	memcpy(message->mtext, bytes, channel->size);
	int result = msgsnd(channel->to[way], message, channel->size, 0);
	int error = errno;
	free(message);
	errno = error;
	return result;
}

static int system_v_get(const struct channel *channel, int way, char *bytes)
{
	struct msgbuf *message = with_type(channel->size);
	if (message == NULL)
		return -1;
	ssize_t length = msgrcv(channel->to[way], message, channel->size, 0, 0);
	int error = errno;
	if (length > 0)
		memcpy(bytes, message->mtext, (size_t)length);
	free(message);
	errno = error;
	return length < 0 ? -1 : 0;
}

static void remove_system_v(struct channel *channel)
{
	for (int way = 0; way < 2; way++)
		if (channel->to[way] >= 0)
			msgctl(channel->to[way], IPC_RMID, NULL);
}

static int64_t system_v_largest(const char **limit)
{
	*limit = "kernel.msgmax";
	return limit_of("kernel/msgmax");
}

const struct mechanism mechanism_sysv = {
    .name = "sysv",
    .summary = "two System V message queues",
    .largest = system_v_largest,
    .open = open_system_v,
    .send = system_v_put,
    .receive = system_v_get,
    .close = remove_system_v,
};

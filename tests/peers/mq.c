/* SPDX-License-Identifier: MIT */
/*
 * mq VERB QUEUE [ARGUMENT...]: the C calls on the other end of a message queue.
 *
 *   create QUEUE DEPTH SIZE      mq_open(3) with O_CREAT | O_EXCL, mode 0600
 *   send QUEUE PRIO TEXT         mq_send(3)
 *   receive QUEUE [COUNT]        mq_receive(3): "PRIO TEXT" and a newline for each
 *   shape QUEUE                  mq_getattr(3): "DEPTH SIZE MESSAGES"
 *   notify QUEUE                 mq_notify(3): "registered", later "notified by UID"
 *   feed QUEUE COUNT TAG         send "TAG.1" to "TAG.COUNT"
 */
#include <err.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);
	if (end == text || *end != '\0')
		errx(2, "%s: not a number", text);
	return value;
}

static mqd_t open_queue(const char *name, int flags)
{
	mqd_t queue = mq_open(name, flags);
	if (queue == (mqd_t)-1)
		err(1, "mq_open %s", name);
	return queue;
}

static void create(const char *name, const char *depth, const char *size)
{
	struct mq_attr attr = {.mq_maxmsg = number(depth), .mq_msgsize = number(size)};
	if (mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr) == (mqd_t)-1)
		err(1, "mq_open %s", name);
}

static struct mq_attr shape(mqd_t queue)
{
	struct mq_attr attr;
	if (mq_getattr(queue, &attr) < 0)
		err(1, "mq_getattr");
	return attr;
}

static void send_text(mqd_t queue, unsigned priority, const char *text)
{
	if (mq_send(queue, text, strlen(text), priority) < 0)
		err(1, "mq_send");
}

static void receive(mqd_t queue, long count)
{
	size_t size = (size_t)shape(queue).mq_msgsize;
	char *text = malloc(size);
	if (text == NULL)
		err(1, "malloc");
	while (count-- > 0) {
		unsigned priority;
		ssize_t length = mq_receive(queue, text, size, &priority);
		if (length < 0)
			err(1, "mq_receive");
		printf("%u %.*s\n", priority, (int)length, text);
		fflush(stdout);
	}
	free(text);
}

static void notify(mqd_t queue)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	siginfo_t info;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (mq_notify(queue, &event) < 0)
		err(1, "mq_notify");
	printf("registered\n");
	fflush(stdout);
	if (sigwaitinfo(&set, &info) < 0)
		err(1, "sigwaitinfo");
	printf("notified by %u\n", info.si_uid);
}

static void feed(mqd_t queue, long count, const char *tag)
{
	for (long i = 1; i <= count; i++) {
		char text[64];
		snprintf(text, sizeof text, "%s.%ld", tag, i);
		send_text(queue, 0, text);
	}
}

int main(int argc, char **argv)
{
	const char *verb = argc > 2 ? argv[1] : "";
	if (strcmp(verb, "create") == 0 && argc == 5) {
		create(argv[2], argv[3], argv[4]);
	} else if (strcmp(verb, "send") == 0 && argc == 5) {
		send_text(open_queue(argv[2], O_WRONLY), (unsigned)number(argv[3]),
		          argv[4]);
	} else if (strcmp(verb, "receive") == 0 && argc <= 4) {
		receive(open_queue(argv[2], O_RDONLY), argc == 4 ? number(argv[3]) : 1);
	} else if (strcmp(verb, "shape") == 0 && argc == 3) {
		struct mq_attr attr = shape(open_queue(argv[2], O_RDONLY));
		printf("%ld %ld %ld\n", attr.mq_maxmsg, attr.mq_msgsize, attr.mq_curmsgs);
	} else if (strcmp(verb, "notify") == 0 && argc == 3) {
		notify(open_queue(argv[2], O_RDONLY));
	} else if (strcmp(verb, "feed") == 0 && argc == 5) {
		feed(open_queue(argv[2], O_WRONLY), number(argv[3]), argv[4]);
	} else {
		errx(2, "mq VERB QUEUE [ARGUMENT...]");
	}
	return 0;
}

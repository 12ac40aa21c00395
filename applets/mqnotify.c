/* SPDX-License-Identifier: MIT */
/*
 * mqnotify - report messages that arrive on an empty message queue, and their senders
 *
 * mq_notify(3): one process can be registered with a queue, and is notified once.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "applet.h"
#include "base/deadline.h"
#include "base/ksig.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/escape.h"
#include "io/output.h"
#include "io/readiness.h"
#include "io/record.h"
#include "queue/queue.h"
#include "signal/sigreader.h"

struct mqnotify {
	int64_t count;
	struct timeout timeout;
	bool json;
	int64_t ready_fd;
};

static const struct mqnotify defaults = {.count = INT64_MAX, .ready_fd = -1};

static const struct option_row options[] = {
    NUMBER('c', "count", mqnotify, count, 0, "N", 1, INT64_MAX,
           "end after N notifications"),
    TIMEOUT(mqnotify, timeout),
    JSON(mqnotify, json, 0),
    READINESS_FD(mqnotify, ready_fd),
    END_OF_OPTIONS,
};

/*
 * A signal that is ignored by default, so that one from another process has no effect
 * here either. Not a real-time signal: at RLIMIT_SIGPENDING the kernel drops it, and the
 * notification with it; a standard signal arrives without its sender.
 */
enum { MQNOTIFY_SIGNAL = SIGURG };

struct mqnotify_listener {
	const struct mqnotify *given;
	struct queue queue;
	struct sigreader signals;
	struct deadline deadline;
	int64_t left; /* notifications to come */
};

/* The system call, without the helper thread of the C libraries. */
static int mqnotify_register(const struct queue *queue)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
	                         .sigev_signo = MQNOTIFY_SIGNAL};
	return (int)syscall(SYS_mq_notify, queue->fd, &event);
}

static enum status mqnotify_register_error(const struct queue *queue)
{
	const char *name = queue->name->text;
	struct queue_facts facts;
	if (errno != EBUSY)
		return error_errno("%s", name);
	enum status status = queue_facts(queue, &facts);
	if (status != STATUS_OK)
		return status;
	/* no permission to read, or a process of an outer PID namespace */
	if (facts.notify <= 0)
		return error_as(STATUS_FAILED,
		                "%s: another process is registered for notification",
		                name);
	return error_as(STATUS_FAILED, "%s: process %d is registered for notification",
	                name, facts.notify);
}

static enum status mqnotify_print_text(const struct name *name,
                                       const struct signalfd_siginfo *info)
{
	char line[ESCAPE_BYTE_MAX * sizeof name->text + 64];
	size_t length = escape_text(line, name->text);
	length += (size_t)snprintf(line + length, sizeof line - length,
	                           ": message from pid %u uid %u\n", info->ssi_pid,
	                           info->ssi_uid);
	return output_write(line, length);
}

static enum status mqnotify_print(const struct mqnotify_listener *listener,
                                  const struct signalfd_siginfo *info)
{
	static const struct record_column columns[] = {
	    {"queue", 0}, {"pid", 0}, {"uid", 0}, {0}};
	struct record record;
	if (!listener->given->json)
		return mqnotify_print_text(listener->queue.name, info);
	record_begin(&record, columns, true);
	record_text(&record, listener->queue.name->text);
	record_unsigned(&record, info->ssi_pid);
	record_unsigned(&record, info->ssi_uid);
	return record_end(&record);
}

/* False if it is not known: without permission to read. */
static bool mqnotify_is_registered(const struct queue *queue)
{
	struct queue_facts facts;
	return queue_facts(queue, &facts) == STATUS_OK && facts.notify == getpid();
}

/*
 * A signal was received. As long as this process is registered, it is from another
 * process, even if it claims to be a notification. It is one if registering again
 * succeeds, which is done before it is printed, so that a message that arrives in the
 * meantime is reported too.
 */
static enum status mqnotify_handle_signal(struct mqnotify_listener *listener)
{
	struct signalfd_siginfo info;
	if (sigreader_read(&listener->signals, &info, 1) == 0)
		return STATUS_OK;
	enum status again = STATUS_OK;
	bool notified = info.ssi_code == SI_MESGQ;
	if (notified && mqnotify_is_registered(&listener->queue))
		return STATUS_OK;
	if (!notified || listener->left > 1) {
		if (mqnotify_register(&listener->queue) == 0)
			notified = true;
		else if (notified || errno != EBUSY)
			again = mqnotify_register_error(&listener->queue);
	}
	if (!notified)
		return again;
	listener->left--;
	return status_first_failure(mqnotify_print(listener, &info), again);
}

static enum status mqnotify_timed_out(const struct mqnotify_listener *listener)
{
	const char *name = listener->queue.name->text;
	long long wanted = listener->given->count;
	if (wanted == INT64_MAX)
		return error_as(STATUS_TIMED_OUT, "%s: timed out", name);
	return error_as(STATUS_TIMED_OUT,
	                "%s: timed out: %lld of %lld notifications received", name,
	                wanted - listener->left, wanted);
}

static enum status mqnotify_listen(struct mqnotify_listener *listener)
{
	struct pollfd ready = {.fd = listener->signals.fd, .events = POLLIN};
	if (mqnotify_register(&listener->queue) < 0)
		return mqnotify_register_error(&listener->queue);
	enum status status = readiness_notify(listener->given->ready_fd);
	while (status == STATUS_OK && listener->left > 0) {
		if (deadline_poll(&listener->deadline, &ready, 1) > 0)
			status = mqnotify_handle_signal(listener);
		else
			status = errno == ETIMEDOUT ? mqnotify_timed_out(listener)
			                            : error_errno("signalfd");
	}
	return status;
}

/* Closing the descriptor ends the registration. */
static enum status mqnotify_open_and_listen(struct mqnotify_listener *listener,
                                            const struct name *name)
{
	enum status status =
	    sigreader_begin(&listener->signals, ksig_bit(MQNOTIFY_SIGNAL));
	if (status != STATUS_OK)
		return status;
	status = queue_open(&listener->queue, name, QUEUE_INSPECT);
	if (status == STATUS_OK) {
		status = mqnotify_listen(listener);
		queue_close(&listener->queue);
	}
	sigreader_end(&listener->signals);
	return status;
}

static enum status mqnotify_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct mqnotify *given = opts;
	struct name name;
	enum status status = name_parse(&name, NAME_QUEUE, argv[0]);
	if (status == STATUS_OK)
		status = queue_check_pollable(&name);
	if (status == STATUS_OK)
		status = readiness_check(given->ready_fd);
	if (status != STATUS_OK)
		return status;

	struct termsig termsig;
	struct mqnotify_listener listener = {.given = given,
	                                     .deadline = deadline_start(given->timeout),
	                                     .left = given->count};
	termsig_begin(&termsig);
	status = mqnotify_open_and_listen(&listener, &name);
	return termsig_end(&termsig, status);
}

APPLET(
    mqnotify,
    .summary = "report messages that arrive on an empty message queue, and their senders",
    .group = APPLETS_QUEUES,
    .example = "mqnotify -c 2 --ready-fd 3 /notices >log 3>ready & read line <ready",
    .self = {.operands = "QUEUE",
             .operand_kinds = {OPERAND_QUEUE},
             .min_operands = 1,
             .max_operands = 1,
             .options = options,
             .defaults = &defaults,
             OPTIONS_OF(mqnotify),
             .run = mqnotify_run});

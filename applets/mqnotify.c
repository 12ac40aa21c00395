/*
 * mqnotify - tell of each message that comes to an empty message queue, and who sent it
 *
 * mq_notify(3): one process may be registered with a queue, and is told once.
 */
#include <errno.h>
#include <mqueue.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "applet.h"
#include "base/deadline.h"
#include "base/sigset.h"
#include "base/termsig.h"
#include "io/output.h"
#include "io/readiness.h"
#include "io/record.h"
#include "io/report.h"
#include "queue/queue.h"
#include "signal/signame.h"

struct mqnotify {
	int64_t count;
	struct patience patience;
	bool json;
	int64_t ready_fd;
};

static const struct mqnotify defaults = {.count = INT64_MAX, .ready_fd = -1};

static const struct option_row options[] = {
    NUMBER('c', "count", mqnotify, count, 0, "N", 1, INT64_MAX,
           "end after N notifications"),
    TIMEOUT(mqnotify, patience),
    JSON(mqnotify, json, 0),
    READY_FD(mqnotify, ready_fd),
    END_OF_OPTIONS,
};

/*
 * A signal that is ignored by default, so that one which somebody else sends does here
 * what it does everywhere: nothing. Not a real-time signal: at RLIMIT_SIGPENDING the
 * kernel drops it, and with it the notification; a standard one arrives without its
 * sender.
 */
enum { NOTIFICATION = SIGURG };

struct listening {
	const struct mqnotify *given;
	struct queue queue;
	struct sig_watch watch;
	struct deadline deadline;
	int64_t left; /* notifications to come */
};

/* The system call itself: musl and glibc would do the same. */
static int ask_for_notification(const struct queue *queue)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
	                         .sigev_signo = NOTIFICATION};
	return (int)syscall(SYS_mq_notify, queue->fd, &event);
}

static enum status not_registered(const struct queue *queue)
{
	const char *name = queue->name->text;
	struct queue_facts facts;
	if (errno != EBUSY)
		return fail("%s", name);
	enum status status = queue_facts(queue, &facts);
	if (status != STATUS_DONE)
		return status;
	/* not readable, or of a process namespace around ours */
	if (facts.notify <= 0)
		return fail_as(STATUS_FAILED,
		               "%s: another process is registered for notification",
		               name);
	return fail_as(STATUS_FAILED, "%s: process %d is registered for notification",
	               name, facts.notify);
}

static enum status print(const struct listening *l, const struct signalfd_siginfo *info)
{
	const char *name = l->queue.name->text;
	char string[6 * NAME_BYTES_MAX + 32];
	if (!l->given->json)
		return output_print("%s: message from pid %u uid %u\n", name,
		                    info->ssi_pid, info->ssi_uid);
	size_t length = json_string(string, name, strlen(name));
	return output_print("{\"queue\":%.*s,\"pid\":%u,\"uid\":%u}\n", (int)length,
	                    string, info->ssi_pid, info->ssi_uid);
}

/*
 * A signal has come. It is a notification where registering succeeds again: while we are
 * registered still it was somebody else's. Before anything is printed, so that what comes
 * meanwhile is told too.
 */
static enum status look(struct listening *l)
{
	struct signalfd_siginfo info;
	if (sig_watch_read(&l->watch, &info, 1) == 0)
		return STATUS_DONE;
	enum status again = STATUS_DONE;
	bool notified = info.ssi_code == SI_MESGQ;
	if (!notified || l->left > 1) {
		if (ask_for_notification(&l->queue) == 0)
			notified = true;
		else if (notified || errno != EBUSY)
			again = not_registered(&l->queue);
	}
	if (!notified)
		return again;
	l->left--;
	return first_failure(print(l, &info), again);
}

static enum status timed_out(const struct listening *l)
{
	const char *name = l->queue.name->text;
	long long wanted = l->given->count;
	if (wanted == INT64_MAX)
		return fail_as(STATUS_TIMED_OUT, "%s: timed out", name);
	return fail_as(STATUS_TIMED_OUT, "%s: timed out: %lld of %lld notifications came",
	               name, wanted - l->left, wanted);
}

static enum status listen_on(struct listening *l)
{
	struct pollfd ready = {.fd = l->watch.fd, .events = POLLIN};
	if (ask_for_notification(&l->queue) < 0)
		return not_registered(&l->queue);
	enum status status = ready_tell(l->given->ready_fd);
	while (status == STATUS_DONE && l->left > 0) {
		if (deadline_poll(&l->deadline, &ready, 1) > 0)
			status = look(l);
		else
			status = errno == ETIMEDOUT ? timed_out(l) : fail("signalfd");
	}
	return status;
}

/* To close the descriptor ends the registration. */
static enum status open_and_listen(struct listening *l, const struct name *name)
{
	enum status status = sig_watch_begin(&l->watch, sig_bit(NOTIFICATION));
	if (status != STATUS_DONE)
		return status;
	status = queue_open(&l->queue, name, QUEUE_LOOK);
	if (status == STATUS_DONE) {
		status = listen_on(l);
		queue_close(&l->queue);
	}
	sig_watch_end(&l->watch);
	return status;
}

static enum status run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct mqnotify *given = opts;
	struct name name;
	enum status status = name_parse(&name, NAME_QUEUE, argv[0]);
	if (status == STATUS_DONE && name.family != FAMILY_POSIX)
		status = usage_error("%s: a System V queue notifies nobody", name.text);
	if (status == STATUS_DONE)
		status = ready_check(given->ready_fd);
	if (status != STATUS_DONE)
		return status;

	struct interrupt interrupt;
	struct listening l = {.given = given,
	                      .deadline = deadline_after(given->patience),
	                      .left = given->count};
	interrupt_begin(&interrupt);
	status = open_and_listen(&l, &name);
	return interrupt_end(&interrupt, status);
}

APPLET(
    mqnotify,
    .summary = "tell of messages that come to an empty message queue, and their senders",
    .self = {.operands = "QUEUE",
             .least_operands = 1,
             .most_operands = 1,
             .options = options,
             .defaults = &defaults,
             OPTIONS_OF(mqnotify),
             .run = run});

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "io/readiness.h"
#include "io/report.h"
#include "process/children.h"
#include "process/environment.h"
#include "process/exec.h"
#include "signal/signame.h"
#include "signal/watch.h"

/*
 * While a command runs standard signals are read into this list, since the kernel does
 * not queue one that is pending already. Real-time signals wait in the kernel, which
 * keeps them all and tells who sends too many.
 */
struct list {
	struct signalfd_siginfo *infos;
	size_t first, end, size;
};

/* Far more than anybody waits for; one more is as if it were still pending. */
enum { LIST_MAX = 65536 };

struct executing {
	const struct watch_request *given;
	const char *command;
	struct sig_watch watch;
	struct deadline deadline;
	int64_t left; /* commands to run */

	struct list list;
	bool ending;                  /* the last signal has come */
	struct signalfd_siginfo last; /* it */
	bool closed;                  /* what comes now comes too late */

	pid_t running;
	enum status failed; /* of the first command that failed */
};

/* ------------------------------------------------------------------- list */

static bool make_room(struct list *list)
{
	if (list->first > 0) {
		memmove(list->infos, list->infos + list->first,
		        (list->end - list->first) * sizeof *list->infos);
		list->end -= list->first;
		list->first = 0;
		return true;
	}
	size_t size = list->size > 0 ? 2 * list->size : 32;
	struct signalfd_siginfo *infos = NULL;
	if (size <= LIST_MAX)
		infos = realloc(list->infos, size * sizeof *infos);
	if (infos == NULL)
		return false;
	list->infos = infos;
	list->size = size;
	return true;
}

static void append(struct list *list, const struct signalfd_siginfo *info)
{
	if (list->end < list->size || make_room(list))
		list->infos[list->end++] = *info;
}

static bool take_first(struct list *list, struct signalfd_siginfo *info)
{
	if (list->first == list->end)
		return false;
	*info = list->infos[list->first++];
	return true;
}

/* ------------------------------------------------------------------- hear */

/* The last signal is held back until there has been a command for all the others. */
static void hear(struct executing *x, const struct signalfd_siginfo *info)
{
	if (x->closed)
		return;
	if ((int)info->ssi_signo != x->given->until) {
		append(&x->list, info);
		return;
	}
	if (x->ending && x->given->show_until)
		append(&x->list, &x->last);
	x->ending = true;
	x->last = *info;
}

static size_t hear_one(struct executing *x)
{
	struct signalfd_siginfo info;
	if (sig_watch_read(&x->watch, &info, 1) == 0)
		return 0;
	hear(x, &info);
	return 1;
}

/* All that has come by now, and nothing afterwards. */
static void hear_the_rest(struct executing *x)
{
	int64_t most = sig_most_pending();
	while (hear_one(x) > 0 && most > 0)
		most--;
	x->closed = true;
}

/* While a command runs: its own end is none of the signals that are watched for. */
static bool take(void *argument, const struct signalfd_siginfo *info)
{
	struct executing *x = argument;
	if (!(x->watch.set & sig_bit((int)info->ssi_signo)) ||
	    (watch_is_of_child(info) && (pid_t)info->ssi_pid == x->running))
		return false;
	x->watch.took_child |= info->ssi_signo == SIGCHLD;
	hear(x, info);
	return true;
}

/* ---------------------------------------------------------------- command */

/* In the child. */
static bool tell_command(void *argument)
{
	const struct signalfd_siginfo *info = argument;
	struct sig_name name;
	char number[16];
	bool no_value = info->ssi_code != SI_QUEUE;
	if (environment_set("SIGNAL", sig_name((int)info->ssi_signo, &name)) == 0 &&
	    environment_set_number("SI_PID", info->ssi_pid) == 0 &&
	    environment_set_number("SI_UID", info->ssi_uid) == 0 &&
	    environment_set("SI_CODE", watch_code_name(info, number)) == 0 &&
	    (no_value ? environment_set("SI_VALUE", "")
	              : environment_set_number("SI_VALUE", info->ssi_int)) == 0)
		return true;
	fail("the environment");
	return false;
}

/* The status of what ends the watching, not the command's. */
static enum status run_command(struct executing *x, struct signalfd_siginfo *info)
{
	char shell[] = "/bin/sh", option[] = "-c";
	char *argv[] = {shell, option, (char *)(uintptr_t)x->command, NULL};
	uint64_t real_time = ~(sig_bit(SIG_RTMIN) - 1);
	struct crew_hooks hooks = {.also = x->watch.set & ~real_time,
	                           .leave = x->watch.set & real_time,
	                           .take = take,
	                           .argument = x};
	struct crew crew;
	struct crew_ended ended = {0};
	pid_t place;
	enum status status = crew_begin_with(&crew, &place, 1, &hooks);
	if (status != STATUS_DONE)
		return STATUS_FAILED;
	/* that of the caller, not ours */
	crew.command_mask = x->watch.saved_mask;
	x->running = crew_start(&crew, argv, tell_command, info);
	if (x->running < 0) {
		crew_end(&crew, 0);
		return STATUS_FAILED;
	}
	crew_wait(&crew, &ended);
	x->failed = first_failure(x->failed, child_status(ended.wait_status));
	x->left--;
	int asked = crew_asked(&crew);
	crew_end(&crew, asked);
	return asked != 0 ? (enum status)(STATUS_SIGNAL + asked) : STATUS_DONE;
}

/* Until nothing is left to wait for. */
static enum status run_commands(struct executing *x)
{
	struct pollfd ready = {.fd = x->watch.fd, .events = POLLIN};
	enum status status = STATUS_DONE;
	while (status == STATUS_DONE && x->left > 0) {
		struct signalfd_siginfo info;
		if (take_first(&x->list, &info))
			status = run_command(x, &info);
		else if (x->closed)
			return status;
		else if (x->ending || deadline_left(&x->deadline) == 0)
			hear_the_rest(x);
		else if (deadline_poll(&x->deadline, &ready, 1) > 0)
			hear_one(x);
		else if (errno != ETIMEDOUT)
			return fail("signalfd");
	}
	return status;
}

static enum status execute(struct executing *x)
{
	const struct watch_request *given = x->given;
	enum status status =
	    sig_watch_begin(&x->watch, given->set | sig_bit(given->until));
	if (status != STATUS_DONE)
		return status;
	status = ready_tell(given->ready_fd);
	if (status == STATUS_DONE)
		status = run_commands(x);
	if (status == STATUS_DONE && x->left > 0 && !x->ending)
		status = watch_timed_out(given, x->left);
	if (status == STATUS_DONE && x->left > 0 && given->show_until)
		status = run_command(x, &x->last);
	sig_watch_end(&x->watch);
	return status;
}

enum status watch_execute(const struct watch_request *request, const char *command)
{
	struct interrupt interrupt;
	struct executing x = {.given = request,
	                      .command = command,
	                      .deadline = deadline_after(request->patience),
	                      .left = request->count};
	interrupt_begin(&interrupt);
	enum status status = execute(&x);
	free(x.list.infos);
	return interrupt_end(&interrupt, first_failure(x.failed, status));
}

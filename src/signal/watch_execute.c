/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/deadline.h"
#include "base/ksig.h"
#include "base/status.h"
#include "base/termsig.h"
#include "base/vec.h"
#include "io/error.h"
#include "io/readiness.h"
#include "process/children.h"
#include "signal/siginfo.h"
#include "signal/signame.h"
#include "signal/sigreader.h"
#include "signal/watch.h"

/*
 * While a command runs, standard signals are read into this list, since the kernel does
 * not queue one that is pending already. Real-time signals wait in the kernel, which
 * queues them all, up to a limit that it reports to the sender.
 */
struct siginfo_list {
	struct signalfd_siginfo *infos;
	size_t first, end, room;
};

/* A signal beyond this is lost, and that is reported. */
enum { SIGINFO_LIST_MAX = 65536 };

struct signal_executor {
	const struct signal_watch *given;
	const char *command;
	struct sigreader reader;
	struct deadline deadline;
	int64_t left; /* commands to run */

	struct siginfo_list list;
	bool ending; /* the last signal has come: */
	struct signalfd_siginfo last_info;
	bool closed; /* later signals are dropped */

	pid_t command_pid;
	/* of the first command that failed, or signal that was lost */
	enum status failed;
	uint64_t lost; /* signals that the list had no room for */
};

/* ------------------------------------------------------------------- list */

static bool siginfo_list_reserve(struct siginfo_list *list)
{
	if (list->first > 0) {
		memmove(list->infos, list->infos + list->first,
		        (list->end - list->first) * sizeof *list->infos);
		list->end -= list->first;
		list->first = 0;
		return true;
	}
	struct signalfd_siginfo *infos = NULL;
	errno = ENOBUFS;
	if (list->room < SIGINFO_LIST_MAX)
		infos = vec_grow(list->infos, &list->room, sizeof *infos);
	if (infos == NULL)
		return false;
	list->infos = infos;
	return true;
}

static bool siginfo_list_append(struct siginfo_list *list,
                                const struct signalfd_siginfo *info)
{
	if (list->end == list->room && !siginfo_list_reserve(list))
		return false;
	list->infos[list->end++] = *info;
	return true;
}

static bool siginfo_list_remove_first(struct siginfo_list *list,
                                      struct signalfd_siginfo *info)
{
	if (list->first == list->end)
		return false;
	*info = list->infos[list->first++];
	return true;
}

/* ------------------------------------------------------------------- read */

/* Of many that are lost only the first is reported at once. */
static void append_signal(struct signal_executor *x, const struct signalfd_siginfo *info)
{
	struct signame name;
	if (siginfo_list_append(&x->list, info) || x->lost++ > 0)
		return;
	enum status status =
	    error_as(STATUS_FAILED, "%s: no command runs for it: %s",
	             signame_format((int)info->ssi_signo, &name), error_text(errno));
	x->failed = status_first_failure(x->failed, status);
}

/* The last signal is kept until a command has run for each of the others. */
static void queue_signal(struct signal_executor *x, const struct signalfd_siginfo *info)
{
	if (x->closed)
		return;
	if ((int)info->ssi_signo != x->given->until) {
		append_signal(x, info);
		return;
	}
	if (x->ending && x->given->show_until)
		append_signal(x, &x->last_info);
	x->ending = true;
	x->last_info = *info;
}

/* False: none is pending. */
static bool read_one_signal(struct signal_executor *x)
{
	struct signalfd_siginfo info;
	if (sigreader_read(&x->reader, &info, 1) == 0)
		return false;
	queue_signal(x, &info);
	return true;
}

/* Read all signals that are pending now, and drop later ones. */
static void read_remaining_signals(struct signal_executor *x)
{
	int64_t most = ksig_pending_max();
	while (read_one_signal(x) && most > 0)
		most--;
	x->closed = true;
}

/* Called while a command runs. The SIGCHLD of its own end is not a watched signal. */
static bool intercept_signal(void *argument, const struct signalfd_siginfo *info)
{
	struct signal_executor *x = argument;
	if (!(x->reader.set & ksig_bit((int)info->ssi_signo)) ||
	    (siginfo_is_child_change(info) && (pid_t)info->ssi_pid == x->command_pid))
		return false;
	x->reader.read_sigchld |= info->ssi_signo == SIGCHLD;
	queue_signal(x, info);
	return true;
}

/* ---------------------------------------------------------------- command */

/* In the child. */
static bool export_signal(void *argument)
{
	const struct signalfd_siginfo *info = argument;
	if (siginfo_export(info) == 0)
		return true;
	error_errno("the environment");
	return false;
}

/* STATUS_OK, also if the command fails: x->failed. Another status ends the watching. */
static enum status run_signal_command(struct signal_executor *x,
                                      struct signalfd_siginfo *info)
{
	char shell[] = "/bin/sh", option[] = "-c";
	char *argv[] = {shell, option, (char *)(uintptr_t)x->command, NULL};
	uint64_t real_time = ~(ksig_bit(KSIG_RTMIN) - 1);
	struct children_hooks hooks = {.extra = x->reader.set & ~real_time,
	                               .ignore = x->reader.set & real_time,
	                               .intercept = intercept_signal,
	                               .argument = x};
	struct children children;
	struct children_exit ended = {0};
	pid_t pid;
	enum status status = children_begin_with_hooks(&children, &pid, 1, &hooks);
	if (status != STATUS_OK)
		return STATUS_FAILED;
	/* sigreader has blocked more than the caller had */
	children.command_mask = x->reader.saved_mask;
	x->command_pid = children_start(&children, argv, export_signal, info);
	if (x->command_pid < 0) {
		children_end(&children, 0);
		return STATUS_FAILED;
	}
	children_wait(&children, &ended);
	x->failed = status_first_failure(x->failed, status_of_wait(ended.wait_status));
	x->left--;
	int termination_signal = children_termination_signal(&children);
	children_end(&children, termination_signal);
	return termination_signal != 0 ? (enum status)(STATUS_SIGNAL + termination_signal)
	                               : STATUS_OK;
}

/* A command for each signal that comes, until no more can come or x->left is 0. */
static enum status run_commands_for_signals(struct signal_executor *x)
{
	struct pollfd ready = {.fd = x->reader.fd, .events = POLLIN};
	enum status status = STATUS_OK;
	while (status == STATUS_OK && x->left > 0) {
		struct signalfd_siginfo info;
		if (siginfo_list_remove_first(&x->list, &info))
			status = run_signal_command(x, &info);
		else if (x->closed)
			return status;
		else if (x->ending || deadline_left(&x->deadline) == 0)
			read_remaining_signals(x);
		else if (deadline_poll(&x->deadline, &ready, 1) > 0)
			read_one_signal(x);
		else if (errno != ETIMEDOUT)
			return error_errno("signalfd");
	}
	return status;
}

enum status signal_watch_execute(const struct signal_watch *request, const char *command)
{
	struct termsig termsig;
	struct signal_executor x = {.given = request,
	                            .command = command,
	                            .deadline = deadline_start(request->timeout),
	                            .left = request->count};
	termsig_begin(&termsig);
	enum status status =
	    sigreader_begin(&x.reader, request->set | ksig_bit(request->until));
	if (status != STATUS_OK)
		return termsig_end(&termsig, status);
	status = readiness_notify(request->ready_fd);
	if (status == STATUS_OK)
		status = run_commands_for_signals(&x);
	if (status == STATUS_OK && x.left > 0 && !x.ending)
		status = signal_watch_report_timeout(request, x.left);
	if (status == STATUS_OK && x.left > 0 && request->show_until)
		status = run_signal_command(&x, &x.last_info);
	sigreader_end(&x.reader);
	free(x.list.infos);
	return termsig_end(&termsig, status_first_failure(x.failed, status));
}

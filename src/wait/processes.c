/* SPDX-License-Identifier: MIT */
/*
 * Sources that a signal or a process makes: signal:NAME, pid:PID[:INODE].
 */
#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/ksig.h"
#include "io/error.h"
#include "process/pidfd.h"
#include "signal/signame.h"
#include "wait/source.h"

/* ----------------------------------------------------------------------- signal */

static enum status wait_signal_parse(struct wait_source *source, const char *rest)
{
	return signame_parse_catchable(rest, &source->as.signal);
}

static enum status wait_signal_open(struct wait_source *source)
{
	enum status status =
	    sigreader_begin(&source->as.signals, ksig_bit(source->as.signal));
	if (status == STATUS_OK)
		source->waitable.fd = source->as.signals.fd;
	return status;
}

/* The signal is read: the wait for it has had its result. */
static int wait_signal_check(struct wait_source *source)
{
	struct signalfd_siginfo info;
	if (sigreader_read(&source->as.signals, &info, 1) == 0)
		return 0;
	wait_event_add_number(&source->event, "pid", info.ssi_pid);
	wait_event_add_number(&source->event, "uid", info.ssi_uid);
	if (info.ssi_code == SI_QUEUE)
		wait_event_add_signed(&source->event, "value", info.ssi_int);
	return 1;
}

static void wait_signal_close(struct wait_source *source)
{
	sigreader_end(&source->as.signals);
}

const struct wait_kind wait_signal_kind = {
    .prefix = "signal:",
    .repeat = WAIT_EACH,
    .parse = wait_signal_parse,
    .open = wait_signal_open,
    .check = wait_signal_check,
    .close = wait_signal_close,
};

/* -------------------------------------------------------------------------- pid */

static enum status wait_pid_parse(struct wait_source *source, const char *rest)
{
	return pidfd_parse(rest, &source->as.pid.target)
	           ? STATUS_OK
	           : error_usage("'%s' is not PID or PID:INODE", rest);
}

static enum status wait_pid_open(struct wait_source *source)
{
	source->waitable.fd = pidfd_open_target(&source->as.pid.target);
	if (source->waitable.fd >= 0)
		return STATUS_OK;
	if (errno == EINVAL || errno == ENOENT)
		return error_as(STATUS_FAILED, "%s: a thread, not a process",
		                source->text);
	return error_errno("%s", source->text);
}

static void wait_pid_describe(struct wait_source *source)
{
	int status;
	if (!pidfd_wait_status(source->waitable.fd, source->as.pid.target.pid, &status))
		return;
	if (WIFSIGNALED(status))
		wait_event_add_text(
		    &source->event, "signal",
		    signame_format(WTERMSIG(status), &source->as.pid.signal));
	else
		wait_event_add_number(&source->event, "exit",
		                      (unsigned)WEXITSTATUS(status));
}

const struct wait_kind wait_pid_kind = {
    .prefix = "pid:",
    .repeat = WAIT_ONCE,
    .parse = wait_pid_parse,
    .open = wait_pid_open,
    .describe = wait_pid_describe,
};

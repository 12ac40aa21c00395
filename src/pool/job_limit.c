/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>

#include "io/error.h"
#include "pool/job_limit.h"

int64_t job_limit_left(const struct job_limit *limit, int64_t most, int64_t now)
{
	switch (limit->stage) {
	case JOB_LIMIT_NONE: return most - (now - limit->started);
	case JOB_LIMIT_TERMINATED: return JOB_LIMIT_GRACE - (now - limit->terminated);
	case JOB_LIMIT_KILLED: break;
	}
	return INT64_MAX;
}

static void send_limit_signal(pid_t pid, int signal)
{
	if (kill(pid, signal) < 0 && errno != ESRCH)
		error_errno_as(STATUS_OK, "cannot send signal %d to process %d", signal,
		               (int)pid);
}

void job_limit_enforce(struct job_limit *limit, pid_t pid, int64_t most, int64_t now)
{
	if (job_limit_left(limit, most, now) > 0)
		return;
	if (limit->stage == JOB_LIMIT_NONE) {
		limit->stage = JOB_LIMIT_TERMINATED;
		limit->terminated = now;
		send_limit_signal(pid, SIGTERM);
		/* a stopped process gets it when it continues */
		send_limit_signal(pid, SIGCONT);
	} else {
		limit->stage = JOB_LIMIT_KILLED;
		send_limit_signal(pid, SIGKILL);
	}
}

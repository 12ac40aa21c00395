#include <errno.h>
#include <signal.h>

#include "io/error.h"
#include "pool/job_limit.h"

int64_t job_limit_left(const struct job *job, int64_t limit, int64_t now)
{
	switch (job->limit) {
	case JOB_LIMIT_NONE: return limit - (now - job->started);
	case JOB_LIMIT_TERMINATED: return JOB_LIMIT_GRACE - (now - job->terminated);
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

void job_limit_enforce(struct job *job, pid_t pid, int64_t limit, int64_t now)
{
	if (job_limit_left(job, limit, now) > 0)
		return;
	if (job->limit == JOB_LIMIT_NONE) {
		job->limit = JOB_LIMIT_TERMINATED;
		job->terminated = now;
		send_limit_signal(pid, SIGTERM);
		/* a stopped process gets it when it continues */
		send_limit_signal(pid, SIGCONT);
	} else {
		job->limit = JOB_LIMIT_KILLED;
		send_limit_signal(pid, SIGKILL);
	}
}

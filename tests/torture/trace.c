/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process.h"
#include "session.h"

enum {
	OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC |
	          PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
	          PTRACE_O_TRACESECCOMP
};

static struct traced *find(struct session *session, pid_t pid)
{
	for (int i = 0; i < session->count; i++)
		if (session->list[i].pid == pid)
			return &session->list[i];
	return NULL;
}

static struct traced *add(struct session *session, pid_t pid)
{
	if (session->count == PROCESSES)
		return NULL;
	struct traced *new = &session->list[session->count++];
	memset(new, 0, sizeof *new);
	new->pid = pid;
	new->index = -1;
	return new;
}

static void remove_traced(struct session *session, struct traced *gone)
{
	*gone = session->list[--session->count];
}

/* A filter stops the process at a call, and only its end is to be seen. */
static bool is_watched(const struct session *session, const struct traced *process)
{
	if (process->index < 0)
		return false;
	if (session->plan->filtered)
		return process->in_call;
	return !process->begun || !session->done || process->in_call;
}

static void resume(const struct session *session, const struct traced *process,
                   int signal)
{
	/* ESRCH: it was killed meanwhile, and waitpid(2) will say so */
	if (is_watched(session, process))
		(void)ptrace(PTRACE_SYSCALL, process->pid, 0, (long)signal);
	else
		(void)ptrace(PTRACE_CONT, process->pid, 0, (long)signal);
}

static void at_call(struct session *session, struct traced *process)
{
	struct __ptrace_syscall_info info;
	uint64_t arguments[6];
	if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof info, &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
		memcpy(arguments, info.seccomp.args, sizeof arguments);
		session_call_begins(session, process, (int)info.seccomp.nr, arguments);
	} else if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		memcpy(arguments, info.entry.args, sizeof arguments);
		session_call_begins(session, process, (int)info.entry.nr, arguments);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		session_call_ends(session, process);
	}
}

static void start_counting(struct session *session, struct traced *process)
{
	if (process->index >= 0)
		process->index = -1; /* it executes a command */
	else if (session->trace->processes == 0 &&
	         process_runs(process->pid, session->plan->program))
		process->index = session->trace->processes++;
	process->begun = process->in_call = false;
}

/* A new process that its parent has told of, and that has stopped: it counts if its
 * parent does. */
static void start_new(struct session *session, struct traced *process)
{
	process->waiting = false;
	resume(session, process, 0);
}

/* A process can have one tracer only. Before its parent goes on, it has none. */
static void let_go(struct session *session, struct traced *process)
{
	if (!process->waiting)
		(void)waitpid(process->pid, NULL, __WALL);
	session->let_go = process->pid;
	(void)ptrace(PTRACE_DETACH, process->pid, 0, 0);
	remove_traced(session, process);
}

static void at_fork(struct session *session, struct traced *parent)
{
	unsigned long message = 0;
	int index = parent->index;
	pid_t pid = parent->pid;
	if (ptrace(PTRACE_GETEVENTMSG, pid, 0, &message) < 0)
		return;
	struct traced *child = find(session, (pid_t)message);
	if (child == NULL)
		child = add(session, (pid_t)message);
	if (child == NULL)
		return;
	child->announced = child->begun = true;
	child->index = index >= 0 ? session->trace->processes++ : -1;
	if (index >= 0 && session->plan->let_go > 0 &&
	    child->index == session->plan->let_go)
		let_go(session, child);
	else if (child->waiting)
		start_new(session, child);
}

static bool stops(int signal)
{
	return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN ||
	       signal == SIGTTOU;
}

/* A stop of a new process, of a group of threads, or the end of one. */
static void at_event_stop(struct session *session, struct traced *process, int signal)
{
	if (!process->announced) {
		process->waiting = true;
	} else if (stops(signal)) {
		(void)ptrace(PTRACE_LISTEN, process->pid, 0, 0);
		if (process->to_continue)
			(void)kill(process->pid, SIGCONT);
		process->to_continue = false;
	} else {
		resume(session, process, 0);
	}
}

static void at_stop(struct session *session, pid_t pid, int status)
{
	struct traced *process = find(session, pid);
	int event = status >> 16, signal = WSTOPSIG(status);
	if (process == NULL && (process = add(session, pid)) == NULL)
		return;
	switch (event) {
	case PTRACE_EVENT_STOP: at_event_stop(session, process, signal); return;
	case PTRACE_EVENT_EXEC: start_counting(session, process); break;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE: at_fork(session, process); break;
	case PTRACE_EVENT_SECCOMP: at_call(session, process); break;
	case 0:
		if (signal != (SIGTRAP | 0x80)) {
			resume(session, process, signal);
			return;
		}
		at_call(session, process);
		break;
	default: break;
	}
	if ((process = find(session, pid)) != NULL)
		resume(session, process, 0);
}

static void at_end(struct session *session, pid_t pid, int status, pid_t applet)
{
	struct traced *process = find(session, pid);
	if (process != NULL)
		remove_traced(session, process);
	if (pid == session->then)
		session->then = 0;
	if (pid == applet) {
		session->ended = true;
		session->trace->status = status;
	}
}

/* Everything that there is to hear of; false: nothing. */
static bool hear(struct session *session, pid_t applet)
{
	bool any = false;
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, __WALL | WNOHANG)) > 0) {
		any = true;
		if (WIFSTOPPED(status))
			at_stop(session, pid, status);
		else
			at_end(session, pid, status, applet);
	}
	return any;
}

static bool all_sleep(const struct session *session)
{
	for (int i = 0; i < session->count; i++)
		if (!process_sleeps(session->list[i].pid))
			return false;
	return true;
}

/* Is the process that was let go still there? Its end is heard of only if it was left. */
static bool is_let_go(struct session *session)
{
	if (session->let_go > 0 && process_is_gone(session->let_go))
		session->let_go = 0;
	return session->let_go > 0;
}

/* Until the applet has ended and what it started too, or the time is up. */
static void follow(struct session *session, pid_t applet, double begin)
{
	double limit = begin + session->plan->limit, heard = begin;
	int next = 0;
	while (session->count > 0 || is_let_go(session)) {
		double now = process_now();
		if (hear(session, applet)) {
			heard = now;
			if (session->ended && limit > now + 1)
				limit = now + 1;
			continue;
		}
		if (now > limit)
			break;
		if (!session->ended && session->then == 0 && now - heard > 0.008 &&
		    next < TRACE_THEN && session->plan->then[next] != NULL &&
		    all_sleep(session)) {
			session->then =
			    process_start_shell(session->plan->then[next++], applet);
			heard = now;
		}
		process_await_child(0.004);
	}
	session->trace->hung = !session->ended;
	session->trace->left = session->ended ? session->count + is_let_go(session) : 0;
}

bool trace_run(struct trace *trace, const struct trace_plan *plan)
{
	static struct session session;
	int gate[2];
	memset(&session, 0, sizeof session);
	session.plan = plan;
	session.trace = trace;
	trace->count = 0;
	trace->fired = trace->hung = false;
	trace->left = trace->processes = 0;
	if (pipe2(gate, O_CLOEXEC) < 0)
		return false;
	const struct process_start start = {
	    .text = plan->run,
	    .out = plan->out,
	    .err = plan->err,
	    .gate = gate,
	    .filtered_call = plan->filtered ? plan->injection->call : -1};
	pid_t pid = process_start_gated(&start);
	close(gate[0]);
	struct traced *first = pid > 0 ? add(&session, pid) : NULL;
	if (first == NULL || ptrace(PTRACE_SEIZE, pid, 0, OPTIONS) < 0) {
		fprintf(stderr, "torture: cannot trace: %s\n", strerror(errno));
		close(gate[1]);
		return false;
	}
	first->announced = true;
	double begin = process_now();
	close(gate[1]);
	follow(&session, pid, begin);
	trace->seconds = process_now() - begin;
	return true;
}

void trace_free(struct trace *trace)
{
	free(trace->moments);
	*trace = (struct trace){0};
}

/* SPDX-License-Identifier: MIT */
/*
 * waitid(2) with WNOWAIT leaves the signal in a thread that stops for one: if the tracer
 * is killed then, the signal is delivered. A wait that consumes the stop would take it
 * away.
 */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/i386_call.h"
#include "base/ipc_call.h"
#include "base/ksig.h"
#include "io/error.h"
#include "signal/procstat.h"
#include "signal/signame.h"
#include "trace/memory.h"
#include "trace/tracer_stop.h"

/* ----------------------------------------------------------------- output */

void tracer_stop_print(struct tracer_state *state, struct trace_event *event)
{
	struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
	if (state->hurried && !state->options.output.summary && poll(&output, 1, 0) == 0)
		state->status = STATUS_FAILED;
	if (state->status == STATUS_OK)
		state->status =
		    trace_event_end(event, &state->objects, &state->options.output);
}

/* ----------------------------------------------------------------- events */

/* The call that ipc(2) of s390x stands for. */
static uint64_t unfold_ipc_call(const struct tracee *tracee, uint64_t args[6])
{
	uint64_t memory, words[2];
	int64_t number = ipc_call_of(args, &memory);
	if (memory != 0 && trace_memory_read(tracee->thread, memory, words, sizeof words))
		ipc_call_complete(number, args, words);
	return (uint64_t)number;
}

static const struct trace_call *
find_entered_call(struct tracee *tracee, const struct __ptrace_syscall_info *info)
{
	struct trace_decoded *decoded = &tracee->decoded;
	static const uint32_t arch_64_bit = 0x80000000; /* __AUDIT_ARCH_64BIT */
	enum { I386_FTRUNCATE64 = 194 };
	int64_t number = (int64_t)info->entry.nr;
	memcpy(decoded->args, info->entry.args, sizeof decoded->args);
	decoded->compat = !(info->arch & arch_64_bit);
	if (decoded->compat) {
		/* what the calls of other 32-bit processors are is not known */
		if (info->arch != I386_AUDIT_ARCH)
			return NULL;
		/* ftruncate64(2): two words */
		if (number == I386_FTRUNCATE64)
			decoded->args[1] |= decoded->args[2] << 32;
		bool folded = i386_call_unfold(tracee->thread, &number, decoded->args);
		return trace_call_find((uint64_t)number, !folded);
	}
	if (ipc_call_is(number))
		number = (int64_t)unfold_ipc_call(tracee, decoded->args);
	return trace_call_find((uint64_t)number, false);
}

static bool is_restart(const struct __ptrace_syscall_info *info)
{
	return info->entry.nr == (info->arch == I386_AUDIT_ARCH
	                              ? (uint64_t)I386_RESTART_SYSCALL
	                              : (uint64_t)SYS_restart_syscall);
}

static void begin_traced_call(struct tracer_state *state, struct tracee *tracee,
                              const struct __ptrace_syscall_info *info)
{
	struct trace_decoded *decoded = &tracee->decoded;
	/* restart_syscall(2) continues a call that a stop has interrupted */
	if (is_restart(info) && decoded->call != NULL)
		return;
	decoded->call = tracee->quiet ? NULL : find_entered_call(tracee, info);
	if (decoded->call == NULL)
		return;
	decoded->event.pid = tracee->process;
	decoded->event.thread = tracee->thread;
	decoded->event.began = deadline_clock();
	trace_decode_begin(decoded, &state->objects);
	if (decoded->call != NULL)
		trace_event_begin(&decoded->event, &state->objects);
}

static void end_traced_call(struct tracer_state *state, struct tracee *tracee,
                            const struct __ptrace_syscall_info *info)
{
	enum { ERESTART_RESTARTBLOCK = 516 };
	struct trace_decoded *decoded = &tracee->decoded;
	if (decoded->call == NULL || info->exit.rval == -ERESTART_RESTARTBLOCK)
		return;
	decoded->event.result = info->exit.rval;
	decoded->event.ended = deadline_clock();
	trace_decode_end(decoded, &state->objects);
	tracer_stop_print(state, &decoded->event);
	decoded->call = NULL;
}

static void handle_call_stop(struct tracer_state *state, struct tracee *tracee)
{
	struct __ptrace_syscall_info info;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee->thread, (void *)sizeof info, &info) <
	    0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		begin_traced_call(state, tracee, &info);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		end_traced_call(state, tracee, &info);
}

/* All threads but this one have ended, and it has the ID of the first one now. */
static void handle_exec(struct tracer_state *state, struct tracee *tracee)
{
	unsigned long before = 0;
	pid_t thread = tracee->thread;
	tracee->quiet = false;
	tracee->decoded.call = NULL;
	if (ptrace(PTRACE_GETEVENTMSG, thread, NULL, &before) == 0 &&
	    (pid_t)before != thread)
		tracee_remove(&state->tracees, (pid_t)before);
}

static const char *signal_fate(const struct procstat *procstat, int signal)
{
	if (procstat->caught & ksig_bit(signal))
		return "caught";
	return procstat->ignored & ksig_bit(signal) ? "ignored" : "default action";
}

/* A signal that a process sent, or a timer or a queue; not what the kernel reports. */
static void show_traced_signal(struct tracer_state *state, const struct tracee *tracee)
{
	siginfo_t info;
	struct signame name;
	struct procstat sender, procstat;
	struct trace_event event = {.call = "signal",
	                            .object = TRACE_OBJECT_NONE,
	                            .flow = TRACE_FLOW_NONE,
	                            .outcome = TRACE_OUTCOME_SIGNAL,
	                            .pid = tracee->process,
	                            .thread = tracee->thread,
	                            .size = TRACE_EVENT_NONE,
	                            .priority = TRACE_EVENT_NONE,
	                            .value = TRACE_EVENT_NONE};
	if (tracee->quiet || ptrace(PTRACE_GETSIGINFO, tracee->thread, NULL, &info) < 0 ||
	    info.si_code > SI_USER)
		return;
	bool known = procstat_read(&procstat, tracee->process, tracee->thread) == 0;
	event.began = event.ended = deadline_clock();
	if (known)
		memcpy(event.command, procstat.command, sizeof event.command - 1);
	trace_event_add(&event, "%s %s", signame_format(info.si_signo, &name),
	                known ? signal_fate(&procstat, info.si_signo) : "delivered");
	if (info.si_code == SI_QUEUE || info.si_code == SI_MESGQ)
		event.value = info.si_value.sival_int;
	if (info.si_code != SI_TIMER) {
		event.by.pid = info.si_pid;
		if (procstat_read(&sender, info.si_pid, 0) == 0)
			memcpy(event.by.command, sender.command,
			       sizeof event.by.command - 1);
	}
	tracer_stop_print(state, &event);
}

/* ------------------------------------------------------------------ stops */

/* The tracee has ended, or its stop is over: ESRCH is not a failure. */
static void resume_tracee(pid_t thread, int signal)
{
	ptrace(PTRACE_SYSCALL, thread, NULL, (void *)(long)signal);
}

static bool is_stop_signal(int signal)
{
	return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN ||
	       signal == SIGTTOU;
}

static void handle_tracee_stop(struct tracer_state *state, struct tracee *tracee)
{
	enum { SIGNAL_MASK = 0x7f, EVENT_SHIFT = 8 };
	pid_t thread = tracee->thread;
	int signal = tracee->stop & SIGNAL_MASK, event = tracee->stop >> EVENT_SHIFT;
	tracee->stopped = false;
	if (event == PTRACE_EVENT_STOP && is_stop_signal(signal)) {
		/* the whole process is stopped: it stays so until SIGCONT */
		ptrace(PTRACE_LISTEN, thread, NULL, NULL);
		return;
	}
	if (event == 0 && tracee->stop == (SIGTRAP | 0x80))
		handle_call_stop(state, tracee);
	else if (event == PTRACE_EVENT_EXEC)
		handle_exec(state, tracee);
	resume_tracee(thread, 0);
}

/* A child or thread of a tracee that nothing is known of begins with a stop. */
static void note_stop(struct tracer_state *state, pid_t thread, int stop)
{
	struct tracee *tracee = tracee_add(&state->tracees, thread, 0);
	siginfo_t consumed;
	bool is_signal = stop < 0x80 && stop != 0;
	if (tracee == NULL) {
		state->status = error_as(STATUS_FAILED, "cannot allocate memory");
		resume_tracee(thread, is_signal ? stop : 0);
		return;
	}
	state->tracees.waiting -= tracee->waiting;
	tracee->waiting = false;
	if (is_signal) {
		show_traced_signal(state, tracee);
		resume_tracee(thread, stop);
		return;
	}
	if (waitid(P_PID, (id_t)thread, &consumed, WSTOPPED | WNOHANG | __WALL) < 0 ||
	    consumed.si_pid == 0)
		return;
	tracee->stop = consumed.si_status;
	tracee->stopped = true;
}

static void note_end(struct tracer_state *state, pid_t thread)
{
	siginfo_t consumed;
	waitid(P_PID, (id_t)thread, &consumed, WEXITED | WNOHANG | __WALL);
	tracee_remove(&state->tracees, thread);
}

bool tracer_stop_handle(struct tracer_state *state)
{
	siginfo_t info = {.si_pid = 0};
	bool any = false;
	while (state->status == STATUS_OK &&
	       waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL) ==
	           0 &&
	       info.si_pid != 0) {
		if (info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED)
			note_stop(state, info.si_pid, info.si_status);
		else
			note_end(state, info.si_pid);
		info.si_pid = 0;
		any = true;
	}
	for (size_t i = 0; i < state->tracees.count && state->status == STATUS_OK; i++)
		if (state->tracees.items[i].stopped)
			handle_tracee_stop(state, &state->tracees.items[i]);
	return any;
}

/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "registers.h"

static bool note(struct trace *trace, struct traced *process)
{
	if (trace->count == trace->room) {
		size_t room = trace->room == 0 ? 64 : trace->room * 2;
		struct moment *more = realloc(trace->moments, room * sizeof *more);
		if (more == NULL)
			return false;
		trace->moments = more;
		trace->room = room;
	}
	trace->moments[trace->count++] =
	    (struct moment){.process = process->index,
	                    .nth = process->made[process->call.number],
	                    .call = process->call};
	process->moment = trace->count;
	return true;
}

/* brk(2) reports no error: it returns the break as it was, which it is asked for with 0.
 */
static void fail_call(struct session *session, struct traced *process)
{
	session->trace->fired = true;
	if (process->call.number == SYS_brk) {
		process->restored_value = process->call.argument[0];
		process->restored_argument = 0;
		process->to_restore = registers_set_argument(process->pid, 0, 0);
		return;
	}
	/* close(2): whatever it returns, the descriptor is closed */
	if (process->call.number != SYS_close)
		registers_skip_call(process->pid);
	process->to_fail = true;
}

static void shorten(struct session *session, struct traced *process)
{
	int index = call_length_argument(&process->call);
	if (index < 0)
		return;
	session->trace->fired = true;
	process->restored_argument = index;
	process->restored_value = process->call.argument[index];
	process->to_restore = registers_set_argument(process->pid, index,
	                                             (process->restored_value + 1) / 2);
}

/* The call that was asked for begins. */
static void inject(struct session *session, struct traced *process,
                   const struct injection *injection)
{
	switch (injection->kind) {
	case INJECTION_ERROR: fail_call(session, process); break;
	case INJECTION_SHORT: shorten(session, process); break;
	case INJECTION_SIGNAL:
		session->trace->fired = kill(process->pid, injection->value) == 0;
		break;
	case INJECTION_STOP:
		session->trace->fired = process->to_continue =
		    kill(process->pid, SIGSTOP) == 0;
		break;
	case INJECTION_KILL_BEFORE:
		registers_skip_call(process->pid);
		session->trace->fired = kill(process->pid, SIGKILL) == 0;
		break;
	case INJECTION_KILL_AFTER: process->to_kill = true; break;
	case INJECTION_NONE: break;
	}
	session->done = !injection->from_then_on;
}

void session_call_begins(struct session *session, struct traced *process, int number,
                         const uint64_t arguments[6])
{
	const struct injection *injection = session->plan->injection;
	struct system_call *call = &process->call;
	process->in_call = true;
	call->number = number;
	if (number < 0 || number >= CALLS_MAX || !process->begun || process->index < 0)
		return;
	memcpy(call->argument, arguments, sizeof call->argument);
	int nth = ++process->made[call->number];
	if (injection == NULL) {
		call_examine(call, process->pid);
		note(session->trace, process);
		return;
	}
	bool wanted =
	    !session->done && process->index == injection->process &&
	    call->number == injection->call &&
	    (nth == injection->nth || (injection->from_then_on && nth > injection->nth));
	if (!wanted)
		return;
	call_examine(call, process->pid);
	if (nth == injection->nth || call_can_fail_with(call, injection->value))
		inject(session, process, injection);
}

void session_call_ends(struct session *session, struct traced *process)
{
	process->in_call = false;
	if (process->moment > 0)
		session->trace->moments[process->moment - 1].returned = true;
	process->moment = 0;
	if (process->to_restore)
		registers_set_argument(process->pid, process->restored_argument,
		                       process->restored_value);
	if (process->to_fail)
		registers_set_result(process->pid,
		                     -(int64_t)session->plan->injection->value);
	if (process->to_kill)
		session->trace->fired = kill(process->pid, SIGKILL) == 0;
	process->to_restore = process->to_fail = process->to_kill = false;
	if (process->call.number == SYS_set_tid_address)
		process->begun = true;
}

/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <unistd.h>

#include "base/futex.h"
#include "signal/procstat.h"
#include "signal/signame.h"
#include "trace/decode.h"
#include "trace/decode_address.h"
#include "trace/decode_lock.h"
#include "trace/decode_subject.h"
#include "trace/memory.h"

/* ----------------------------------------------------------------- begins */

static void show_open_flags(struct trace_event *event, uint64_t flags, uint64_t mode)
{
	static const char *const access[] = {"read", "write", "read and write", ""};
	trace_event_add(event, "%s", access[flags & O_ACCMODE]);
	if (flags & O_CREAT)
		trace_event_add(event, "%s mode %04o",
		                flags & O_EXCL ? "create exclusively" : "create",
		                (unsigned)(mode & 07777));
	if (flags & O_TRUNC)
		trace_event_add(event, "truncate");
	if (flags & O_NONBLOCK)
		trace_event_add(event, "nonblock");
}

static void show_get_flags(struct trace_event *event, uint64_t flags)
{
	if (flags & IPC_CREAT)
		trace_event_add(event, "%s mode %04o",
		                flags & IPC_EXCL ? "create exclusively" : "create",
		                (unsigned)(flags & 0777));
}

/* "0-1u,1+2n", as semop op takes it. */
static void show_operations(struct trace_decoded *d)
{
	struct sembuf ops[16];
	size_t count = d->args[2] < 16 ? (size_t)d->args[2] : 16;
	char text[16 * 20], *end = text;
	if (count == 0 ||
	    !trace_memory_read(d->event.thread, d->args[1], ops, count * sizeof *ops))
		return;
	d->event.flow = TRACE_FLOW_GIVES;
	for (size_t i = 0; i < count; i++) {
		const char *sign = ops[i].sem_op == 0  ? "="
		                   : ops[i].sem_op > 0 ? "+"
		                                       : "";
		end += sprintf(end, "%s%u%s%d%s%s", i > 0 ? "," : "", ops[i].sem_num,
		               sign, ops[i].sem_op, ops[i].sem_flg & SEM_UNDO ? "u" : "",
		               ops[i].sem_flg & IPC_NOWAIT ? "n" : "");
		if (ops[i].sem_op < 0)
			d->event.flow = TRACE_FLOW_TAKES;
	}
	trace_event_add(&d->event, "%s%s", text, d->args[2] > count ? ",..." : "");
}

static const char *control_text(int command)
{
	static const char *const texts[] = {
	    [IPC_RMID] = "remove", [IPC_SET] = "set",     [IPC_STAT] = "status",
	    [GETPID] = "getpid",   [GETVAL] = "getval",   [GETALL] = "getall",
	    [GETNCNT] = "getncnt", [GETZCNT] = "getzcnt", [SETVAL] = "setval",
	    [SETALL] = "setall",
	};
	bool known = command >= 0 && command < (int)(sizeof texts / sizeof *texts);
	return known ? texts[command] : NULL;
}

static void show_control(struct trace_event *event, uint64_t argument)
{
	enum { IPC_64_BIT = 0x100 }; /* of the 32-bit calls */
	int command = (int)argument & ~IPC_64_BIT;
	const char *text = control_text(command);
	if (text != NULL)
		trace_event_add(event, "%s", text);
	else
		trace_event_add(event, "command %d", command);
}

static void show_semctl(struct trace_decoded *d)
{
	int command = (int)d->args[2] & 0xff;
	bool sets = command == SETVAL || command == SETALL;
	d->event.flow = sets ? TRACE_FLOW_GIVES : TRACE_FLOW_NONE;
	if (command == SETVAL ||
	    (command >= GETPID && command <= GETZCNT && command != GETALL))
		trace_event_add(&d->event, "[%d]", (int)d->args[1]);
	show_control(&d->event, d->args[2]);
	if (command == SETVAL)
		d->event.value = (int)d->args[3];
}

/* False: not a wait or a wake-up between processes. */
static bool show_futex(struct trace_decoded *d)
{
	static const struct {
		const char *name;
		enum trace_flow flow;
	} operations[] = {
	    [FUTEX_WAIT] = {"futex_wait", TRACE_FLOW_TAKES},
	    [FUTEX_WAKE] = {"futex_wake", TRACE_FLOW_GIVES},
	    [FUTEX_REQUEUE] = {"futex_requeue", TRACE_FLOW_GIVES},
	    [FUTEX_CMP_REQUEUE] = {"futex_requeue", TRACE_FLOW_GIVES},
	    [FUTEX_WAKE_OP] = {"futex_wake", TRACE_FLOW_GIVES},
	    [FUTEX_LOCK_PI] = {"futex_lock", TRACE_FLOW_TAKES},
	    [FUTEX_UNLOCK_PI] = {"futex_unlock", TRACE_FLOW_GIVES},
	    [FUTEX_WAIT_BITSET] = {"futex_wait", TRACE_FLOW_TAKES},
	    [FUTEX_WAKE_BITSET] = {"futex_wake", TRACE_FLOW_GIVES},
	};
	enum { OPERATION_MASK = 127 };
	unsigned operation = (unsigned)d->args[1] & OPERATION_MASK;
	if (d->args[1] & FUTEX_PRIVATE_FLAG ||
	    operation >= sizeof operations / sizeof *operations ||
	    operations[operation].name == NULL)
		return false;
	d->event.call = operations[operation].name;
	d->event.flow = operations[operation].flow;
	return true;
}

static void show_signal(struct trace_event *event, uint64_t number)
{
	struct signame name;
	trace_event_add(event, "%s", signame_format((int)number, &name));
}

static void show_signal_value(struct trace_decoded *d)
{
	siginfo_t info;
	show_signal(&d->event, d->args[1]);
	if (!d->compat &&
	    trace_memory_read(d->event.thread, d->args[2], &info, sizeof info))
		d->event.value = info.si_value.sival_int;
}

/* The type of a System V message stands before its text, as a long. */
static int64_t read_message_type(const struct trace_decoded *d)
{
	int64_t type = 0;
	size_t size = d->compat ? sizeof(int32_t) : sizeof type;
	return trace_memory_read(d->event.thread, d->args[1], &type, size)
	           ? type
	           : TRACE_EVENT_NONE;
}

static void read_event_number(struct trace_decoded *d,
                              const struct trace_objects *objects)
{
	if (d->event.object >= 0 &&
	    objects->items[d->event.object].kind == TRACE_KIND_EVENTFD &&
	    !trace_memory_read(d->event.thread, d->args[1], &d->event.value,
	                       sizeof d->event.value))
		d->event.value = TRACE_EVENT_NONE;
}

/* False: the call is not shown. */
static bool show_arguments(struct trace_decoded *d, const struct trace_objects *objects)
{
	const uint64_t *args = d->args;
	struct trace_event *event = &d->event;
	switch ((enum trace_detail)d->call->detail) {
	case TRACE_DETAIL_OPEN: show_open_flags(event, args[1], args[2]); break;
	case TRACE_DETAIL_OPEN_AT: show_open_flags(event, args[2], args[3]); break;
	case TRACE_DETAIL_MQ_SEND:
		event->priority = (int64_t)(uint32_t)args[3];
		event->size = (int64_t)args[2];
		break;
	case TRACE_DETAIL_MSGSND:
		event->priority = read_message_type(d);
		event->size = (int64_t)args[2];
		break;
	case TRACE_DETAIL_WRITE:
		read_event_number(d, objects);
		event->size = (int64_t)args[2];
		break;
	case TRACE_DETAIL_SEND: event->size = (int64_t)args[2]; break;
	case TRACE_DETAIL_MSGRCV:
		event->priority = d->compat ? (int32_t)args[3] : (int64_t)args[3];
		break;
	case TRACE_DETAIL_GET: show_get_flags(event, args[1]); break;
	case TRACE_DETAIL_GET_SIZE:
		event->size = (int64_t)args[1];
		show_get_flags(event, args[2]);
		break;
	case TRACE_DETAIL_CONTROL: show_control(event, args[1]); break;
	case TRACE_DETAIL_SEMCTL: show_semctl(d); break;
	case TRACE_DETAIL_SEMOP: show_operations(d); break;
	case TRACE_DETAIL_SIZE: event->size = (int64_t)args[1]; break;
	case TRACE_DETAIL_FUTEX: return show_futex(d);
	case TRACE_DETAIL_FLOCK: trace_decode_flock(event, args[1]); break;
	case TRACE_DETAIL_FCNTL: return trace_decode_fcntl(d);
	case TRACE_DETAIL_SIGNAL: show_signal(event, args[1]); break;
	case TRACE_DETAIL_SIGNAL_2: show_signal(event, args[2]); break;
	case TRACE_DETAIL_SIGQUEUE: show_signal_value(d); break;
	case TRACE_DETAIL_ADDRESS: trace_decode_address(event, args[1], args[2]); break;
	case TRACE_DETAIL_VALUE: event->value = (int64_t)(uint32_t)args[0]; break;
	case TRACE_DETAIL_NUMBER: event->value = (int32_t)args[1]; break;
	default: break;
	}
	return true;
}

/* Those that need no object to be IPC: it is made by the call, or two are. */
static bool is_without_subject(const struct trace_call *call)
{
	return call->subject == TRACE_SUBJECT_NONE ||
	       call->subject == TRACE_SUBJECT_RESULT;
}

void trace_decode_begin(struct trace_decoded *d, struct trace_objects *objects)
{
	struct trace_event *event = &d->event;
	*event = (struct trace_event){.call = trace_call_name(d->call),
	                              .object = TRACE_OBJECT_NONE,
	                              .flow = (enum trace_flow)d->call->flow,
	                              .pid = event->pid,
	                              .thread = event->thread,
	                              .began = event->began,
	                              .size = TRACE_EVENT_NONE,
	                              .priority = TRACE_EVENT_NONE,
	                              .value = TRACE_EVENT_NONE};
	/* most futexes are private, most fcntl(2) no locks: look at these first */
	bool shown = d->call->detail != TRACE_DETAIL_FUTEX || show_futex(d);
	if (shown && d->call->detail != TRACE_DETAIL_FCNTL)
		event->object = trace_decode_subject(d, objects);
	if (shown && d->call->detail != TRACE_DETAIL_FUTEX &&
	    (event->object >= 0 || is_without_subject(d->call) ||
	     d->call->detail == TRACE_DETAIL_FCNTL))
		shown = show_arguments(d, objects);
	if (shown && d->call->detail == TRACE_DETAIL_FCNTL)
		event->object = trace_decode_subject(d, objects);
	if (!shown || (event->object < 0 && !is_without_subject(d->call))) {
		d->call = NULL;
		return;
	}
	struct procstat procstat;
	if (procstat_read(&procstat, event->pid, event->thread) == 0) {
		memcpy(event->command, procstat.command, sizeof event->command - 1);
		d->sleeps = procstat.sleeps;
	}
}

/* ------------------------------------------------------------------- ends */

/* Of pipe(2), socketpair(2). */
static void show_pair(struct trace_decoded *d, uint64_t address)
{
	int fds[2];
	if (trace_memory_read(d->event.thread, address, fds, sizeof fds))
		trace_event_add(&d->event, "%d %d", fds[0], fds[1]);
}

static void show_results(struct trace_decoded *d, struct trace_objects *objects)
{
	struct trace_event *event = &d->event;
	uint32_t priority;
	switch ((enum trace_detail)d->call->detail) {
	case TRACE_DETAIL_MQ_RECEIVE:
		event->size = event->result;
		if (d->args[3] != 0 && trace_memory_read(event->thread, d->args[3],
		                                         &priority, sizeof priority))
			event->priority = priority;
		break;
	case TRACE_DETAIL_MSGRCV:
		event->size = event->result;
		event->priority = read_message_type(d);
		break;
	case TRACE_DETAIL_READ:
		read_event_number(d, objects);
		event->size = event->result;
		break;
	case TRACE_DETAIL_RECEIVE: event->size = event->result; break;
	case TRACE_DETAIL_PAIR: show_pair(d, d->args[0]); break;
	case TRACE_DETAIL_PAIR_AT: show_pair(d, d->args[3]); break;
	default: break;
	}
	if (d->call->subject == TRACE_SUBJECT_RESULT)
		event->object = trace_object_of_fd(
		    objects, event->thread, (int)event->result, TRACE_OBJECT_EVERYTHING);
	if (d->call->subject == TRACE_SUBJECT_KEY)
		event->object = trace_object_of_id(objects, event->thread,
		                                   (enum trace_kind)d->call->kind,
		                                   (int)event->result);
}

/*
 * The stop at the end is a voluntary switch too. If all that took long was that this
 * process had to run, there is no other.
 */
static bool has_slept(const struct trace_decoded *d)
{
	struct procstat procstat;
	const struct trace_event *event = &d->event;
	if (event->flow == TRACE_FLOW_NONE ||
	    event->ended - event->began < TRACE_WAIT_MIN)
		return false;
	return procstat_read(&procstat, event->pid, event->thread) < 0 ||
	       procstat.sleeps > d->sleeps + 1;
}

void trace_decode_end(struct trace_decoded *d, struct trace_objects *objects)
{
	enum { RESTART_FIRST = 512, RESTART_LAST = 516 }; /* ERESTARTSYS and the others */
	int64_t result = d->event.result;
	d->event.outcome = TRACE_OUTCOME_RETURNED;
	d->event.waited = has_slept(d);
	if (result >= 0)
		show_results(d, objects);
	else if (-result >= RESTART_FIRST && -result <= RESTART_LAST)
		d->event.outcome = TRACE_OUTCOME_INTERRUPTED;
}

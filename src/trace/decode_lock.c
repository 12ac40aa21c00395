/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <sys/file.h>

#include "base/i386_call.h"
#include "trace/decode_lock.h"
#include "trace/memory.h"

void trace_decode_flock(struct trace_event *event, uint64_t operation)
{
	const char *text = operation & LOCK_UN   ? "unlock"
	                   : operation & LOCK_EX ? "exclusive"
	                                         : "shared";
	event->flow = (operation & LOCK_UN) != 0 ? TRACE_FLOW_GIVES : TRACE_FLOW_TAKES;
	trace_event_add(event, "%s%s", text, operation & LOCK_NB ? " nonblock" : "");
}

/* The range that a lock has, "write 0:10" as lockrun -r takes it. */
static bool read_lock_range(const struct trace_decoded *d, struct flock *lock)
{
	pid_t thread = d->event.thread;
	return d->compat ? i386_call_read_lock(thread, d->args[1], d->args[2], lock)
	                 : trace_memory_read(thread, d->args[2], lock, sizeof *lock);
}

bool trace_decode_fcntl(struct trace_decoded *d)
{
	struct flock lock;
	int command = (int)d->args[1];
	if (d->compat && command >= I386_GETLK64 && command <= I386_SETLKW64)
		command += F_GETLK - I386_GETLK64;
	bool tests = command == F_GETLK || command == F_OFD_GETLK;
	bool waits = command == F_SETLKW || command == F_OFD_SETLKW;
	if (!tests && !waits && command != F_SETLK && command != F_OFD_SETLK)
		return false;
	if (!read_lock_range(d, &lock))
		return true;
	bool unlocks = lock.l_type == F_UNLCK;
	d->event.flow = tests     ? TRACE_FLOW_NONE
	                : unlocks ? TRACE_FLOW_GIVES
	                          : TRACE_FLOW_TAKES;
	trace_event_add(&d->event, "%s%s%s %lld:%lld", tests ? "test " : "",
	                command >= F_OFD_GETLK ? "ofd " : "",
	                unlocks                  ? "unlock"
	                : lock.l_type == F_WRLCK ? "write"
	                                         : "read",
	                (long long)lock.l_start, (long long)lock.l_len);
	if (!tests && !waits && !unlocks)
		trace_event_add(&d->event, "nonblock");
	return true;
}

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

/* A lock of a range, "write 0:10" as lockrun -r takes it. */
struct lock_range {
	short type, whence;
	int64_t start, length;
};

/* Of i386: its struct flock64 or, if `is_short`, its struct flock. */
static bool read_compat_range(struct trace_decoded *d, bool is_short,
                              struct lock_range *range)
{
	struct __attribute__((packed, aligned(4))) {
		short type, whence;
		int64_t start, length;
	} compat;
	struct {
		short type, whence;
		int32_t start, length;
	} small;
	if (is_short) {
		if (!trace_memory_read(d->event.thread, d->args[2], &small, sizeof small))
			return false;
		*range = (struct lock_range){small.type, small.whence, small.start,
		                             small.length};
		return true;
	}
	if (!trace_memory_read(d->event.thread, d->args[2], &compat, sizeof compat))
		return false;
	*range =
	    (struct lock_range){compat.type, compat.whence, compat.start, compat.length};
	return true;
}

static bool read_lock_range(struct trace_decoded *d, struct lock_range *range)
{
	struct flock native;
	if (!trace_memory_read(d->event.thread, d->args[2], &native, sizeof native))
		return false;
	*range = (struct lock_range){native.l_type, native.l_whence, native.l_start,
	                             native.l_len};
	return true;
}

bool trace_decode_fcntl(struct trace_decoded *d)
{
	struct lock_range range = {0};
	int command = (int)d->args[1];
	bool has_range_64 = command >= I386_GETLK64 && command <= I386_SETLKW64;
	if (d->compat && has_range_64)
		command += F_GETLK - I386_GETLK64;
	bool tests = command == F_GETLK || command == F_OFD_GETLK;
	bool waits = command == F_SETLKW || command == F_OFD_SETLKW;
	if (!tests && !waits && command != F_SETLK && command != F_OFD_SETLK)
		return false;
	bool is_short = !has_range_64 && command < F_OFD_GETLK;
	if (d->compat ? !read_compat_range(d, is_short, &range)
	              : !read_lock_range(d, &range))
		return true;
	bool unlocks = range.type == F_UNLCK;
	d->event.flow = tests     ? TRACE_FLOW_NONE
	                : unlocks ? TRACE_FLOW_GIVES
	                          : TRACE_FLOW_TAKES;
	trace_event_add(&d->event, "%s%s%s %lld:%lld", tests ? "test " : "",
	                command >= F_OFD_GETLK ? "ofd " : "",
	                unlocks                 ? "unlock"
	                : range.type == F_WRLCK ? "write"
	                                        : "read",
	                (long long)range.start, (long long)range.length);
	if (!tests && !waits && !unlocks)
		trace_event_add(&d->event, "nonblock");
	return true;
}

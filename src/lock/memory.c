/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/sigbus.h"
#include "io/error.h"
#include "lock/lock.h"
#include "lock/memory.h"
#include "lock/report.h"
#include "process/keeper.h"

struct lock_memory_state {
	struct memory_set set;
	bool shared, verbose; /* as of struct memory_set_request */
	bool conflict;        /* the failure was that another process holds a lock */
	int64_t started;      /* deadline_clock() */
	const struct deadline *deadline;
	struct robust robust;
	struct sigbus sigbus[LOCK_SET_MAX]; /* of each lock, during access */
};

/* ------------------------------------------------------ in the holder process */

/* From here on another process may truncate an object. */
static void lock_memory_begin_access(struct lock_memory_state *state)
{
	for (int i = 0; i < state->set.count; i++) {
		const struct segment_mapping *mapping = &state->set.locks[i].mapping;
		sigbus_begin(&state->sigbus[i], mapping->base, mapping->length);
	}
}

/* result, or -1 with errno EFAULT if one was truncated: note->detail. */
static int lock_memory_end_access(struct lock_memory_state *state, int result,
                                  struct keeper_note *note)
{
	int cut = -1;
	for (int i = state->set.count - 1; i >= 0; i--)
		if (sigbus_end(&state->sigbus[i], 0) < 0)
			cut = i;
	if (cut < 0)
		return result;
	note->detail = cut;
	errno = EFAULT;
	return -1;
}

static int memory_lock_release(struct lock_memory_state *state, int i, bool owner_died)
{
	struct memory_lock *lock = &state->set.locks[i];
	return state->set.kind->unlock(lock->mapping.address, &state->robust,
	                               lock->hold.word, owner_died);
}

/* All, or none: note->detail is the one that failed. */
static int acquire_memory_locks(struct lock_memory_state *state,
                                const struct deadline *deadline, struct keeper_note *note)
{
	struct memory_lock *locks = state->set.locks;
	for (int i = 0; i < state->set.count; i++) {
		int result =
		    state->set.kind->lock(locks[i].mapping.address, &state->robust,
		                          state->shared, deadline, &locks[i].hold);
		if (result == 0 && !sigbus_is_cut())
			continue;
		int error = errno;
		note->detail = i;
		for (i -= result < 0; i >= 0; i--)
			memory_lock_release(state, i, locks[i].hold.owner_died);
		errno = error;
		return -1;
	}
	return 0;
}

/* note->detail: the lock that failed, or bit N: the last owner of lock N died. */
static int lock_memory_acquire(void *object, const struct deadline *deadline,
                               struct keeper_note *note)
{
	struct lock_memory_state *state = object;
	uint32_t owner_died = 0;
	robust_register(&state->robust, state->set.kind->futex_offset);
	lock_memory_begin_access(state);
	int result = acquire_memory_locks(state, deadline, note);
	if (lock_memory_end_access(state, result, note) < 0)
		return -1;
	for (int i = 0; i < state->set.count; i++)
		owner_died |= (uint32_t)state->set.locks[i].hold.owner_died << i;
	note->detail = (int)owner_died;
	note->phase = KEEPER_ACQUIRED;
	return 0;
}

/*
 * A command that was killed leaves the protected data inconsistent; a command that was
 * notified of such a death and ends with status 0 has made them consistent.
 */
static int lock_memory_before_exit(void *object, int wait_status,
                                   struct keeper_note *note)
{
	struct lock_memory_state *state = object;
	int result = 0, error = 0;
	lock_memory_begin_access(state);
	for (int i = state->set.count - 1; i >= 0; i--) {
		bool owner_died =
		    WIFSIGNALED(wait_status) ||
		    (state->set.locks[i].hold.owner_died && wait_status != 0);
		if (memory_lock_release(state, i, owner_died) == 0)
			continue;
		result = -1;
		error = errno;
		note->detail = i;
	}
	errno = error;
	return lock_memory_end_access(state, result, note);
}

/* ------------------------------------------------ in the process that started it */

static struct lock_attributes memory_lock_guard(const struct lock_memory_state *state,
                                                int i)
{
	return (struct lock_attributes){.api = LOCK_OFD,
	                                .shared = state->shared,
	                                .start = state->set.locks[i].name.offset,
	                                .length = 1};
}

static enum status lock_memory_error(struct lock_memory_state *state,
                                     const struct keeper_note *note)
{
	const char *name = state->set.locks[note->detail].name.text;
	state->conflict = errno == EAGAIN || errno == ETIMEDOUT;
	switch (errno) {
	case EAGAIN:
		return error_as(STATUS_WOULD_BLOCK, "%s: locked by another process",
		                name);
	case ETIMEDOUT:
		return error_as(STATUS_TIMED_OUT,
		                "%s: timed out: locked by another process", name);
	case ENOTRECOVERABLE:
		return error_as(
		    STATUS_FAILED,
		    "%s: not recoverable: not marked consistent after its owner had died",
		    name);
	case EFAULT: return error_truncated(name);
	case EPERM:
		return error_as(STATUS_FAILED,
		                "%s: another process changed the lock while it was held",
		                name);
	default: return error_errno("%s", name);
	}
}

static enum status lock_memory_report_failure(void *object,
                                              const struct keeper_note *note)
{
	struct lock_memory_state *state = object;
	enum status status = lock_memory_error(state, note);
	if (state->conflict && state->verbose)
		lock_report_memory_holders(state->set.locks[note->detail].name.text,
		                           state->shared);
	return status;
}

static enum status lock_memory_before_command(void *object,
                                              const struct keeper_note *note)
{
	struct lock_memory_state *state = object;
	struct memory_lock *locks = state->set.locks;
	for (int i = 0; i < state->set.count; i++) {
		struct lock_attributes guard = memory_lock_guard(state, i);
		if (lock_acquire(locks[i].segment.fd, &guard, state->deadline) < 0)
			return lock_memory_error(state,
			                         &(struct keeper_note){.detail = i});
	}
	for (int i = 0; i < state->set.count && state->verbose; i++)
		lock_report_locked(locks[i].name.text, state->started);
	for (int i = 0; i < state->set.count; i++)
		if ((uint32_t)note->detail & UINT32_C(1) << i)
			error_as(STATUS_OK,
			         "%s: the last owner died: the protected data may be "
			         "inconsistent",
			         locks[i].name.text);
	return STATUS_OK;
}

static void lock_memory_prepare(void *object, const struct keeper_note *note)
{
	(void)object;
	if (note->detail != 0)
		setenv("LOCKRUN_OWNER_DIED", "1", 1);
	else
		unsetenv("LOCKRUN_OWNER_DIED");
}

static void lock_memory_after_command(void *object)
{
	struct lock_memory_state *state = object;
	for (int i = 0; i < state->set.count; i++) {
		struct lock_attributes guard = memory_lock_guard(state, i);
		lock_release(state->set.locks[i].segment.fd, &guard);
	}
}

enum status lock_memory_run(const struct memory_set_request *request,
                            const struct deadline *deadline, char **argv, bool *conflict)
{
	static const struct keeper_kind keeper = {
	    .process = "lock-keeper",
	    .acquire = lock_memory_acquire,
	    .before_command = lock_memory_before_command,
	    .prepare = lock_memory_prepare,
	    .after_command = lock_memory_after_command,
	    .before_exit = lock_memory_before_exit,
	    .report_failure = lock_memory_report_failure};
	struct lock_memory_state state = {
	    .shared = request->shared, .verbose = request->verbose, .deadline = deadline};
	struct keeper_job job = {.kind = &keeper, .object = &state};
	enum status status = memory_set_open(&state.set, request);
	if (status != STATUS_OK)
		return status_before_command(status);
	state.started = state.verbose ? deadline_clock() : 0;
	status = keeper_run(&job, deadline, argv);
	*conflict = state.conflict;
	memory_set_close(&state.set);
	return status;
}

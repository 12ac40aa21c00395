#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "io/error.h"
#include "lock/lock.h"
#include "lock/memory.h"
#include "process/keeper.h"

struct lock_memory_state {
	struct memory_set set;
	bool shared;
	const struct deadline *deadline;
	struct robust robust;
};

/* ------------------------------------------------------ in the holder process */

static void memory_lock_release(struct lock_memory_state *state, int i, bool owner_died)
{
	struct memory_lock *lock = &state->set.locks[i];
	state->set.kind->unlock(lock->mapping.address, &state->robust, lock->hold.word,
	                        owner_died);
}

/* note->detail: the lock that failed, or bit N: the last owner of lock N died. */
static int lock_memory_acquire(void *object, const struct deadline *deadline,
                               struct keeper_note *note)
{
	struct lock_memory_state *state = object;
	struct memory_lock *locks = state->set.locks;
	const struct lock_memory_kind *kind = state->set.kind;
	uint32_t owner_died = 0;
	robust_register(&state->robust, kind->futex_offset);
	for (int i = 0; i < state->set.count; i++) {
		if (kind->lock(locks[i].mapping.address, &state->robust, state->shared,
		               deadline, &locks[i].hold) == 0) {
			owner_died |= (uint32_t)locks[i].hold.owner_died << i;
			continue;
		}
		int error = errno;
		note->detail = i;
		while (i-- > 0)
			memory_lock_release(state, i, locks[i].hold.owner_died);
		errno = error;
		return -1;
	}
	note->detail = (int)owner_died;
	note->phase = KEEPER_ACQUIRED;
	return 0;
}

/*
 * A command that was killed leaves the protected data inconsistent; a command that was
 * notified of such a death and ends with status 0 has made them consistent.
 */
static void lock_memory_before_exit(void *object, int wait_status)
{
	struct lock_memory_state *state = object;
	for (int i = state->set.count - 1; i >= 0; i--)
		memory_lock_release(
		    state, i,
		    WIFSIGNALED(wait_status) ||
		        (state->set.locks[i].hold.owner_died && wait_status != 0));
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

static enum status lock_memory_report_failure(void *object,
                                              const struct keeper_note *note)
{
	const struct lock_memory_state *state = object;
	const char *name = state->set.locks[note->detail].name.text;
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
	default: return error_errno("%s", name);
	}
}

static enum status lock_memory_before_command(void *object,
                                              const struct keeper_note *note)
{
	struct lock_memory_state *state = object;
	struct memory_lock *locks = state->set.locks;
	for (int i = 0; i < state->set.count; i++) {
		struct lock_attributes guard = memory_lock_guard(state, i);
		if (lock_acquire(locks[i].segment.fd, &guard, state->deadline) < 0)
			return lock_memory_report_failure(
			    object, &(struct keeper_note){.detail = i});
	}
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

enum status lock_memory_run(const struct memory_set_request *request, bool shared,
                            const struct deadline *deadline, char **argv)
{
	static const struct keeper_kind keeper = {
	    .process = "lock-keeper",
	    .acquire = lock_memory_acquire,
	    .before_command = lock_memory_before_command,
	    .prepare = lock_memory_prepare,
	    .after_command = lock_memory_after_command,
	    .before_exit = lock_memory_before_exit,
	    .report_failure = lock_memory_report_failure};
	struct lock_memory_state state = {.shared = shared, .deadline = deadline};
	struct keeper_job job = {.kind = &keeper, .object = &state};
	enum status status = memory_set_open(&state.set, request);
	if (status != STATUS_OK)
		return status_before_command(status);
	status = keeper_run(&job, deadline, argv);
	memory_set_close(&state.set);
	return status;
}

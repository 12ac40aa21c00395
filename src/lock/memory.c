#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "io/report.h"
#include "lock/lock.h"
#include "lock/memory.h"
#include "process/keeper.h"
#include "shm/segment.h"

struct memory_lock {
	struct name name, memory;
	struct segment segment;
	struct segment_window window;
	dev_t device;
	ino_t inode;
	uint32_t *place; /* the word that was taken */
};

struct memory_locks {
	const struct mutex_kind *kind;
	bool shared;
	const struct deadline *deadline;
	struct robust robust;
	uint32_t died; /* bit N: whoever had lock N before was killed */
	int count;
	struct memory_lock locks[LOCKS_MAX];
};

/* --------------------------------------------------------------- open, close */

/* An object that is a lock from its first moment on, opened. */
static enum status provide(struct memory_lock *lock, const struct mutex_kind *kind)
{
	unsigned char words[RWLOCK_BYTES] = {0};
	int64_t end;
	if (__builtin_add_overflow(lock->name.offset, (int64_t)kind->bytes, &end))
		return fail_as(STATUS_FAILED, "%s: %s", lock->name.text,
		               error_text(EFBIG));
	kind->make(words);
	struct segment_shape shape = {.size = end,
	                              .mode = {.bits = 0600},
	                              .contents = words,
	                              .contents_length = kind->bytes,
	                              .contents_offset = lock->name.offset};
	return segment_provide(&lock->segment, &lock->memory, &shape);
}

static enum status map_lock(struct memory_lock *lock, const struct mutex_kind *kind)
{
	struct stat st;
	if (fstat(lock->segment.fd, &st) < 0)
		return fail("%s", lock->name.text);
	lock->device = st.st_dev;
	lock->inode = st.st_ino;
	enum status status =
	    segment_map(&lock->window, &lock->segment, lock->name.offset, kind->bytes);
	if (status != STATUS_DONE || kind->is_one(lock->window.at))
		return status;
	segment_unmap(&lock->window);
	return fail_as(STATUS_FAILED, "%s: not a %s", lock->name.text,
	               kind == &mutex_kind ? "mutex of glibc that is robust and shared"
	                                   : "read-write lock");
}

static enum status open_lock(struct memory_lock *lock, const struct mutex_kind *kind,
                             const char *name)
{
	enum status status = name_parse(&lock->name, NAME_LOCK, name);
	if (status != STATUS_DONE)
		return status;
	name_of_memory(&lock->memory, &lock->name);
	status = provide(lock, kind);
	if (status != STATUS_DONE)
		return status;
	status = map_lock(lock, kind);
	if (status != STATUS_DONE)
		segment_close(&lock->segment);
	return status;
}

static void close_lock(struct memory_lock *lock)
{
	segment_unmap(&lock->window);
	segment_close(&lock->segment);
}

static int by_place(const void *a, const void *b)
{
	const struct memory_lock *x = a, *y = b;
	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return x->name.offset < y->name.offset ? -1 : x->name.offset > y->name.offset;
}

static void sort(struct memory_locks *locks)
{
	struct memory_lock *all = locks->locks;
	int kept = 0;
	qsort(all, (size_t)locks->count, sizeof *all, by_place);
	for (int i = 0; i < locks->count; i++)
		if (kept > 0 && by_place(&all[kept - 1], &all[i]) == 0)
			close_lock(&all[i]);
		else
			all[kept++] = all[i];
	locks->count = kept;
	/* they have moved */
	for (int i = 0; i < kept; i++)
		all[i].segment.name = &all[i].memory;
}

static void close_all(struct memory_locks *locks)
{
	for (int i = 0; i < locks->count; i++)
		close_lock(&locks->locks[i]);
}

static enum status open_all(struct memory_locks *locks, const char *const *names,
                            int count)
{
	for (int i = 0; i < count; i++) {
		enum status status = open_lock(&locks->locks[i], locks->kind, names[i]);
		if (status != STATUS_DONE) {
			close_all(locks);
			return status;
		}
		locks->count++;
	}
	sort(locks);
	return STATUS_DONE;
}

/* ------------------------------------------------------------- in the keeper */

static bool has_died(const struct memory_locks *locks, int i)
{
	return (locks->died & UINT32_C(1) << i) != 0;
}

static void give(struct memory_locks *locks, int i, bool died)
{
	struct memory_lock *lock = &locks->locks[i];
	locks->kind->give(lock->window.at, &locks->robust, lock->place, died);
}

static int take(void *thing, const struct deadline *deadline, struct keeper_note *note)
{
	struct memory_locks *locks = thing;
	robust_begin(&locks->robust, locks->kind->distance);
	for (int i = 0; i < locks->count; i++) {
		struct memory_lock *lock = &locks->locks[i];
		bool died = false;
		if (locks->kind->take(lock->window.at, &locks->robust, locks->shared,
		                      deadline, &died, &lock->place) == 0) {
			locks->died |= (uint32_t)died << i;
			continue;
		}
		int error = errno;
		note->remark = i;
		while (i-- > 0)
			give(locks, i, has_died(locks, i));
		errno = error;
		return -1;
	}
	note->remark = (int)locks->died;
	note->progress = KEEPER_HAS_TAKEN;
	return 0;
}

/*
 * A command that was killed leaves what it was changing half done, and what was half done
 * before is whole when a command says so that was told.
 */
static void ended(void *thing, int wait_status)
{
	struct memory_locks *locks = thing;
	for (int i = locks->count - 1; i >= 0; i--)
		give(locks, i,
		     WIFSIGNALED(wait_status) ||
		         (has_died(locks, i) && wait_status != 0));
}

/* ------------------------------------------------------------ in its starter */

static struct lock_shape guard_of(const struct memory_locks *locks, int i)
{
	return (struct lock_shape){.api = LOCK_OFD,
	                           .shared = locks->shared,
	                           .start = locks->locks[i].name.offset,
	                           .length = 1};
}

static enum status failed(void *thing, const struct keeper_note *note)
{
	const struct memory_locks *locks = thing;
	const char *name = locks->locks[note->remark].name.text;
	switch (errno) {
	case EAGAIN: return fail_as(STATUS_NOT_NOW, "%s: locked by another", name);
	case ETIMEDOUT:
		return fail_as(STATUS_TIMED_OUT, "%s: timed out: locked by another",
		               name);
	case ENOTRECOVERABLE:
		return fail_as(STATUS_FAILED,
		               "%s: not recoverable: a holder was killed, and the next "
		               "did not mark it consistent",
		               name);
	default: return fail("%s", name);
	}
}

static enum status taken(void *thing, const struct keeper_note *note)
{
	struct memory_locks *locks = thing;
	for (int i = 0; i < locks->count; i++) {
		struct lock_shape guard = guard_of(locks, i);
		if (lock_take(locks->locks[i].segment.fd, &guard, locks->deadline) < 0)
			return failed(thing, &(struct keeper_note){.remark = i});
	}
	for (int i = 0; i < locks->count; i++)
		if ((uint32_t)note->remark & UINT32_C(1) << i)
			fail_as(STATUS_DONE,
			        "%s: a holder was killed: what it guards may be half "
			        "changed",
			        locks->locks[i].name.text);
	return STATUS_DONE;
}

static void prepare(void *thing, const struct keeper_note *note)
{
	(void)thing;
	if (note->remark != 0)
		setenv("LOCKRUN_OWNER_DIED", "1", 1);
	else
		unsetenv("LOCKRUN_OWNER_DIED");
}

static void over(void *thing)
{
	struct memory_locks *locks = thing;
	for (int i = 0; i < locks->count; i++) {
		struct lock_shape guard = guard_of(locks, i);
		lock_give(locks->locks[i].segment.fd, &guard);
	}
}

enum status lock_memory_run(const struct mutex_kind *kind, bool shared,
                            const char *const *names, int count,
                            const struct deadline *deadline, char **argv)
{
	static const struct keeper_kind keeper = {.process = "lock-keeper",
	                                          .take = take,
	                                          .taken = taken,
	                                          .prepare = prepare,
	                                          .over = over,
	                                          .ended = ended,
	                                          .failed = failed};
	struct memory_locks locks = {
	    .kind = kind, .shared = shared, .deadline = deadline};
	struct keeper_job job = {.kind = &keeper, .thing = &locks};
	enum status status = open_all(&locks, names, count);
	if (status != STATUS_DONE)
		return status_before_command(status);
	status = keeper_run(&job, deadline, argv);
	close_all(&locks);
	return status;
}

/* --------------------------------------------------------------------- look */

enum status lock_memory_look(const char *text, const char **kind, int64_t *offset,
                             struct mutex_facts *facts)
{
	struct name name, memory;
	struct segment segment;
	uint64_t words[RWLOCK_BYTES / sizeof(uint64_t)] = {0};
	enum status status = name_parse(&name, NAME_LOCK, text);
	if (status != STATUS_DONE)
		return status;
	name_of_memory(&memory, &name);
	status = segment_open(&segment, &memory, SEGMENT_READ);
	if (status != STATUS_DONE)
		return status;
	*offset = name.offset;
	ssize_t length = segment_read(&segment, name.offset, words, sizeof words);
	segment_close(&segment);
	if (length < 0)
		return STATUS_FAILED;
	if (length >= RWLOCK_BYTES && rwlock_kind.look(words, facts))
		*kind = "rwlock";
	else if (length >= MUTEX_BYTES && mutex_kind.look(words, facts))
		*kind = "mutex";
	else
		return fail_as(STATUS_FAILED,
		               "%s: neither a robust, shared mutex of glibc nor a "
		               "read-write lock",
		               name.text);
	return STATUS_DONE;
}

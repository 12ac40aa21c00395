#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "io/error.h"
#include "lock/lock.h"
#include "lock/memory.h"
#include "process/keeper.h"
#include "shm/segment.h"

struct memory_lock {
	struct name name, memory;
	struct segment segment;
	struct segment_mapping mapping;
	dev_t device;
	ino_t inode;
	uint32_t *word; /* the word that was taken */
};

struct memory_locks {
	const struct lock_memory_kind *kind;
	bool shared;
	const struct deadline *deadline;
	struct robust robust;
	uint32_t owner_died; /* bit N: whoever had lock N before was killed */
	int count;
	struct memory_lock locks[LOCK_SET_MAX];
};

/* --------------------------------------------------------------- open, close */

/* An object that is a lock from its first moment on, opened. */
static enum status open_or_create_memory(struct memory_lock *lock,
                                         const struct lock_memory_kind *kind)
{
	unsigned char words[RWLOCK_BYTES] = {0};
	int64_t end;
	if (__builtin_add_overflow(lock->name.offset, (int64_t)kind->bytes, &end))
		return error_as(STATUS_FAILED, "%s: %s", lock->name.text,
		                error_text(EFBIG));
	kind->init(words);
	struct segment_attributes attributes = {.size = end,
	                                        .mode = {.bits = 0600},
	                                        .contents = words,
	                                        .contents_length = kind->bytes,
	                                        .contents_offset = lock->name.offset};
	return segment_open_or_create(&lock->segment, &lock->memory, &attributes);
}

static enum status memory_lock_map(struct memory_lock *lock,
                                   const struct lock_memory_kind *kind)
{
	struct stat st;
	if (fstat(lock->segment.fd, &st) < 0)
		return error_errno("%s", lock->name.text);
	lock->device = st.st_dev;
	lock->inode = st.st_ino;
	enum status status =
	    segment_map(&lock->mapping, &lock->segment, lock->name.offset, kind->bytes);
	if (status != STATUS_OK || kind->ensure_initialized(lock->mapping.address))
		return status;
	segment_unmap(&lock->mapping);
	return error_as(STATUS_FAILED, "%s: not a %s", lock->name.text,
	                kind == &mutex_kind ? "mutex of glibc that is robust and shared"
	                                    : "read-write lock");
}

static enum status memory_lock_open(struct memory_lock *lock,
                                    const struct lock_memory_kind *kind, const char *name)
{
	enum status status = name_parse(&lock->name, NAME_LOCK, name);
	if (status != STATUS_OK)
		return status;
	name_of_memory(&lock->memory, &lock->name);
	status = open_or_create_memory(lock, kind);
	if (status != STATUS_OK)
		return status;
	status = memory_lock_map(lock, kind);
	if (status != STATUS_OK)
		segment_close(&lock->segment);
	return status;
}

static void memory_lock_close(struct memory_lock *lock)
{
	segment_unmap(&lock->mapping);
	segment_close(&lock->segment);
}

static int compare_memory_locks(const void *a, const void *b)
{
	const struct memory_lock *x = a, *y = b;
	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return x->name.offset < y->name.offset ? -1 : x->name.offset > y->name.offset;
}

static void memory_locks_sort(struct memory_locks *locks)
{
	struct memory_lock *all = locks->locks;
	int kept = 0;
	qsort(all, (size_t)locks->count, sizeof *all, compare_memory_locks);
	for (int i = 0; i < locks->count; i++)
		if (kept > 0 && compare_memory_locks(&all[kept - 1], &all[i]) == 0)
			memory_lock_close(&all[i]);
		else
			all[kept++] = all[i];
	locks->count = kept;
	/* they have moved */
	for (int i = 0; i < kept; i++)
		all[i].segment.name = &all[i].memory;
}

static void memory_locks_close(struct memory_locks *locks)
{
	for (int i = 0; i < locks->count; i++)
		memory_lock_close(&locks->locks[i]);
}

static enum status memory_locks_open(struct memory_locks *locks, const char *const *names,
                                     int count)
{
	for (int i = 0; i < count; i++) {
		enum status status =
		    memory_lock_open(&locks->locks[i], locks->kind, names[i]);
		if (status != STATUS_OK) {
			memory_locks_close(locks);
			return status;
		}
		locks->count++;
	}
	memory_locks_sort(locks);
	return STATUS_OK;
}

/* ------------------------------------------------------------- in the keeper */

static bool has_owner_died(const struct memory_locks *locks, int i)
{
	return (locks->owner_died & UINT32_C(1) << i) != 0;
}

static void memory_lock_release(struct memory_locks *locks, int i, bool owner_died)
{
	struct memory_lock *lock = &locks->locks[i];
	locks->kind->unlock(lock->mapping.address, &locks->robust, lock->word,
	                    owner_died);
}

static int memory_locks_acquire(void *object, const struct deadline *deadline,
                                struct keeper_note *note)
{
	struct memory_locks *locks = object;
	robust_register(&locks->robust, locks->kind->futex_offset);
	for (int i = 0; i < locks->count; i++) {
		struct memory_lock *lock = &locks->locks[i];
		bool owner_died = false;
		if (locks->kind->lock(lock->mapping.address, &locks->robust,
		                      locks->shared, deadline, &owner_died,
		                      &lock->word) == 0) {
			locks->owner_died |= (uint32_t)owner_died << i;
			continue;
		}
		int error = errno;
		note->detail = i;
		while (i-- > 0)
			memory_lock_release(locks, i, has_owner_died(locks, i));
		errno = error;
		return -1;
	}
	note->detail = (int)locks->owner_died;
	note->phase = KEEPER_ACQUIRED;
	return 0;
}

/*
 * A command that was killed leaves what it was changing half done, and what was half done
 * before is whole when a command says so that was told.
 */
static void memory_locks_before_exit(void *object, int wait_status)
{
	struct memory_locks *locks = object;
	for (int i = locks->count - 1; i >= 0; i--)
		memory_lock_release(locks, i,
		                    WIFSIGNALED(wait_status) ||
		                        (has_owner_died(locks, i) && wait_status != 0));
}

/* ------------------------------------------------------------ in its starter */

static struct lock_attributes memory_lock_guard(const struct memory_locks *locks, int i)
{
	return (struct lock_attributes){.api = LOCK_OFD,
	                                .shared = locks->shared,
	                                .start = locks->locks[i].name.offset,
	                                .length = 1};
}

static enum status memory_locks_report_failure(void *object,
                                               const struct keeper_note *note)
{
	const struct memory_locks *locks = object;
	const char *name = locks->locks[note->detail].name.text;
	switch (errno) {
	case EAGAIN: return error_as(STATUS_WOULD_BLOCK, "%s: locked by another", name);
	case ETIMEDOUT:
		return error_as(STATUS_TIMED_OUT, "%s: timed out: locked by another",
		                name);
	case ENOTRECOVERABLE:
		return error_as(STATUS_FAILED,
		                "%s: not recoverable: a holder was killed, and the next "
		                "did not mark it consistent",
		                name);
	default: return error_errno("%s", name);
	}
}

static enum status memory_locks_acquired(void *object, const struct keeper_note *note)
{
	struct memory_locks *locks = object;
	for (int i = 0; i < locks->count; i++) {
		struct lock_attributes guard = memory_lock_guard(locks, i);
		if (lock_acquire(locks->locks[i].segment.fd, &guard, locks->deadline) < 0)
			return memory_locks_report_failure(
			    object, &(struct keeper_note){.detail = i});
	}
	for (int i = 0; i < locks->count; i++)
		if ((uint32_t)note->detail & UINT32_C(1) << i)
			error_as(STATUS_OK,
			         "%s: a holder was killed: what it guards may be half "
			         "changed",
			         locks->locks[i].name.text);
	return STATUS_OK;
}

static void memory_locks_prepare(void *object, const struct keeper_note *note)
{
	(void)object;
	if (note->detail != 0)
		setenv("LOCKRUN_OWNER_DIED", "1", 1);
	else
		unsetenv("LOCKRUN_OWNER_DIED");
}

static void memory_locks_after_command(void *object)
{
	struct memory_locks *locks = object;
	for (int i = 0; i < locks->count; i++) {
		struct lock_attributes guard = memory_lock_guard(locks, i);
		lock_release(locks->locks[i].segment.fd, &guard);
	}
}

enum status lock_memory_run(const struct lock_memory_kind *kind, bool shared,
                            const char *const *names, int count,
                            const struct deadline *deadline, char **argv)
{
	static const struct keeper_kind keeper = {
	    .process = "lock-keeper",
	    .acquire = memory_locks_acquire,
	    .before_command = memory_locks_acquired,
	    .prepare = memory_locks_prepare,
	    .after_command = memory_locks_after_command,
	    .before_exit = memory_locks_before_exit,
	    .report_failure = memory_locks_report_failure};
	struct memory_locks locks = {
	    .kind = kind, .shared = shared, .deadline = deadline};
	struct keeper_job job = {.kind = &keeper, .object = &locks};
	enum status status = memory_locks_open(&locks, names, count);
	if (status != STATUS_OK)
		return status_before_command(status);
	status = keeper_run(&job, deadline, argv);
	memory_locks_close(&locks);
	return status;
}

/* --------------------------------------------------------------------- look */

enum status lock_memory_inspect(const char *text, const char **kind, int64_t *offset,
                                struct lock_memory_facts *facts)
{
	struct name name, memory;
	struct segment segment;
	uint64_t words[RWLOCK_BYTES / sizeof(uint64_t)] = {0};
	enum status status = name_parse(&name, NAME_LOCK, text);
	if (status != STATUS_OK)
		return status;
	name_of_memory(&memory, &name);
	status = segment_open(&segment, &memory, SEGMENT_READ);
	if (status != STATUS_OK)
		return status;
	*offset = name.offset;
	ssize_t length = segment_read(&segment, name.offset, words, sizeof words);
	segment_close(&segment);
	if (length < 0)
		return STATUS_FAILED;
	if (length >= RWLOCK_BYTES && rwlock_kind.inspect(words, facts))
		*kind = "rwlock";
	else if (length >= MUTEX_BYTES && mutex_kind.inspect(words, facts))
		*kind = "mutex";
	else
		return error_as(STATUS_FAILED,
		                "%s: neither a robust, shared mutex of glibc nor a "
		                "read-write lock",
		                name.text);
	return STATUS_OK;
}

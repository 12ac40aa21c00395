/* SPDX-License-Identifier: MIT */
/*
 * lock/mutex.h and lock/rwlock.h: any words in shared memory. What they say is compared
 * with their definition, taking and releasing a mutex with what pthread_mutex_trylock(3)
 * and pthread_mutex_unlock(3) do to the same words.
 *
 * Runs: 300000 of at most 120 bytes
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzz.h"
#include "lock/mutex.h"
#include "lock/rwlock.h"

static struct robust robust;
static uint32_t tid;

void fuzz_prepare(void)
{
	tid = (uint32_t)syscall(SYS_gettid);
}

/* Not registered: the kernel knows the list of the C library. */
static void begin_list(const struct lock_memory_kind *kind)
{
	robust =
	    (struct robust){.list = {&robust.list}, .futex_offset = kind->futex_offset};
}

static void check_list_empty(void)
{
	FUZZ_CHECK(robust.list.next == &robust.list && robust.list_op_pending == NULL,
	           "a lock is in the list");
}

/* -------------------------------------------------------------------- the mutex */

/* The words before the pointers of the list. */
enum { LOCK, COUNT, OWNER, USERS, KIND, SPINS, WORDS = 10 };

static bool is_ours(const uint32_t words[WORDS])
{
	/* PTHREAD_MUTEX_ROBUST_NORMAL_NP to _ADAPTIVE_NP, process-shared */
	return words[KIND] >= 0x90 && words[KIND] <= 0x93;
}

static void check_mutex_facts(const uint32_t words[WORDS])
{
	struct lock_memory_facts facts;
	/* one with PTHREAD_PRIO_INHERIT is listed, though it cannot be locked here */
	bool valid = is_ours(words) || (words[KIND] >= 0xb0 && words[KIND] <= 0xb3);
	FUZZ_CHECK(mutex_kind.inspect(words, &facts) == valid, "kind %x", words[KIND]);
	FUZZ_CHECK(facts.writer == (words[LOCK] & 0x3fffffff) && facts.reader_count == 0,
	           "%x", facts.writer);
	FUZZ_CHECK(facts.owner_died == ((words[LOCK] >> 30 & 1) != 0), "%x", words[LOCK]);
}

/* Make the words a mutex if they are zeros, and change nothing else. */
static bool initialize_mutex(uint32_t *words)
{
	uint32_t before[WORDS];
	static const uint32_t zeros[WORDS], made[WORDS] = {[KIND] = 0x90};
	memcpy(before, words, sizeof before);
	bool valid = mutex_kind.ensure_initialized(words);
	if (memcmp(before, zeros, sizeof zeros) == 0) {
		FUZZ_CHECK(valid && memcmp(words, made, sizeof made) == 0, "zeros");
	} else {
		FUZZ_CHECK(memcmp(words, before, sizeof before) == 0, "changed");
		FUZZ_CHECK(valid == is_ours(words), "kind %x", words[KIND]);
	}
	return valid;
}

static int lock_theirs(pthread_mutex_t *mutex)
{
	int error = pthread_mutex_trylock(mutex);
	if (error != EOWNERDEAD)
		return error;
	FUZZ_CHECK(pthread_mutex_consistent(mutex) == 0, "consistent");
	return 0;
}

static void check_same_words(const uint32_t *ours, const uint32_t *theirs)
{
	static const char *const names[] = {"lock", "count", "owner", "users", "kind"};
	for (int i = LOCK; i <= KIND; i++)
		FUZZ_CHECK(i == COUNT || ours[i] == theirs[i], "%s: %x, not %x", names[i],
		           ours[i], theirs[i]);
}

static void test_mutex(struct fuzz_input *input)
{
	struct lock_memory_hold hold;
	pthread_mutex_t theirs;
	uint32_t *ours = fuzz_memory(MUTEX_BYTES);
	bool dies = fuzz_below(input, 2) != 0;
	for (int i = 0; i < WORDS; i++) {
		uint64_t word = fuzz_word(input);
		ours[i] =
		    (uint32_t)(i == KIND && (word >> 32 & 1) ? 0x90 | (word & 3) : word);
	}
	check_mutex_facts(ours);
	if (!initialize_mutex(ours))
		return;
	check_mutex_facts(ours);
	memcpy(&theirs, ours, sizeof theirs);
	uint32_t owner = ours[LOCK] & ROBUST_TID_MASK;
	bool died = (ours[LOCK] & ROBUST_OWNER_DIED) != 0;
	/* a recursive mutex of this thread; and what is never written: an owner that has
	 * died and has not, waiters for nothing */
	if (owner == tid || (owner != 0) == died)
		if (ours[LOCK] != 0)
			return;
	begin_list(&mutex_kind);
	int error =
	    mutex_kind.lock(ours, &robust, false, &DEADLINE_NOW, &hold) == 0 ? 0 : errno;
	int expected = lock_theirs(&theirs);
	FUZZ_CHECK(error == (expected == EBUSY ? EAGAIN : expected), "%d, not %d", error,
	           expected);
	if (error == ENOTRECOVERABLE)
		/* pthread_mutex_trylock(3) of glibc leaves it locked */
		FUZZ_CHECK(ours[LOCK] == 0, "%x", ours[LOCK]);
	else
		check_same_words(ours, (const uint32_t *)(const void *)&theirs);
	if (error == 0) {
		FUZZ_CHECK((ours[LOCK] & ROBUST_TID_MASK) == tid && ours[OWNER] == tid,
		           "%x", ours[LOCK]);
		mutex_kind.unlock(ours, &robust, hold.word, dies);
		FUZZ_CHECK(pthread_mutex_unlock(&theirs) == 0, "unlock");
		if (dies)
			FUZZ_CHECK(ours[LOCK] == ROBUST_OWNER_DIED, "%x", ours[LOCK]);
		else
			check_same_words(ours, (const uint32_t *)(const void *)&theirs);
	}
	check_list_empty();
}

/* --------------------------------------------------------------- the read-write lock */

enum {
	RWLOCK_WORDS = RWLOCK_BYTES / 4,
	WRITER = 8,
	SLOT = 4, /* words of a slot, the first has the owner */
	POKES_MAX = 6,
};

static const uint32_t rwlock_magic = 0x31777269;

struct rwlock_seen {
	uint32_t writer, readers[RWLOCK_READERS];
	int count;
};

static struct rwlock_seen read_rwlock(const uint32_t *words)
{
	struct rwlock_seen seen = {.writer = words[WRITER] & 0x3fffffff};
	for (int i = WRITER + SLOT; i < RWLOCK_WORDS; i += SLOT)
		if ((words[i] & 0x3fffffff) != 0)
			seen.readers[seen.count++] = words[i] & 0x3fffffff;
	return seen;
}

static void check_rwlock_facts(const uint32_t *words)
{
	struct lock_memory_facts facts;
	struct rwlock_seen seen = read_rwlock(words);
	FUZZ_CHECK(rwlock_kind.inspect(words, &facts) == (words[0] == rwlock_magic), "%x",
	           words[0]);
	FUZZ_CHECK(facts.writer == seen.writer && facts.reader_count == seen.count &&
	               memcmp(facts.readers, seen.readers,
	                      (size_t)seen.count * sizeof *seen.readers) == 0,
	           "%x, %d readers", facts.writer, facts.reader_count);
	FUZZ_CHECK(facts.owner_died == ((words[WRITER] >> 30 & 1) != 0), "%x",
	           words[WRITER]);
}

static void test_rwlock(struct fuzz_input *input)
{
	uint32_t *words = fuzz_memory(RWLOCK_BYTES);
	struct lock_memory_hold hold;
	unsigned choice = fuzz_byte(input);
	bool shared = (choice & 1) != 0, full = (choice & 2) != 0,
	     dies = (choice & 8) != 0;
	words[0] = (choice & 4) != 0 ? rwlock_magic : (uint32_t)fuzz_word(input);
	for (int i = 0; full && i < RWLOCK_READERS; i++)
		words[WRITER + SLOT + i * SLOT] = 1 + (choice >> 3);
	for (unsigned left = fuzz_below(input, POKES_MAX); left > 0; left--) {
		unsigned slot = fuzz_byte(input) % (RWLOCK_READERS + 1);
		words[WRITER + SLOT * slot] = (uint32_t)fuzz_word(input);
	}
	check_rwlock_facts(words);
	bool valid = rwlock_kind.ensure_initialized(words);
	FUZZ_CHECK(valid == (words[0] == rwlock_magic), "%x", words[0]);
	if (!valid)
		return;
	struct rwlock_seen before = read_rwlock(words), after;
	bool died = (words[WRITER] & ROBUST_OWNER_DIED) != 0;
	bool free = before.writer == 0 &&
	            (shared ? before.count < RWLOCK_READERS : before.count == 0);
	begin_list(&rwlock_kind);
	int error = rwlock_kind.lock(words, &robust, shared, &DEADLINE_NOW, &hold) == 0
	                ? 0
	                : errno;
	FUZZ_CHECK(error == (free ? 0 : EAGAIN), "%d", error);
	if (error == 0) {
		after = read_rwlock(words);
		FUZZ_CHECK(hold.owner_died == died &&
		               after.writer == (shared ? 0 : tid) &&
		               after.count == before.count + shared,
		           "%x, %d readers", after.writer, after.count);
		check_rwlock_facts(words);
		rwlock_kind.unlock(words, &robust, hold.word, dies);
		/* a reader has changed nothing: its death is not noted */
		FUZZ_CHECK(*hold.word == (dies && !shared ? ROBUST_OWNER_DIED : 0), "%x",
		           *hold.word);
	}
	after = read_rwlock(words);
	FUZZ_CHECK(memcmp(&before, &after, sizeof before) == 0, "%d readers",
	           after.count);
	check_list_empty();
}

void fuzz_target(struct fuzz_input *input)
{
	if (fuzz_below(input, 2) == 0)
		test_mutex(input);
	else
		test_rwlock(input);
}

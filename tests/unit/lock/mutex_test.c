/* SPDX-License-Identifier: MIT */
/*
 * The mutex against the pthread_mutex_t of glibc that it is. (The layout of musl
 * differs.)
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"
#include "lock/mutex.h"

static struct robust robust;

static bool lock_it(void *words, struct lock_memory_hold *hold)
{
	return mutex_kind.lock(words, &robust, false, &DEADLINE_NOW, hold) == 0;
}

TEST(zeros_become_a_mutex_once_and_other_bytes_do_not)
{
	void *words = check_shared(MUTEX_BYTES);
	struct lock_memory_facts facts;
	CHECK(!mutex_kind.inspect(words, &facts));
	CHECK(mutex_kind.ensure_initialized(words));
	CHECK(mutex_kind.inspect(words, &facts));
	CHECK(mutex_kind.ensure_initialized(words));
	memset(words, 'x', MUTEX_BYTES);
	CHECK(!mutex_kind.ensure_initialized(words));
	CHECK(!mutex_kind.inspect(words, &facts));
}

TEST(the_holder_is_seen_and_a_death_is_noted)
{
	void *words = check_shared(MUTEX_BYTES);
	struct lock_memory_facts facts;
	struct lock_memory_hold hold;
	mutex_kind.init(words);
	robust_register(&robust, mutex_kind.futex_offset);
	CHECK(lock_it(words, &hold));
	CHECK(!hold.owner_died);
	CHECK(mutex_kind.inspect(words, &facts));
	CHECK_EQUAL(facts.writer, syscall(SYS_gettid));
	CHECK_EQUAL(facts.reader_count, 0);
	CHECK(!facts.owner_died);
	CHECK(!lock_it(words, &hold));
	CHECK_EQUAL(errno, EAGAIN);
	mutex_kind.unlock(words, &robust, hold.word, true);
	CHECK(mutex_kind.inspect(words, &facts));
	CHECK_EQUAL(facts.writer, 0);
	CHECK(facts.owner_died);
	CHECK(lock_it(words, &hold));
	CHECK(hold.owner_died);
	mutex_kind.unlock(words, &robust, hold.word, false);
	mutex_kind.inspect(words, &facts);
	CHECK(!facts.owner_died);
}

#ifdef __GLIBC__

_Static_assert(sizeof(pthread_mutex_t) == MUTEX_BYTES, "as glibc has it");

static void init_theirs(pthread_mutex_t *mutex, int robustness, int shared)
{
	pthread_mutexattr_t attributes;
	memset(mutex, 0, sizeof *mutex);
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, shared);
	pthread_mutexattr_setrobust(&attributes, robustness);
	CHECK_EQUAL(pthread_mutex_init(mutex, &attributes), 0);
	pthread_mutexattr_destroy(&attributes);
}

TEST(a_mutex_that_we_make_is_that_of_pthread_mutex_init)
{
	pthread_mutex_t theirs;
	void *words = check_shared(MUTEX_BYTES);
	init_theirs(&theirs, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_SHARED);
	mutex_kind.init(words);
	CHECK_BYTES(words, MUTEX_BYTES, &theirs, sizeof theirs);
	memset(words, 0, MUTEX_BYTES);
	CHECK(mutex_kind.ensure_initialized(words));
	CHECK_BYTES(words, MUTEX_BYTES, &theirs, sizeof theirs);
	CHECK(mutex_kind.ensure_initialized(&theirs));
}

TEST(a_mutex_that_is_not_robust_is_refused)
{
	pthread_mutex_t theirs;
	struct lock_memory_facts facts;
	init_theirs(&theirs, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_SHARED);
	CHECK(!mutex_kind.ensure_initialized(&theirs));
	CHECK(!mutex_kind.inspect(&theirs, &facts));
	/* glibc marks every robust one as shared: pthread_mutex_init.c */
	init_theirs(&theirs, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_PRIVATE);
	CHECK(mutex_kind.ensure_initialized(&theirs));
}

TEST(the_offset_of_the_word_is_that_of_the_librarys_own_list)
{
	struct robust *head = NULL;
	size_t size = 0;
	CHECK_EQUAL(syscall(SYS_get_robust_list, 0, &head, &size), 0);
	CHECK_EQUAL(size, offsetof(struct robust, nodes));
	CHECK_EQUAL(head->futex_offset, mutex_kind.futex_offset);
}

/* What is in it but the links of a list, which are addresses of one process. */
static void check_same_state(const void *ours, const void *theirs)
{
	enum { LINKS = 24 };
	CHECK_BYTES(ours, LINKS, theirs, LINKS);
}

TEST(a_mutex_that_we_hold_or_have_held_is_in_the_state_that_the_library_leaves)
{
	pthread_mutex_t theirs;
	void *words = check_shared(MUTEX_BYTES);
	struct lock_memory_hold hold;
	mutex_kind.init(words);
	init_theirs(&theirs, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_SHARED);
	for (int times = 0; times < 3; times++) {
		CHECK_EQUAL(pthread_mutex_lock(&theirs), 0);
		struct robust *library;
		size_t size;
		syscall(SYS_get_robust_list, 0, &library, &size);
		robust_register(&robust, mutex_kind.futex_offset);
		CHECK(lock_it(words, &hold));
		check_same_state(words, &theirs);
		mutex_kind.unlock(words, &robust, hold.word, false);
		syscall(SYS_set_robust_list, library, size);
		CHECK_EQUAL(pthread_mutex_unlock(&theirs), 0);
		check_same_state(words, &theirs);
	}
}

/* ------------------------------------------------------------ two processes */

enum action { RELEASE, RELEASE_AS_DEAD, DIE };

/* A child that locks with our functions, says so, and on a byte does as it is told. */
static void hold_ours(void *words, enum action action, int say, int hear)
{
	char byte = 'x';
	struct lock_memory_hold hold;
	robust_register(&robust, mutex_kind.futex_offset);
	if (!lock_it(words, &hold) || write(say, &byte, 1) != 1 ||
	    read(hear, &byte, 1) != 1)
		_exit(1);
	if (action == DIE)
		kill(getpid(), SIGKILL);
	mutex_kind.unlock(words, &robust, hold.word, action == RELEASE_AS_DEAD);
	_exit(0);
}

/* The same with the library's. */
static void hold_theirs(void *words, enum action action, int say, int hear)
{
	char byte = 'x';
	if (pthread_mutex_lock(words) != 0 || write(say, &byte, 1) != 1 ||
	    read(hear, &byte, 1) != 1)
		_exit(1);
	if (action == DIE)
		kill(getpid(), SIGKILL);
	_exit(pthread_mutex_unlock(words) != 0);
}

struct holder {
	pid_t pid;
	int say, hear;
};

static struct holder start_holder(void *words, enum action action,
                                  void (*hold)(void *, enum action, int, int))
{
	int to[2], from[2];
	char byte;
	if (pipe(to) < 0 || pipe(from) < 0)
		abort();
	struct holder holder = {.pid = fork(), .say = to[1], .hear = from[0]};
	if (holder.pid == 0)
		hold(words, action, from[1], to[0]);
	close(from[1]);
	CHECK_EQUAL(read(holder.hear, &byte, 1), 1);
	return holder;
}

static void finish_holder(const struct holder *holder)
{
	CHECK_EQUAL(write(holder->say, "x", 1), 1);
	CHECK_EQUAL(waitpid(holder->pid, NULL, 0), holder->pid);
}

TEST(the_library_sees_that_we_hold_it_and_how_we_released_it)
{
	static const struct {
		enum action action;
		int result;
	} rows[] = {{RELEASE, 0}, {RELEASE_AS_DEAD, EOWNERDEAD}, {DIE, EOWNERDEAD}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		void *words = check_shared(MUTEX_BYTES);
		struct lock_memory_facts facts;
		check_about("action %d", (int)rows[i].action);
		mutex_kind.init(words);
		struct holder holder = start_holder(words, rows[i].action, hold_ours);
		CHECK_EQUAL(pthread_mutex_trylock(words), EBUSY);
		mutex_kind.inspect(words, &facts);
		CHECK_EQUAL(facts.writer, holder.pid);
		finish_holder(&holder);
		CHECK_EQUAL(pthread_mutex_lock(words), rows[i].result);
		if (rows[i].result == EOWNERDEAD)
			CHECK_EQUAL(pthread_mutex_consistent(words), 0);
		CHECK_EQUAL(pthread_mutex_unlock(words), 0);
		CHECK_EQUAL(pthread_mutex_lock(words), 0);
		CHECK_EQUAL(pthread_mutex_unlock(words), 0);
	}
}

TEST(we_see_that_the_library_holds_it_and_how_it_released_it)
{
	for (enum action action = RELEASE; action <= DIE; action += DIE) {
		void *words = check_shared(MUTEX_BYTES);
		struct lock_memory_facts facts;
		struct lock_memory_hold hold;
		check_about("action %d", (int)action);
		init_theirs(words, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_SHARED);
		struct holder holder = start_holder(words, action, hold_theirs);
		mutex_kind.inspect(words, &facts);
		CHECK_EQUAL(facts.writer, holder.pid);
		robust_register(&robust, mutex_kind.futex_offset);
		CHECK(!lock_it(words, &hold));
		finish_holder(&holder);
		CHECK(lock_it(words, &hold));
		CHECK_EQUAL(hold.owner_died, action == DIE);
		mutex_kind.unlock(words, &robust, hold.word, false);
		CHECK_EQUAL(*(uint32_t *)words, 0);
	}
}

/* Its owner was told that the one before had died, and did not make it consistent. */
static void abandon(void *words)
{
	struct holder holder = start_holder(words, DIE, hold_theirs);
	finish_holder(&holder);
	CHECK_EQUAL(pthread_mutex_lock(words), EOWNERDEAD);
	CHECK_EQUAL(pthread_mutex_unlock(words), 0);
	CHECK_EQUAL(pthread_mutex_lock(words), ENOTRECOVERABLE);
}

TEST(a_mutex_that_was_not_made_consistent_cannot_be_recovered)
{
	void *words = check_shared(MUTEX_BYTES);
	struct lock_memory_hold hold;
	init_theirs(words, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_SHARED);
	abandon(words);
	robust_register(&robust, mutex_kind.futex_offset);
	CHECK(!lock_it(words, &hold));
	CHECK_EQUAL(errno, ENOTRECOVERABLE);
	CHECK(!lock_it(words, &hold));
	CHECK_EQUAL(errno, ENOTRECOVERABLE);
	CHECK(robust.list.next == &robust.list);
}

static pid_t start_locker(void *words, bool with_library)
{
	pid_t pid = fork();
	if (pid == 0) {
		struct lock_memory_hold hold;
		if (with_library)
			_exit(pthread_mutex_lock(words) || pthread_mutex_unlock(words));
		robust_register(&robust, mutex_kind.futex_offset);
		if (mutex_kind.lock(words, &robust, false, &DEADLINE_NEVER, &hold) < 0)
			_exit(1);
		mutex_kind.unlock(words, &robust, hold.word, false);
		_exit(0);
	}
	return pid;
}

TEST(our_release_wakes_the_library_and_the_librarys_wakes_us)
{
	for (int with_library = 0; with_library < 2; with_library++) {
		void *words = check_shared(MUTEX_BYTES);
		uint32_t *word = words;
		int status = -1;
		check_about("the library %s", with_library ? "waits" : "holds");
		init_theirs(words, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_SHARED);
		struct holder holder =
		    start_holder(words, RELEASE, with_library ? hold_ours : hold_theirs);
		pid_t pid = start_locker(words, with_library);
		while (!(__atomic_load_n(word, __ATOMIC_SEQ_CST) & ROBUST_WAITERS))
			sched_yield();
		finish_holder(&holder);
		CHECK_EQUAL(waitpid(pid, &status, 0), pid);
		CHECK_EQUAL(status, 0);
		CHECK_EQUAL(*word & ROBUST_TID_MASK, 0);
	}
}

#endif

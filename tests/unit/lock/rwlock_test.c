/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"
#include "lock/rwlock.h"

static struct robust robust;

static void *shared_words(void)
{
	void *words = check_shared(RWLOCK_BYTES);
	robust_register(&robust, rwlock_kind.futex_offset);
	return words;
}

static bool lock_it(void *words, bool shared, struct lock_memory_hold *hold)
{
	return rwlock_kind.lock(words, &robust, shared, &DEADLINE_NOW, hold) == 0;
}

static void check_facts(const void *words, uint32_t writer, int readers, bool owner_died)
{
	struct lock_memory_facts facts;
	CHECK(rwlock_kind.inspect(words, &facts));
	CHECK_EQUAL(facts.writer, writer);
	CHECK_EQUAL(facts.reader_count, readers);
	CHECK_EQUAL(facts.owner_died, owner_died);
}

TEST(zeros_become_a_read_write_lock_and_other_bytes_do_not)
{
	void *words = shared_words();
	struct lock_memory_facts facts;
	CHECK(!rwlock_kind.inspect(words, &facts));
	CHECK(rwlock_kind.ensure_initialized(words));
	CHECK(rwlock_kind.ensure_initialized(words));
	check_facts(words, 0, 0, false);
	memset(words, 'x', RWLOCK_BYTES);
	CHECK(!rwlock_kind.ensure_initialized(words));
	CHECK(!rwlock_kind.inspect(words, &facts));
}

TEST(readers_exclude_a_writer_and_a_writer_excludes_all)
{
	void *words = shared_words();
	struct lock_memory_hold one, other, writer;
	uint32_t tid = (uint32_t)syscall(SYS_gettid);
	rwlock_kind.init(words);
	CHECK(lock_it(words, true, &one));
	CHECK(lock_it(words, true, &other));
	CHECK(one.word != other.word);
	check_facts(words, 0, 2, false);
	CHECK(!lock_it(words, false, &writer));
	CHECK_EQUAL(errno, EAGAIN);
	check_facts(words, 0, 2, false);
	rwlock_kind.unlock(words, &robust, one.word, false);
	rwlock_kind.unlock(words, &robust, other.word, false);
	CHECK(lock_it(words, false, &writer));
	check_facts(words, tid, 0, false);
	CHECK(!lock_it(words, true, &one));
	CHECK_EQUAL(errno, EAGAIN);
	check_facts(words, tid, 0, false);
	CHECK(!lock_it(words, false, &one));
	rwlock_kind.unlock(words, &robust, writer.word, false);
	check_facts(words, 0, 0, false);
}

TEST(there_is_room_for_so_many_readers_and_no_more)
{
	void *words = shared_words();
	struct lock_memory_hold holds[RWLOCK_READERS], another;
	rwlock_kind.init(words);
	for (int i = 0; i < RWLOCK_READERS; i++)
		CHECK(lock_it(words, true, &holds[i]));
	check_facts(words, 0, RWLOCK_READERS, false);
	CHECK(!lock_it(words, true, &another));
	CHECK_EQUAL(errno, EAGAIN);
	rwlock_kind.unlock(words, &robust, holds[100].word, false);
	CHECK(lock_it(words, true, &another));
	CHECK(another.word == holds[100].word);
}

TEST(each_reader_alone_excludes_a_writer)
{
	static const int slots[] = {0, 1, RWLOCK_READERS / 2, RWLOCK_READERS - 1};
	void *words = shared_words();
	struct lock_memory_hold holds[RWLOCK_READERS], writer;
	rwlock_kind.init(words);
	for (size_t k = 0; k < COUNT(slots); k++) {
		check_about("reader %d", slots[k]);
		for (int i = 0; i < RWLOCK_READERS; i++)
			CHECK(lock_it(words, true, &holds[i]));
		for (int i = 0; i < RWLOCK_READERS; i++)
			if (i != slots[k])
				rwlock_kind.unlock(words, &robust, holds[i].word, false);
		check_facts(words, 0, 1, false);
		CHECK(!lock_it(words, false, &writer));
		rwlock_kind.unlock(words, &robust, holds[slots[k]].word, false);
	}
	CHECK(lock_it(words, false, &writer));
}

/* A child that locks it and is killed. */
static void lock_and_die(void *words, bool shared)
{
	pid_t pid = fork();
	if (pid == 0) {
		struct lock_memory_hold hold;
		robust_register(&robust, rwlock_kind.futex_offset);
		if (lock_it(words, shared, &hold))
			kill(getpid(), SIGKILL);
		_exit(1);
	}
	int status;
	CHECK_EQUAL(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status));
}

TEST(the_death_of_a_writer_is_reported_to_the_next_holders_that_of_a_reader_is_not)
{
	void *words = shared_words();
	struct lock_memory_hold hold;
	rwlock_kind.init(words);
	lock_and_die(words, true);
	check_facts(words, 0, 0, false);
	CHECK(lock_it(words, false, &hold));
	CHECK(!hold.owner_died);
	rwlock_kind.unlock(words, &robust, hold.word, false);
	lock_and_die(words, false);
	check_facts(words, 0, 0, true);
	CHECK(lock_it(words, true, &hold));
	CHECK(hold.owner_died);
	/* a reader makes nothing good */
	rwlock_kind.unlock(words, &robust, hold.word, true);
	CHECK_EQUAL(*hold.word, 0);
	check_facts(words, 0, 0, true);
	CHECK(lock_it(words, false, &hold));
	CHECK(hold.owner_died);
	rwlock_kind.unlock(words, &robust, hold.word, false);
	check_facts(words, 0, 0, false);
}

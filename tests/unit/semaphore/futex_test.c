/* SPDX-License-Identifier: MIT */
/*
 * Waiting and waking between two processes, one of which uses the C library's own
 * functions.
 */
#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"
#include "semaphore/futex.h"

#ifdef __GLIBC__
static const struct semaphore_layout *const own = &semaphore_layout_glibc;
#else
static const struct semaphore_layout *const own = &semaphore_layout_musl;
#endif

/* A semaphore that a child of this process shares. */
static void *shared_words(uint32_t value)
{
	void *words = check_shared(SEMAPHORE_BYTES);
	own->init(words, value);
	return words;
}

static void wait_for_waiters(void *words, uint32_t count)
{
	while (own->waiters(words) != count)
		sched_yield();
}

static void check_exit(pid_t pid)
{
	int status = -1;
	CHECK_EQUAL(waitpid(pid, &status, 0), pid);
	CHECK_EQUAL(status, 0);
}

static pid_t start_sem_wait(void *words)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(sem_wait(words) != 0);
	return pid;
}

static pid_t start_our_wait(void *words, uint32_t count)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(semaphore_futex_wait(own, words, count, &DEADLINE_NEVER, NULL) !=
		      0);
	return pid;
}

TEST(our_post_wakes_a_sem_wait)
{
	void *words = shared_words(0);
	pid_t pid = start_sem_wait(words);
	wait_for_waiters(words, 1);
	CHECK_EQUAL(semaphore_futex_post(own, words, 1), 1);
	check_exit(pid);
	CHECK_EQUAL(semaphore_futex_value(own, words), 0);
	CHECK_EQUAL(own->waiters(words), 0);
}

TEST(our_post_of_two_wakes_two_sem_waits)
{
	void *words = shared_words(0);
	pid_t one = start_sem_wait(words), other = start_sem_wait(words);
	wait_for_waiters(words, 2);
	CHECK_EQUAL(semaphore_futex_post(own, words, 2), 2);
	check_exit(one);
	check_exit(other);
	CHECK_EQUAL(semaphore_futex_value(own, words), 0);
}

TEST(a_sem_post_wakes_our_wait)
{
	void *words = shared_words(0);
	pid_t pid = start_our_wait(words, 1);
	wait_for_waiters(words, 1);
	CHECK_EQUAL(sem_post(words), 0);
	check_exit(pid);
	CHECK_EQUAL(semaphore_futex_value(own, words), 0);
	CHECK_EQUAL(own->waiters(words), 0);
}

TEST(setting_the_value_wakes_those_that_can_proceed)
{
	void *words = shared_words(0);
	pid_t three = start_our_wait(words, 3), theirs = start_sem_wait(words);
	wait_for_waiters(words, 2);
	semaphore_futex_set(own, words, 0);
	CHECK_EQUAL(own->waiters(words), 2);
	semaphore_futex_set(own, words, 1);
	check_exit(theirs);
	CHECK_EQUAL(own->waiters(words), 1);
	semaphore_futex_set(own, words, 7);
	check_exit(three);
	CHECK_EQUAL(semaphore_futex_value(own, words), 4);
	CHECK_EQUAL(own->waiters(words), 0);
}

/* Each post wakes one of the two, and the wrong one hands its wake on. */
TEST(a_wait_for_one_goes_on_while_a_wait_for_three_does_not)
{
	void *words = shared_words(0);
	pid_t three = start_our_wait(words, 3);
	wait_for_waiters(words, 1);
	pid_t one = start_our_wait(words, 1);
	wait_for_waiters(words, 2);
	CHECK_EQUAL(sem_post(words), 0);
	check_exit(one);
	CHECK_EQUAL(own->waiters(words), 1);
	CHECK_EQUAL(waitpid(three, NULL, WNOHANG), 0);
	for (int i = 0; i < 3; i++)
		CHECK_EQUAL(sem_post(words), 0);
	check_exit(three);
	CHECK_EQUAL(semaphore_futex_value(own, words), 0);
}

TEST(a_wait_that_fails_changes_nothing)
{
	void *words = shared_words(2);
	struct deadline passed = {.timeout = {TIMEOUT_AFTER, 0}};
	int acquired = 0;
	CHECK_EQUAL(semaphore_futex_wait(own, words, 3, &DEADLINE_NOW, &acquired), -1);
	CHECK_EQUAL(errno, EAGAIN);
	CHECK_EQUAL(semaphore_futex_wait(own, words, 3, &passed, &acquired), -1);
	CHECK_EQUAL(errno, ETIMEDOUT);
	CHECK_EQUAL(acquired, 0);
	CHECK_EQUAL(semaphore_futex_value(own, words), 2);
	CHECK_EQUAL(own->waiters(words), 0);
	CHECK_EQUAL(semaphore_futex_wait(own, words, 2, &passed, &acquired), 0);
	CHECK_EQUAL(acquired, 1);
	CHECK_EQUAL(semaphore_futex_value(own, words), 0);
}

TEST(a_post_beyond_the_maximum_is_refused)
{
	void *words = shared_words(SEMAPHORE_LAYOUT_VALUE_MAX - 1);
	CHECK_EQUAL(semaphore_futex_post(own, words, 2), -1);
	CHECK_EQUAL(errno, EOVERFLOW);
	CHECK_EQUAL(semaphore_futex_post(own, words, 1), SEMAPHORE_LAYOUT_VALUE_MAX);
	CHECK_EQUAL(semaphore_futex_value(own, words), SEMAPHORE_LAYOUT_VALUE_MAX);
}

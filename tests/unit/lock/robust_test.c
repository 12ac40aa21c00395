/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"
#include "lock/robust.h"

#if __has_include(<linux/futex.h>)
#include <linux/futex.h>

_Static_assert(offsetof(struct robust, nodes) == sizeof(struct robust_list_head) &&
                   offsetof(struct robust, list) ==
                       offsetof(struct robust_list_head, list) &&
                   offsetof(struct robust, futex_offset) ==
                       offsetof(struct robust_list_head, futex_offset) &&
                   offsetof(struct robust, list_op_pending) ==
                       offsetof(struct robust_list_head, list_op_pending),
               "as the kernel has it");

TEST(the_bits_of_a_word_are_the_kernels)
{
	CHECK_EQUAL(ROBUST_WAITERS, FUTEX_WAITERS);
	CHECK_EQUAL(ROBUST_OWNER_DIED, FUTEX_OWNER_DIED);
	CHECK_EQUAL(ROBUST_TID_MASK, FUTEX_TID_MASK);
}
#endif

/* A word and its node, as a lock has them. */
struct slot {
	uint32_t word, unused;
	struct robust_node node;
};

enum { OFFSET = -(int)offsetof(struct slot, node) };

static uint32_t own_tid(void)
{
	return (uint32_t)syscall(SYS_gettid);
}

TEST(the_kernel_knows_the_list_that_was_registered)
{
	static struct robust robust;
	struct robust *head = NULL;
	size_t size = 0;
	robust_register(&robust, OFFSET);
	CHECK_EQUAL(syscall(SYS_get_robust_list, 0, &head, &size), 0);
	CHECK(head == &robust);
	CHECK_EQUAL(size, offsetof(struct robust, nodes));
	CHECK(robust.list.next == &robust.list);
	CHECK(robust.list_op_pending == NULL);
}

TEST(a_word_that_is_held_has_its_owner_and_a_place_in_the_list)
{
	static struct robust robust;
	struct slot *slots = check_shared(3 * sizeof *slots);
	bool owner_died = true;
	robust_register(&robust, OFFSET);
	for (int i = 0; i < 3; i++) {
		CHECK_EQUAL(
		    robust_lock(&robust, &slots[i].word, &DEADLINE_NOW, &owner_died), 0);
		CHECK(!owner_died);
		CHECK_EQUAL(robust_owner(&slots[i].word), own_tid());
		CHECK(robust.list.next == &slots[i].node);
		CHECK(robust.list_op_pending == NULL);
	}
	CHECK(!robust_trylock(&robust, &slots[0].word, &owner_died));
	CHECK_EQUAL(robust_lock(&robust, &slots[0].word, &DEADLINE_NOW, &owner_died), -1);
	CHECK_EQUAL(errno, EAGAIN);
	CHECK_EQUAL(robust_wait(&robust, &slots[0].word, &DEADLINE_NOW), -1);
	CHECK_EQUAL(errno, EAGAIN);
	/* from the middle, the end, and the beginning */
	robust_unlock(&robust, &slots[1].word, false);
	CHECK_EQUAL(slots[1].word, 0);
	CHECK(robust.list.next == &slots[2].node);
	CHECK(slots[2].node.next == &slots[0].node);
	robust_unlock(&robust, &slots[0].word, false);
	CHECK(slots[2].node.next == &robust.list);
	robust_unlock(&robust, &slots[2].word, true);
	CHECK(robust.list.next == &robust.list);
	CHECK_EQUAL(slots[2].word, ROBUST_OWNER_DIED);
	CHECK_EQUAL(robust_owner(&slots[2].word), 0);
	CHECK_EQUAL(robust_wait(&robust, &slots[2].word, &DEADLINE_NOW), 0);
	CHECK(robust_trylock(&robust, &slots[2].word, &owner_died));
	CHECK(owner_died);
	CHECK_EQUAL(slots[2].word, own_tid());
}

/* Other processes can write to the nodes, which lie in shared memory. */
TEST(no_pointer_in_shared_memory_is_followed)
{
	static struct robust robust;
	struct slot *slots = check_shared(3 * sizeof *slots);
	struct robust_node *const lies[] = {(struct robust_node *)8, &slots[0].node,
	                                    &slots[1].node, &slots[2].node, NULL};
	for (size_t i = 0; i < COUNT(lies); i++)
		for (int first = 0; first < 3; first++) {
			bool owner_died;
			robust_register(&robust, OFFSET);
			for (int k = 0; k < 3; k++)
				CHECK(
				    robust_trylock(&robust, &slots[k].word, &owner_died));
			for (int k = 0; k < 3; k++)
				slots[k].node.next = lies[i];
			check_about("pointer %zu, slot %d first", i, first);
			for (int k = 0; k < 3; k++)
				CHECK_EQUAL(robust_unlock(&robust,
				                          &slots[(first + k) % 3].word,
				                          false),
				            0);
			CHECK(robust.list.next == &robust.list);
			CHECK_EQUAL(robust.count, 0);
		}
}

TEST(a_word_that_another_process_has_changed_is_not_released)
{
	static const uint32_t values[] = {0, 0x40000000, 0xffffffff};
	static struct robust robust;
	struct slot *slot = check_shared(sizeof *slot);
	for (size_t i = 0; i < COUNT(values); i++) {
		bool owner_died;
		robust_register(&robust, OFFSET);
		slot->word = 0;
		CHECK(robust_trylock(&robust, &slot->word, &owner_died));
		slot->word = values[i];
		CHECK_EQUAL(robust_unlock(&robust, &slot->word, false), -1);
		CHECK_EQUAL(errno, EPERM);
		CHECK_EQUAL(slot->word, values[i]);
		CHECK(robust.list.next == &robust.list);
	}
}

/* The kernel leaves the mark as the owner dies, and wakes one of those that sleep. */
TEST(a_word_that_others_wait_for_keeps_their_mark_when_it_is_acquired)
{
	static struct robust robust;
	struct slot *slot = check_shared(sizeof *slot);
	bool owner_died = false;
	robust_register(&robust, OFFSET);
	slot->word = ROBUST_WAITERS | ROBUST_OWNER_DIED;
	CHECK(robust_trylock(&robust, &slot->word, &owner_died));
	CHECK(owner_died);
	CHECK_EQUAL(slot->word, own_tid() | ROBUST_WAITERS);
	robust_unlock(&robust, &slot->word, false);
	CHECK_EQUAL(slot->word, 0);
}

/* A child that locks both words and ends without releasing them. */
static void lock_and_die(struct slot *slots, int signal)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		static struct robust robust;
		bool owner_died;
		robust_register(&robust, OFFSET);
		if (robust_trylock(&robust, &slots[0].word, &owner_died) &&
		    robust_trylock(&robust, &slots[1].word, &owner_died) && signal != 0)
			kill(getpid(), signal);
		_exit(0);
	}
	CHECK_EQUAL(waitpid(pid, &status, 0), pid);
	CHECK(signal != 0 ? WIFSIGNALED(status) : status == 0);
}

TEST(the_kernel_releases_the_words_of_an_owner_however_it_ends)
{
	static const int signals[] = {0, SIGKILL, SIGTERM};
	for (size_t i = 0; i < COUNT(signals); i++) {
		static struct robust robust;
		struct slot *slots = check_shared(2 * sizeof *slots);
		bool owner_died = false;
		lock_and_die(slots, signals[i]);
		check_about("signal %d", signals[i]);
		CHECK_EQUAL(slots[0].word, ROBUST_OWNER_DIED);
		CHECK_EQUAL(slots[1].word, ROBUST_OWNER_DIED);
		robust_register(&robust, OFFSET);
		CHECK_EQUAL(
		    robust_lock(&robust, &slots[0].word, &DEADLINE_NOW, &owner_died), 0);
		CHECK(owner_died);
	}
}

/* A child that waits until a word is released, to acquire it or not. */
static pid_t start_waiter(uint32_t *word, bool acquire)
{
	pid_t pid = fork();
	if (pid == 0) {
		static struct robust robust;
		bool owner_died;
		robust_register(&robust, OFFSET);
		bool done = acquire ? robust_lock(&robust, word, &DEADLINE_NEVER,
		                                  &owner_died) == 0
		                    : robust_wait(&robust, word, &DEADLINE_NEVER) == 0;
		if (acquire && done)
			robust_unlock(&robust, word, false);
		_exit(!done);
	}
	return pid;
}

TEST(a_release_wakes_those_that_wait_to_acquire_and_those_that_only_wait)
{
	for (int acquire = 0; acquire < 2; acquire++) {
		static struct robust robust;
		struct slot *slot = check_shared(sizeof *slot);
		bool owner_died;
		int status = -1;
		robust_register(&robust, OFFSET);
		CHECK(robust_trylock(&robust, &slot->word, &owner_died));
		pid_t pid = start_waiter(&slot->word, acquire);
		while (!(__atomic_load_n(&slot->word, __ATOMIC_SEQ_CST) & ROBUST_WAITERS))
			sched_yield();
		CHECK_EQUAL(robust_owner(&slot->word), own_tid());
		robust_unlock(&robust, &slot->word, false);
		CHECK_EQUAL(waitpid(pid, &status, 0), pid);
		CHECK_EQUAL(status, 0);
		CHECK_EQUAL(slot->word, 0);
	}
}

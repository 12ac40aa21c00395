/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/futex.h"
#include "base/sigbus.h"
#include "lock/robust.h"

static uint32_t own_tid(void)
{
	return (uint32_t)syscall(SYS_gettid);
}

static uint32_t load_word(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

/* On failure *seen is the value of the word. */
static bool compare_exchange_word(uint32_t *word, uint32_t *seen, uint32_t with)
{
	return __atomic_compare_exchange_n(word, seen, with, false, __ATOMIC_SEQ_CST,
	                                   __ATOMIC_SEQ_CST);
}

void robust_register(struct robust *robust, long futex_offset)
{
	*robust = (struct robust){.list = {&robust->list}, .futex_offset = futex_offset};
	syscall(SYS_set_robust_list, robust, offsetof(struct robust, nodes));
}

uint32_t robust_owner(const uint32_t *word)
{
	return load_word(word) & ROBUST_TID_MASK;
}

static struct robust_node *robust_node_of(const struct robust *robust, uint32_t *word)
{
	return (struct robust_node *)(void *)((char *)word - robust->futex_offset);
}

/*
 * From here on the kernel checks this word too when the thread ends: it releases the word
 * if this thread owns it; if it is free, it wakes the next waiter in place of this
 * thread, which may have consumed the wake-up.
 */
static void set_op_pending(struct robust *robust, struct robust_node *node)
{
	robust->list_op_pending = node;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void clear_op_pending(struct robust *robust)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	robust->list_op_pending = NULL;
}

static void robust_link_node(struct robust *robust, struct robust_node *node)
{
	node->next = robust->count > 0 ? robust->nodes[robust->count - 1] : &robust->list;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	robust->list.next = node;
	robust->nodes[robust->count++] = node;
}

static void robust_unlink_node(struct robust *robust, struct robust_node *node)
{
	size_t i = robust->count;
	while (i > 0 && robust->nodes[i - 1] != node)
		i--;
	if (i == 0)
		return;
	struct robust_node *after = i >= 2 ? robust->nodes[i - 2] : &robust->list;
	struct robust_node *before = i < robust->count ? robust->nodes[i] : &robust->list;
	before->next = after;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	node->next = NULL;
	for (; i < robust->count; i++)
		robust->nodes[i - 1] = robust->nodes[i];
	robust->count--;
}

/* Acquire the word if it is free; *seen is its value before. */
static bool robust_lock_if_free(struct robust *robust, uint32_t *word, uint32_t mark,
                                uint32_t *seen)
{
	*seen = load_word(word);
	while ((*seen & ROBUST_TID_MASK) == 0)
		if (compare_exchange_word(word, seen,
		                          own_tid() | (*seen & ROBUST_WAITERS) | mark)) {
			robust_link_node(robust, robust_node_of(robust, word));
			return true;
		}
	return false;
}

/* Sleep while the word is owned and has the value seen: 0 to check it again. */
static int robust_sleep(uint32_t *word, uint32_t seen, const struct deadline *deadline)
{
	if (sigbus_is_cut() || deadline->timeout.kind == TIMEOUT_ZERO) {
		errno = sigbus_is_cut() ? EFAULT : EAGAIN;
		return -1;
	}
	if (!(seen & ROBUST_WAITERS) &&
	    !compare_exchange_word(word, &seen, seen | ROBUST_WAITERS))
		return 0;
	return deadline_futex_wait(deadline, word, seen | ROBUST_WAITERS, ~UINT32_C(0));
}

bool robust_trylock(struct robust *robust, uint32_t *word, bool *owner_died)
{
	uint32_t seen = 0;
	*owner_died = false;
	if (robust->count == ROBUST_MAX)
		return false;
	set_op_pending(robust, robust_node_of(robust, word));
	bool taken = robust_lock_if_free(robust, word, 0, &seen);
	clear_op_pending(robust);
	*owner_died = taken && (seen & ROBUST_OWNER_DIED);
	return taken;
}

int robust_lock(struct robust *robust, uint32_t *word, const struct deadline *deadline,
                bool *owner_died)
{
	uint32_t seen, mark = 0;
	int result = 0, error = 0;
	bool taken;
	if (robust->count == ROBUST_MAX) {
		errno = ENOLCK;
		return -1;
	}
	set_op_pending(robust, robust_node_of(robust, word));
	while (!(taken = robust_lock_if_free(robust, word, mark, &seen)) && result == 0) {
		result = robust_sleep(word, seen, deadline);
		error = errno;
		/* after a wake-up other waiters may still sleep */
		mark = ROBUST_WAITERS;
	}
	clear_op_pending(robust);
	*owner_died = taken && (seen & ROBUST_OWNER_DIED);
	errno = error;
	return taken ? 0 : -1;
}

int robust_wait(struct robust *robust, uint32_t *word, const struct deadline *deadline)
{
	uint32_t seen;
	bool slept = false;
	int result = 0;
	set_op_pending(robust, robust_node_of(robust, word));
	while (result == 0 && ((seen = load_word(word)) & ROBUST_TID_MASK) != 0) {
		result = robust_sleep(word, seen, deadline);
		slept = true;
	}
	/* the kernel wakes only one waiter when an owner dies */
	if (slept && result == 0)
		futex_wake(word, INT_MAX);
	clear_op_pending(robust);
	return result;
}

/*
 * The release and the wake-up are one system call: a process that is killed between the
 * two leaves them to the kernel, which wakes no waiter if a third process has acquired
 * the word in the meantime, without ROBUST_WAITERS. Such a process is also why all
 * waiters are woken: if only one was and is killed before it has acquired the word, the
 * others would sleep on a free word.
 */
int robust_unlock(struct robust *robust, uint32_t *word, bool owner_died)
{
	struct robust_node *node = robust_node_of(robust, word);
	uint32_t tid = own_tid(), seen = load_word(word);
	uint32_t released = owner_died ? ROBUST_OWNER_DIED : 0;
	set_op_pending(robust, node);
	robust_unlink_node(robust, node);
	while ((seen & ROBUST_TID_MASK) == tid && !(seen & ROBUST_WAITERS))
		if (compare_exchange_word(word, &seen, released))
			break;
	bool owned = (seen & ROBUST_TID_MASK) == tid;
	if (owned && (seen & ROBUST_WAITERS))
		futex_set_and_wake(word, released);
	clear_op_pending(robust);
	if (owned)
		return 0;
	errno = EPERM;
	return -1;
}

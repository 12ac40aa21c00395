/* SPDX-License-Identifier: MIT */
/*
 * Robust futexes: words in shared memory that the kernel releases when their owner ends,
 * however it ends. See get_robust_list(2), pthread_mutexattr_setrobust(3).
 *
 * A word holds the thread id of its owner, 0 if it is free; ROBUST_OWNER_DIED if its last
 * owner ended without releasing it, and ROBUST_WAITERS if a process may sleep on it. A
 * thread registers a list of the words that it owns and of the one that it is acquiring
 * or releasing; the kernel reads the list when the thread ends.
 *
 * A thread has one list, and the C library of a shell may have registered its own: so
 * these functions are for a holder process (process/keeper.h), which registers once and
 * ends by _exit(2). exec(2) counts as an end.
 */
#ifndef LOCK_ROBUST_H
#define LOCK_ROBUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/deadline.h"

static const uint32_t ROBUST_WAITERS = 0x80000000, ROBUST_OWNER_DIED = 0x40000000,
                      ROBUST_TID_MASK = 0x3fffffff;

/* In shared memory too, at the same distance from its word in all locks of a kind. */
struct robust_node {
	struct robust_node *next;
};

/* More than the locks of a lockrun, or the words of a read-write lock. */
enum { ROBUST_MAX = 256 };

/*
 * The kernel's struct robust_list_head; and the nodes in the list, the newest last: other
 * processes can write to the nodes, so no pointer is read from them.
 */
struct robust {
	struct robust_node list;
	long futex_offset; /* from a node to its word, in bytes */
	struct robust_node *volatile list_op_pending;
	struct robust_node *nodes[ROBUST_MAX];
	size_t count;
};

/*
 * Register the list of this thread; *robust must stay at its address until the thread
 * ends.
 */
void robust_register(struct robust *robust, long futex_offset);

/* The owner's thread id; 0 if the word is free, also after the owner died. */
uint32_t robust_owner(const uint32_t *word);

/*
 * Acquire the word, waiting until it is free: 0, or -1 with errno as of base/deadline.h;
 * EFAULT if its memory was cut (base/sigbus.h), ENOLCK if ROBUST_MAX words are held.
 * *owner_died: the last owner ended without releasing it.
 */
int robust_lock(struct robust *robust, uint32_t *word, const struct deadline *deadline,
                bool *owner_died);

/* Acquire the word if it is free: true if so, with *owner_died as above. */
bool robust_trylock(struct robust *robust, uint32_t *word, bool *owner_died);

/* Wait until the word is free, without acquiring it: 0, or -1 with errno as above. */
int robust_wait(struct robust *robust, uint32_t *word, const struct deadline *deadline);

/*
 * Release the word and wake all waiters; owner_died: mark it with ROBUST_OWNER_DIED, as
 * if the owner had ended. -1 with errno EPERM if another process has changed the word so
 * that this thread does not own it: it is left as it is.
 */
int robust_unlock(struct robust *robust, uint32_t *word, bool owner_died);

#endif

/*
 * Words in shared memory that the kernel frees when their owner ends, however it ends:
 * robust futexes. See get_robust_list(2), pthread_mutexattr_setrobust(3).
 *
 * A word holds the owner's thread id, 0 where it is free; with ROBUST_OWNER_DIED where
 * its owner ended without giving it back, and ROBUST_WAITERS where somebody may sleep.
 * The thread that takes words has a list of them, which the kernel reads as the thread
 * ends, and the one that it is about to take or give.
 *
 * A thread has one list, and the C library of a shell may have registered its own: so
 * these are for a process of ours (process/keeper.h), once. It ends by _exit(2), exec(2)
 * counts as an end.
 */
#ifndef LOCK_ROBUST_H
#define LOCK_ROBUST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/deadline.h"

static const uint32_t ROBUST_WAITERS = 0x80000000, ROBUST_OWNER_DIED = 0x40000000,
                      ROBUST_TID_MASK = 0x3fffffff;

/* Lies in shared memory too, always at the same distance from its word. */
struct robust_node {
	struct robust_node *next;
};

/* As the kernel has it: struct robust_list_head. */
struct robust {
	struct robust_node list;
	long futex_offset; /* of a word from its node */
	struct robust_node *volatile list_op_pending;
};

/* Of this thread from now on; *robust must stay where it is until the thread ends. */
void robust_register(struct robust *robust, long futex_offset);

/* Whose word is it? 0 where it is free, also where the owner died. */
uint32_t robust_owner(const uint32_t *word);

/*
 * Take the word, or wait until it can be had: 0, or -1 with errno as of base/deadline.h.
 * *died: whoever had it before ended without giving it back.
 */
int robust_lock(struct robust *robust, uint32_t *word, const struct deadline *deadline,
                bool *owner_died);

/* Take it if it is free now. */
bool robust_trylock(struct robust *robust, uint32_t *word, bool *owner_died);

/* Sleep until it is free, without taking it: 0, or -1 with errno. */
int robust_wait(struct robust *robust, uint32_t *word, const struct deadline *deadline);

/* Give it back and wake `sleepers`; died: as if the owner had ended. */
void robust_unlock(struct robust *robust, uint32_t *word, int sleepers, bool owner_died);

#endif

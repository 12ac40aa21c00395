/* SPDX-License-Identifier: MIT */
/*
 * Things one can wait for together: each has a descriptor for poll(2), and may have a
 * function that finds out whether it is ready.
 *
 * Without a descriptor of its own, such as a futex or a System V queue, it gets the one
 * of a process that waits for it: wait/helper.h.
 */
#ifndef BASE_WAITABLE_H
#define BASE_WAITABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/deadline.h"

struct waitable {
	int fd; /* to poll for `events`; -1: nothing to poll */
	short events;
	bool due;  /* it may be ready: ask waitable_check() */
	bool done; /* set by the caller: neither polled nor checked any more */
	/*
	 * 1: it is ready; 0: not yet, fd and events say what to poll until it may be; -1
	 * with errno. Never waits. NULL: as poll(2) reports fd.
	 */
	int (*check)(struct waitable *waitable);
	/* Give back what it has; NULL: close(2) fd. */
	void (*close)(struct waitable *waitable);
};

/* It is due at first. close(2) belongs to it. */
void waitable_init(struct waitable *waitable, int fd, short events);
void waitable_close(struct waitable *waitable);

/* As poll(2) reports fd now: 1, 0, or -1 with errno, EBADF if it is closed. */
int waitable_poll_now(const struct waitable *waitable);

/* 0 unless it is due; otherwise as check(). It stays due if it is ready. */
int waitable_check(struct waitable *waitable);

/*
 * Wait until the deadline for one of them to become due: 0, at once if one is; or -1 with
 * errno as deadline_poll(). A termination signal and the deadline come before those that
 * were due already.
 */
int waitable_poll(struct waitable *const *waitables, size_t count,
                  const struct deadline *deadline);

#endif

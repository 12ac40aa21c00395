/* SPDX-License-Identifier: MIT */
/*
 * Access to a mapped file that another process can truncate.
 *
 * An access to a page past the new end of the file raises SIGBUS, which would end the
 * process. Between sigbus_begin() and sigbus_end() a page of zeros takes the place of the
 * missing one, and the caller gets an error:
 *
 *     struct sigbus sigbus;
 *     sigbus_begin(&sigbus, words, length);
 *     int result = use(words);
 *     return sigbus_end(&sigbus, result);
 *
 * The zeros are memory of this process alone: no other process changes them, so a loop
 * that waits for a change must call sigbus_is_cut().
 *
 * Any other SIGBUS does what it would have done without this: the disposition and the
 * mask are the caller's again at the end, and until then a handler of the caller (a trap
 * of a shell) is called, or the default action taken. See sigaction(2), mmap(2).
 *
 * Calls nest. For one thread only; the innermost struct is in base/call.h.
 */
#ifndef BASE_SIGBUS_H
#define BASE_SIGBUS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;

struct sigbus {
	struct sigbus *outer;
	const struct call *call; /* of an applet */
	uintptr_t start;
	size_t length;
	volatile bool cut;
	uint64_t mask; /* of the caller */
	struct sigaction saved;
};

/* *sigbus is the caller's, and initialized here. */
void sigbus_begin(struct sigbus *sigbus, const void *memory, size_t length);

/*
 * -1 with errno EFAULT if the memory was cut since sigbus_begin(), the errno of a system
 * call to which such memory was passed; otherwise result, and errno as it was.
 */
int sigbus_end(struct sigbus *sigbus, int result);

/* Was memory of a sigbus_begin() of this call of an applet cut? False outside. */
bool sigbus_is_cut(void);

/*
 * Was any memory cut in this call of an applet, of which sigbus_end() has returned? Then
 * a page of zeros may be in its place, and the mapping is not to be used again.
 */
bool sigbus_was_cut(void);

#endif

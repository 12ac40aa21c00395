/* SPDX-License-Identifier: MIT */
/*
 * compare - lists of objects (census.h) before, during and after a change
 */
#ifndef COMPARE_H
#define COMPARE_H

#include <stdbool.h>

/* The lists before a run: as the setup left them, and with what the other processes do in
 * it, too. */
struct compare {
	const char *before, *others, *after, *seen;
	const char *out, *out_after; /* the output as well */
};

/* Is there an object that is in none of the other lists? */
bool compare_has_new(const struct compare *compare);

/* The same objects, but for the order of the messages on a queue? What is put back comes
 * behind the others. */
bool compare_is_reordered(const char *seen, const char *list);

/*
 * Is each object as before, as after, or in between: a queue that has received the first
 * of the messages that are on it afterwards, or lost the first of those that were on it
 * before?
 */
bool compare_is_between(const struct compare *compare);

/* Has a message gone that is neither on another queue nor in the output? */
bool compare_has_lost(const struct compare *compare);

/* Is each line of the output in that of the complete run, in the same order? */
bool compare_is_part(const char *out, const char *all);

#endif

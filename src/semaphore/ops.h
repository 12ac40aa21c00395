/*
 * Operations on a set of semaphores as a person writes them: `0-1u,1+2n,2=0`, each the
 * number of a semaphore, then -N (take), +N (give) or =0 (wait until it is zero), then u
 * (undo when the process ends), n (do not wait), or both. See semop(2).
 */
#ifndef SEMAPHORE_OPS_H
#define SEMAPHORE_OPS_H

#include <stddef.h>

struct sembuf;

/* How many there are in a text that is well formed. */
size_t semaphore_ops_count(const char *text);

/*
 * Read the whole text into semaphore_ops_count() operations. NULL, or why it cannot be
 * read, in words that follow a colon; *where is then the operation that is meant.
 */
const char *semaphore_ops_parse(const char *text, struct sembuf *operations,
                                const char **where);

#endif

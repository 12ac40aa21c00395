/*
 * Standard input. No buffer: what was not asked for stays in it.
 */
#ifndef IO_INPUT_H
#define IO_INPUT_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Some bytes, at most size; 0 at the end; -1 with errno, EINTR where a signal asked to
 * end while nothing came (base/termsig.h). Waits also where somebody made it
 * non-blocking.
 */
ssize_t input_read(void *bytes, size_t size);

/* The same of any descriptor, and no longer than to a deadline. */
struct deadline;
ssize_t input_read_from(int fd, const struct deadline *deadline, void *bytes,
                        size_t size);

/*
 * How many bytes are left where that is known beforehand, as of a regular file; -1 where
 * it is not. A file may still turn out longer or shorter.
 */
int64_t input_remaining(void);

#endif

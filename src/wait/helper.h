/* SPDX-License-Identifier: MIT */
/*
 * A process that blocks until a source without a descriptor is ready, and the pipe that
 * it reports it by. It ends with this process, however that ends.
 */
#ifndef WAIT_HELPER_H
#define WAIT_HELPER_H

#include "wait/source.h"

/* Start one: source->waitable.fd is the pipe. 0, or -1 with errno. */
int wait_helper_start(struct wait_source *source);

/*
 * Its report: 1 and *number, 0 if nothing yet, or -1 with the errno of the wait;
 * ECHILD if it was killed. It has ended and is reaped unless the result is 0.
 */
int wait_helper_read(struct wait_source *source, uint64_t *number);

/* End it and reap it, if one runs. The object is as if it had never waited. */
void wait_helper_stop(struct wait_source *source);

#endif

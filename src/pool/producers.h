/* SPDX-License-Identifier: MIT */
/*
 * The processes that send to the queue, as --until-pid names them: when all of them have
 * ended and the queue is empty, no more messages are expected.
 */
#ifndef POOL_PRODUCERS_H
#define POOL_PRODUCERS_H

#include <poll.h>
#include <stdbool.h>

#include "base/status.h"
#include "base/string_list.h"

/* Begin with zeros; producers_end() is called in any case. */
struct producers {
	int count, running;
	int fds[STRING_LIST_MAX]; /* pidfds; -1: it has ended */
};

/*
 * Open them: process/pidfd.h has their form. A process that does not exist has ended. A
 * failure is reported.
 */
enum status producers_begin(struct producers *producers,
                            const struct string_list *processes);
void producers_end(struct producers *producers);

/* Are there any, and have all of them ended? */
bool producers_have_ended(struct producers *producers);

/* Fill in an element of fds for each that runs: their number. */
nfds_t producers_poll_fds(const struct producers *producers, struct pollfd *fds);

#endif

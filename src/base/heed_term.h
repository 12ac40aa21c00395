/* SPDX-License-Identifier: MIT */
/*
 * A server that was started with SIGTERM ignored (a shell with `trap '' TERM`) and is to
 * be ended by it all the same.
 *
 * Only SIGTERM: an ignored SIGHUP is nohup(1)'s, ignored SIGINT and SIGQUIT those of a
 * command that a shell started in the background.
 */
#ifndef BASE_HEED_TERM_H
#define BASE_HEED_TERM_H

#include <signal.h>
#include <stdbool.h>

struct heed_term {
	bool was_ignored;
	struct sigaction saved;
};

/*
 * Call it before termsig_begin() of base/termsig.h and before a signalfd of SIGTERM. It
 * changes the disposition only if that is to ignore the signal: to the default in a
 * program, to a handler without effect in a shell.
 */
void heed_term_begin(struct heed_term *heed);

/* Ignore it again, if it was ignored. */
void heed_term_end(const struct heed_term *heed);

#endif

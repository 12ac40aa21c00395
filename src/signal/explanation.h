/* SPDX-License-Identifier: MIT */
/*
 * The effect that a signal would have on a process, in a sentence: killn --explain. See
 * signal(7).
 */
#ifndef SIGNAL_EXPLANATION_H
#define SIGNAL_EXPLANATION_H

#include <stdbool.h>

#include "base/status.h"
#include "signal/procstat.h"

/* The facts that it depends on. */
struct explanation {
	int signal;
	bool queued;              /* with a value */
	bool permitted;           /* for the caller */
	bool alive;               /* one thread at least has not ended */
	struct procstat procstat; /* blocked: by every thread that has not ended */
};

/* Without a newline: "4711 (sleep): TERM terminates it". Returns the length. */
enum { EXPLANATION_BYTES = 1024 };
int explanation_format(char text[EXPLANATION_BYTES], const struct explanation *facts);

/* Find out and print it, for an open process. A failure is reported. */
enum status explanation_print(pid_t pid, int pidfd, int signal, bool queued);

#endif

/*
 * What sigwatch does with the signals that come: print them, run a command for each, or
 * run one command and pass them on to it.
 *
 * They are blocked and read from a signalfd(2), so none of those that the kernel queued
 * is missed.
 */
#ifndef SIGNAL_WATCH_H
#define SIGNAL_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/deadline.h"
#include "base/sigset.h"
#include "base/status.h"
#include "base/value.h"

struct signalfd_siginfo;

struct watch_request {
	uint64_t set;    /* signals */
	int until;       /* one that ends it, after all that came before */
	bool show_until; /* it counts as one of the set */
	int64_t count;   /* so many of the set end it too; INT64_MAX: none do */
	struct patience patience;
	bool json;
	int64_t ready_fd; /* see io/readiness.h */
};

/* A line for each until the last one: STATUS_DONE. */
enum status watch_print(const struct watch_request *request);

/*
 * sh -c COMMAND for each, one after the other, with SIGNAL, SI_PID, SI_UID, SI_CODE and
 * SI_VALUE in its environment: the status of the first one that fails, or as above.
 */
enum status watch_execute(const struct watch_request *request, const char *command);

/* to[N] is what is passed on for signal N: N itself where nothing was said; 0: nothing */
struct watch_map {
	int to[SIG_COUNT + 1];
};

/* INT:TERM or a list of such with commas, each. What is wrong is reported. */
enum status watch_parse_map(struct watch_map *map, const struct texts *texts);

/*
 * Run argv, print a line for each of the set and pass it on, as the map says, with its
 * value, until the command ends: its status. What is not in the set is passed on without
 * a line, unless it is one of those that process/children.h leaves alone. A program reaps
 * all other children meanwhile, so that it can be the first process of a namespace.
 * `until`, `count` and `patience` do not matter.
 */
enum status watch_forward(const struct watch_request *request,
                          const struct watch_map *map, char **argv);

/* For the three of them: the line; the name of si_code (sigaction(2)); the time-out. */
enum { WATCH_LINE_BYTES = 128 };
int watch_line(char line[WATCH_LINE_BYTES], const struct signalfd_siginfo *info,
               bool json);
const char *watch_code_name(const struct signalfd_siginfo *info, char number[16]);
enum status watch_timed_out(const struct watch_request *request, int64_t left);

/* Does it tell how a child of ours has changed, and was not sent by anybody? */
bool watch_is_of_child(const struct signalfd_siginfo *info);

#endif

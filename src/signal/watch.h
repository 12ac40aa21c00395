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
#include "base/ksig.h"
#include "base/status.h"
#include "base/string_list.h"
#include "base/value.h"

struct signalfd_siginfo;

struct signal_watch {
	uint64_t set;    /* signals */
	int until;       /* one that ends it, after all that came before */
	bool show_until; /* it counts as one of the set */
	int64_t count;   /* so many of the set end it too; INT64_MAX: none do */
	struct timeout timeout;
	bool json;
	int64_t ready_fd; /* see io/readiness.h */
};

/* A line for each until the last one: STATUS_OK. */
enum status signal_watch_print(const struct signal_watch *request);

/*
 * sh -c COMMAND for each, one after the other, with SIGNAL, SI_PID, SI_UID, SI_CODE and
 * SI_VALUE in its environment: the status of the first one that fails, or as above.
 */
enum status signal_watch_execute(const struct signal_watch *request, const char *command);

/* to[N] is what is passed on for signal N: N itself where nothing was said; 0: nothing */
struct signal_watch_map {
	int to[KSIG_COUNT + 1];
};

/* INT:TERM or a list of such with commas, each. What is wrong is reported. */
enum status signal_watch_parse_map(struct signal_watch_map *map,
                                   const struct string_list *texts);

/*
 * Run argv, print a line for each of the set and pass it on, as the map says, with its
 * value, until the command ends: its status. What is not in the set is passed on without
 * a line, unless it is one of those that process/children.h leaves alone. A program reaps
 * all other children meanwhile, so that it can be the first process of a namespace.
 * `until`, `count` and `patience` do not matter.
 */
enum status signal_watch_forward(const struct signal_watch *request,
                                 const struct signal_watch_map *map, char **argv);

/* For the three of them: the line; the name of si_code (sigaction(2)); the time-out. */
enum { SIGNAL_WATCH_LINE_BYTES = 128 };
int signal_watch_format_line(char line[SIGNAL_WATCH_LINE_BYTES],
                             const struct signalfd_siginfo *info, bool json);
const char *signal_watch_code_name(const struct signalfd_siginfo *info, char number[16]);
enum status signal_watch_report_timeout(const struct signal_watch *request, int64_t left);

/* Does it tell how a child of ours has changed, and was not sent by anybody? */
bool signal_watch_is_child_change(const struct signalfd_siginfo *info);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Names of signals. See signal(7).
 */
#ifndef SIGNAL_SIGNAME_H
#define SIGNAL_SIGNAME_H

#include <stdint.h>

#include "base/status.h"

/* Room for the longest name, "RTMIN+15". */
struct signame {
	char text[16];
};

/*
 * The number of INT, int, SIGINT, 2, RTMIN, RTMIN+3, RTMAX-1 or RT3, of the aliases IOT,
 * POLL, CLD and UNUSED, and 0 for "0"; -1 for anything else.
 */
int signame_number(const char *text);

/* The same; STATUS_FAILED, reported ("NOPE: No such signal"), if there is no such one. */
enum status signame_parse(const char *text, int *number);

/* " (did you mean KILL?)" for KIL or SIGKIL, with `prefix` before the name; or "". */
struct suggestion;
const char *signame_suggest(struct suggestion *suggestion, const char *text,
                            const char *prefix);

/* "INT", "RTMIN+3"; the number itself for 32 and 33, which the C library uses. */
const char *signame_format(int number, struct signame *name);

/* A description, as of strsignal(3): "Interrupt", "Real-time signal 3". */
const char *signame_description(int number, char text[32]);

/*
 * As signame_parse(), but for a signal that can be caught, and for a set of such
 * signals: STATUS_FAILED, reported, for 0, KILL and STOP too.
 */
enum status signame_parse_catchable(const char *text, int *number);
enum status signame_parse_set(int count, char **texts, uint64_t *set);

#endif

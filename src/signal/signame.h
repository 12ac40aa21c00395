/*
 * Signals: names, and reading them instead of being interrupted by them. See signal(7).
 */
#ifndef SIGNAL_SIGNAME_H
#define SIGNAL_SIGNAME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/sigset.h"
#include "base/status.h"

struct signalfd_siginfo;

/* Room for the longest name, "RTMIN+15". */
struct sig_name {
	char text[16];
};

/*
 * INT, int, SIGINT, 2, RTMIN, RTMIN+3, RTMAX-1, RT3, and the aliases IOT, POLL,
 * CLD, UNUSED; 0 for "0". A signal there is not is reported ("NOPE: No such signal"):
 * STATUS_FAILED.
 */
enum status sig_parse(const char *text, int *number);

/* "INT", "RTMIN+3"; the number itself for 32 and 33, which the C library uses. */
const char *sig_name(int number, struct sig_name *name);

/* What it says to a person: "Interrupt", "Real-time signal 3". */
const char *sig_description(int number, char text[32]);

/*
 * A signal that is to be caught, and a set of them. What cannot be caught is reported
 * by name: STATUS_FAILED.
 */
enum status sig_parse_catchable(const char *text, int *number);
enum status sig_parse_set(int count, char **texts, uint64_t *set);

/*
 * Take signals by reading them: from the beginning on they are blocked and do nothing,
 * not even where they are ignored. In a program they stay blocked, since it ends when an
 * applet has done; in a shell whose builtin we are all is as before in the end:
 *
 * What was blocked before and was not read is still pending. Other signals that were not
 * read are dropped, or they would end the shell. SIGCHLD is given back, since a shell
 * has children of its own.
 */
struct sig_watch {
	uint64_t set, saved_mask;
	int fd; /* for poll(2) */
	bool took_child;
};

/* A failure is reported; then there is nothing to end. */
enum status sig_watch_begin(struct sig_watch *watch, uint64_t set);

/* At most count of those that have come, the lowest number first; 0 where none has. */
size_t sig_watch_read(struct sig_watch *watch, struct signalfd_siginfo *infos,
                      size_t count);
void sig_watch_end(struct sig_watch *watch);

#endif

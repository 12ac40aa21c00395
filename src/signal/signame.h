/*
 * Signals: names, and reading them instead of being interrupted by them. See signal(7).
 */
#ifndef SIGNAL_SIGNAME_H
#define SIGNAL_SIGNAME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/ksig.h"
#include "base/status.h"

struct signalfd_siginfo;

/* Room for the longest name, "RTMIN+15". */
struct signame {
	char text[16];
};

/*
 * INT, int, SIGINT, 2, RTMIN, RTMIN+3, RTMAX-1, RT3, and the aliases IOT, POLL,
 * CLD, UNUSED; 0 for "0". A signal there is not is reported ("NOPE: No such signal"):
 * STATUS_FAILED.
 */
enum status signame_parse(const char *text, int *number);

/* "INT", "RTMIN+3"; the number itself for 32 and 33, which the C library uses. */
const char *signame_format(int number, struct signame *name);

/* What it says to a person: "Interrupt", "Real-time signal 3". */
const char *signame_description(int number, char text[32]);

/*
 * A signal that is to be caught, and a set of them. What cannot be caught is reported
 * by name: STATUS_FAILED.
 */
enum status signame_parse_catchable(const char *text, int *number);
enum status signame_parse_set(int count, char **texts, uint64_t *set);

/*
 * Take signals by reading them: from the beginning on they are blocked and do nothing,
 * not even where they are ignored. In a program they stay blocked, since it ends when an
 * applet has done; in a shell whose builtin we are all is as before in the end:
 *
 * What was blocked before and was not read is still pending. Other signals that were not
 * read are dropped, or they would end the shell. SIGCHLD is given back, since a shell
 * has children of its own.
 */
struct sigreader {
	uint64_t set, saved_mask;
	int fd; /* for poll(2) */
	bool read_sigchld;
};

/* A failure is reported; then there is nothing to end. */
enum status sigreader_begin(struct sigreader *reader, uint64_t set);

/* At most count of those that have come, the lowest number first; 0 where none has. */
size_t sigreader_read(struct sigreader *reader, struct signalfd_siginfo *infos,
                      size_t count);
void sigreader_end(struct sigreader *reader);

#endif

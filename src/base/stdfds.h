/*
 * The state of the process that both front ends prepare around a call:
 * descriptors 0, 1 and 2 exist, and SIGPIPE and SIGXFSZ are ignored, so that
 * a failing write is an error to report instead of a death.
 *
 * A closed descriptor 0, 1 or 2 would make the next open take its number, and
 * the object itself would be read as standard input. It is filled with
 * /dev/null opened in the wrong direction: using it fails with EBADF. It is
 * close-on-exec, so that a command finds it closed again.
 */
#ifndef BASE_STDFDS_H
#define BASE_STDFDS_H

#include <signal.h>
#include <stdbool.h>

struct stdfds {
	bool filled[3];
	bool sigpipe_ignored; /* the two signals are ignored; pipe and xfsz say what they
	                         were */
	struct sigaction saved_sigpipe, saved_sigxfsz;
};

/* Fill the descriptors. */
void stdfds_fill(struct stdfds *stdfds);

/* Ignore the two signals, if that has not been done. */
void stdfds_ignore_sigpipe(struct stdfds *stdfds);

/* Undo both. */
void stdfds_restore(const struct stdfds *stdfds);

#endif

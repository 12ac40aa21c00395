/* SPDX-License-Identifier: MIT */
/*
 * Lists and translations of signal names on standard output. See signal/signame.h.
 */
#ifndef SIGNAL_SIGNAME_LIST_H
#define SIGNAL_SIGNAME_LIST_H

#include "base/status.h"

/* A name a line, in the order of the numbers. Failures of all three are reported. */
enum status signame_list_names(void);

/* Number, name and description of each signal. */
enum status signame_list_table(void);

/*
 * Print the number of a name; or the name of a number, also of an exit status of 128 + N.
 * STATUS_FAILED if it is neither.
 */
enum status signame_list_translation(const char *text);

#endif

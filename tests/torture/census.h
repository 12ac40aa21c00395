/* SPDX-License-Identifier: MIT */
/*
 * census - what there is: files, message queues, shared memory, semaphores, with their
 * contents
 *
 * Takes the messages from the queues and removes everything: what there is belongs to the
 * run alone (scripts/isolate).
 */
#ifndef CENSUS_H
#define CENSUS_H

#include "text.h"

/* A line for each object, sorted; what depends on the moment (ids, times, process
 * numbers) is left out. */
void census_take(struct text *text, const char *folder, bool contents);

/* Remove what is in a folder and every object of the kernel, without looking. */
void census_remove(const char *folder);

#endif

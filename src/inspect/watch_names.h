/* SPDX-License-Identifier: MIT */
/*
 * Names of queues and shared memory objects that appear and disappear, by inotify(7).
 */
#ifndef INSPECT_WATCH_NAMES_H
#define INSPECT_WATCH_NAMES_H

#include <stddef.h>

#include "object/list.h"

/* The last two batches of events: a name may appear in one and disappear in the other. */
struct watch_names {
	int fd;        /* poll(2) it; -1: not available */
	int directory; /* keeps the mount of the queues */
	int queues;    /* the watch descriptor of that mount */
	size_t old, length;
	char *events; /* the old batch, then the new one */
};

/* Never fails: without it, changes are noticed a second later. */
void watch_names_begin(struct watch_names *names);
void watch_names_end(struct watch_names *names);

/*
 * Read a batch of events, and call found() for each object that has been both created and
 * removed; the list of objects cannot have it if no census was made between.
 */
void watch_names_read(struct watch_names *names,
                      void (*found)(void *data, enum object_kind kind, const char *name),
                      void *data);

#endif

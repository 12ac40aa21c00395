/* SPDX-License-Identifier: MIT */
/*
 * The processes that exist, from /proc/PID/stat. See proc(5).
 *
 * A process that ends while it is read is left out. To be sure that a PID is still the
 * process that was listed, open a pidfd, read the entry again, and see that it has not
 * ended.
 */
#ifndef PROCESS_LISTING_H
#define PROCESS_LISTING_H

#include <dirent.h>
#include <stdbool.h>
#include <sys/types.h>

struct listing_entry {
	pid_t pid, parent, group;
	char state;       /* 'T' stopped, 't' by a tracer, 'Z' ended */
	char command[64]; /* at most 15 bytes of any value, but of kernel threads */
};

/* 0, or -1 with errno: ESRCH if no such process exists, EMFILE … */
int listing_read(struct listing_entry *entry, pid_t pid);

/* The text of /proc/PID/stat; false if it is not of that form. */
bool listing_parse(struct listing_entry *entry, const char *text);

struct listing {
	DIR *directory;
	int error;   /* a process could not be read: it may be one of those sought */
	bool hidden; /* those of other users, see hidepid in proc(5) */
};

/* 0, or -1 with errno, ENOPKG without /proc; listing_end() is called after a 0. */
int listing_begin(struct listing *listing);
bool listing_next(struct listing *listing, struct listing_entry *entry);
void listing_end(struct listing *listing);

#endif

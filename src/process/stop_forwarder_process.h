/* SPDX-License-Identifier: MIT */
/*
 * The process that forwards stops, for stop_forwarder.c alone.
 */
#ifndef PROCESS_STOP_FORWARDER_PROCESS_H
#define PROCESS_STOP_FORWARDER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A command. Both processes read and write this: each member atomically. */
struct stop_forwarder_slot {
	pid_t pid;   /* 0: none */
	int stopped; /* by the helper, which clears it, or the parent, to continue it */
	int pidfd;   /* of the helper alone, while `stopped`; -1: none */
};

struct stop_forwarder_note {
	size_t size; /* of the whole */
	int noticed; /* the helper has seen a stop of the parent; cleared by the parent */
	int suspended;
	int ended; /* the helper is to exit */
	int count;
	pid_t group; /* the one of this PID is signalled with its process group */
	struct stop_forwarder_slot slots[];
};

/*
 * The state of a process in the text of /proc/PID/stat ('R', 'S', 'T' …, see proc(5)),
 * whatever its name is; '\0' if the text has none.
 */
char stop_forwarder_parse_state(const char *stat);

/*
 * The helper: `parent` is the process that it serves, stat its /proc/PID/stat. It must
 * have been started by helper_fork().
 */
_Noreturn void stop_forwarder_process_main(struct stop_forwarder_note *note, pid_t parent,
                                           int stat);

#endif

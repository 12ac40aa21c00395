/* SPDX-License-Identifier: MIT */
/*
 * The options of applets that run a command and wait for it: --group, --subreaper,
 * --with-parent. They apply to all commands that process/children.h starts between
 * supervision_begin() and supervision_end().
 *
 * - group: the commands get a process group of their own, and signals are forwarded to
 *   the whole group (process/command_group.h).
 * - subreaper: this process adopts what the commands leave behind, as the init process
 *   does, and reaps it. See PR_SET_CHILD_SUBREAPER of prctl(2).
 * - both: at the end, what is left of the group is terminated and waited for.
 * - with_parent: when the parent of this process ends, the commands get TERM.
 */
#ifndef PROCESS_SUPERVISION_H
#define PROCESS_SUPERVISION_H

#include <stdbool.h>

#include "base/status.h"

struct supervision_options {
	bool group, subreaper, with_parent;
};

struct supervision {
	struct supervision_options options;
	int parent; /* its pidfd; -1: with_parent is not set */
};

/*
 * The rows of an option table, for a member of type struct supervision_options. A shell
 * that runs the applet as a builtin has other children, and job control of its own: the
 * first two are the program's.
 */
#define SUPERVISION_OPTIONS(s, member, ...)                                              \
	FLAG(0, "group", s, member.group, 0,                                             \
	     "run COMMAND in a process group, and forward signals to that",              \
	     .frontends = FRONTEND_PROGRAM, __VA_ARGS__),                                \
	    FLAG(0, "subreaper", s, member.subreaper, 0,                                 \
	         "reap what COMMAND leaves behind; with --group, end that too",          \
	         .frontends = FRONTEND_PROGRAM, __VA_ARGS__),                            \
	    FLAG(0, "with-parent", s, member.with_parent, 0,                             \
	         "terminate COMMAND when the parent process ends", __VA_ARGS__)

bool supervision_is_given(const struct supervision_options *options);

/*
 * STATUS_OK, or STATUS_RUN_ERROR, reported: then there is nothing to end. *supervision
 * must outlive the call of supervision_end().
 */
enum status supervision_begin(struct supervision *supervision,
                              const struct supervision_options *options);
void supervision_end(void);

/*
 * Is one of the options set? Then an applet cannot become its command: it has to wait for
 * it.
 */
bool supervision_is_active(void);

/* The options that apply now; NULL: none. */
const struct supervision *supervision_current(void);

/* Has the parent ended? False without with_parent. */
bool supervision_parent_has_ended(const struct supervision *supervision);

#endif

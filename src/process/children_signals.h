/* SPDX-License-Identifier: MIT */
/*
 * Signals while commands run, for children.c alone. See process/children.h.
 */
#ifndef PROCESS_CHILDREN_SIGNALS_H
#define PROCESS_CHILDREN_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

#include "process/children.h"

/* The signals to block and read, without hooks: all that are not ignored or a fault. */
uint64_t children_signals_to_read(void);

/*
 * The signals of a timer or a limit: ALRM, VTALRM, PROF, XCPU. The kernel sends them to
 * one process.
 */
uint64_t children_signals_alarms(void);

/*
 * Has the whole process group received a signal of the kernel? `leader`: this process is
 * the leader of its session.
 */
bool children_signals_reached_group(int signal, bool leader);

/* Read all pending signals, forward those that have not reached the commands. */
void children_signals_read(struct children *children);

/* If this process received a stop signal and a command has stopped: stop, until CONT. */
void children_signals_stop_if_stopped(struct children *children);

/* In a builtin: does the shell have to get the signal at the end? */
bool children_signals_is_for_shell(const struct children *children, int signal);

#endif

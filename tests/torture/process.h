/* SPDX-License-Identifier: MIT */
/*
 * process - start processes, look at them, and end them
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

double process_now(void); /* seconds, monotonic */

/* The caller adopts what its children leave behind, and SIGCHLD is kept for
 * process_await_child(). */
bool process_adopt(void);

/* A process that executes a command line once the gate's writing end is closed. */
struct process_start {
	const char *text;
	int out, err;
	const int *gate;   /* pipe(2) */
	int filtered_call; /* for filter_begin(); -1: no filter */
};

pid_t process_start_gated(const struct process_start *start);

/* sh -c TEXT in the background, with $PID, in the current folder. */
pid_t process_start_shell(const char *text, pid_t applet);

/* Run sh -c TEXT to its end: its status, 128+N, or -1 for one that took longer. What it
 * starts goes on. */
int process_shell(const char *text, double limit);

/* Wait until a child changes its state, or so many seconds. */
void process_await_child(double seconds);

bool process_sleeps(pid_t pid);
bool process_is_gone(pid_t pid); /* a zombie is */
bool process_runs(pid_t pid, const char *program);

/* End all processes that were started here and below. With settle they have a moment to
 * end by themselves: until none is left, or all of them have slept for a while. */
void process_end_all(bool settle);

#endif

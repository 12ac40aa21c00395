/* SPDX-License-Identifier: MIT */
/*
 * injection - what is done to one system call of a run: its description, and its text
 *
 * PROCESS:CALL:NUMBER:WHAT, for instance 0:openat:2:EACCES. PROCESS counts the applet (0)
 * and the processes that it starts, in their order; NUMBER the calls of that name in that
 * process, from 1. WHAT is an errno, with `+` behind it: this call and all later ones of
 * that name in that process; short, for a transfer that moves half of what it was asked
 * for; TERM, INT, USR1: the signal is pending when the call begins; STOP: stopped and
 * continued then; kill, killed: SIGKILL before and after the call.
 */
#ifndef INJECTION_H
#define INJECTION_H

#include <stdbool.h>
#include <stddef.h>

enum injection_kind {
	INJECTION_NONE,
	INJECTION_ERROR,
	INJECTION_SHORT,
	INJECTION_SIGNAL,
	INJECTION_STOP,
	INJECTION_KILL_BEFORE,
	INJECTION_KILL_AFTER,
};

struct injection {
	int process;
	int call; /* the number of the system call */
	int nth;
	enum injection_kind kind;
	int value; /* an errno or a signal */
	bool from_then_on;
};

enum { INJECTION_TEXT = 96 };

void injection_print(const struct injection *injection, char text[INJECTION_TEXT]);
bool injection_parse(struct injection *injection, const char *text);

#endif

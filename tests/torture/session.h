/* SPDX-License-Identifier: MIT */
/*
 * session - the traced processes of a run, and what is done to a call of one of them
 */
#ifndef SESSION_H
#define SESSION_H

#include "trace.h"

enum { PROCESSES = 64 };

/* A traced process. */
struct traced {
	pid_t pid;
	int index;      /* among those that count; -1: it does not */
	bool begun;     /* main has begun */
	bool waiting;   /* stopped, and its parent has not been heard yet */
	bool announced; /* by its parent */
	bool in_call;
	size_t moment; /* the number of that of the call, from 1; 0: not noted */
	bool to_fail, to_restore, to_kill, to_continue;
	int restored_argument;
	uint64_t restored_value;
	struct system_call call;
	unsigned short made[CALLS_MAX];
};

struct session {
	const struct trace_plan *plan;
	struct trace *trace;
	struct traced list[PROCESSES];
	int count;
	bool ended;   /* the applet */
	pid_t let_go; /* plan->let_go, until it has ended; 0: none */
	pid_t then;   /* the last command of .then, while it runs */
	bool done;    /* nothing more is to be injected */
};

/* A call of a process begins, with its number and its arguments, or ends. */
void session_call_begins(struct session *session, struct traced *process, int number,
                         const uint64_t arguments[6]);
void session_call_ends(struct session *session, struct traced *process);

#endif

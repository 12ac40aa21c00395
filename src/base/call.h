/* SPDX-License-Identifier: MIT */
/*
 * The process-wide state of one call of an applet, all of it in one place.
 *
 * A signal handler has no argument for it, a message needs the name of the applet, and a
 * wait needs the function that shows progress. Each front end has one struct for each
 * call, and calls nest: a shell may run a trap, and in it a builtin, while another
 * builtin waits. Not for applets: each member belongs to the module named beside it.
 */
#ifndef BASE_CALL_H
#define BASE_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/stdfds.h"

struct sigbus;
struct termsig;
struct shell_variable;
struct supervision;

struct call {
	const char *name; /* of the applet: io/report.h */
	struct stdfds stdfds;
	struct termsig *volatile termsig;   /* the innermost one: base/termsig.h */
	struct sigbus *volatile sigbus;     /* the innermost one: base/sigbus.h */
	bool memory_was_cut;                /* since its begin: base/sigbus.h */
	int delivered_signal;               /* by termsig_end() of base/termsig.h */
	int command_signal;                 /* that killed the command: process/child.h */
	void (*idle_hook)(void *idle_data); /* base/deadline.h */
	void *idle_data;
	struct shell_variable *variable; /* --into: io/shell_variable.h */
	struct supervision *supervision; /* process/supervision.h */
	size_t shown; /* columns of the status line to be overwritten: io/report.h */
	struct call *outer;
};

/* The innermost call; never NULL. */
extern struct call *volatile call_current;

/*
 * Begin and end a call of the applet `name`. Until its end, descriptors 0, 1 and 2 are
 * open (base/stdfds.h). It begins without a termination signal and without an idle hook.
 * *call is owned by the caller and initialized here; name must outlive it. The program,
 * which exits after its only call, does not need call_end().
 */
void call_begin(struct call *call, const char *name);
void call_end(struct call *call);

/*
 * Ignore SIGPIPE and SIGXFSZ until the end of this call, so that a failing write returns
 * an error. Done before an applet runs, unless it has handles_sigpipe (applet.h).
 */
void call_ignore_sigpipe(void);

#endif

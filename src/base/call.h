/*
 * What a call of an applet has to remember process-wide: all of it, in one place.
 *
 * A signal handler is given nothing, a message does not know whose it is, and who waits
 * does not know who shows how time passes. Each front end has one struct of this for each
 * call, and calls nest: a shell may run a trap, and in it a builtin, while another
 * builtin waits. Not for applets: each member belongs to the module that is named beside
 * it.
 */
#ifndef BASE_CALL_H
#define BASE_CALL_H

#include <stddef.h>

#include "base/stdfds.h"

struct termsig;

struct call {
	const char *name; /* of the applet: io/report.h */
	struct stdfds stdfds;
	struct termsig *volatile termsig; /* the innermost pair: base/termsig.h */
	int delivered_signal; /* the signal that ended a pair of this call: base/termsig.h
	                       */
	void (*idle_hook)(void *idle_data); /* base/deadline.h */
	void *idle_data;
	size_t shown; /* columns of the line that is to be written over: io/report.h */
	struct call *outer;
};

/* The innermost call; never NULL. */
extern struct call *volatile call_current;

/*
 * A call of the applet `name` begins, or ends: descriptors 0, 1 and 2 are open within
 * (base/stdfds.h), no signal has asked it to end, nothing shows how time passes. *call is
 * the caller's and filled in here, name must outlive it. A program, which ends with its
 * only call, leaves call_end() out.
 */
void call_begin(struct call *call, const char *name);
void call_end(struct call *call);

/*
 * From now to the end of this call a write that fails is an error, not a death by SIGPIPE
 * or SIGXFSZ. Done before an applet runs, unless its form says that it does so itself.
 */
void call_ignore_sigpipe(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * judge - was it right, what an applet did when a call of it was interfered with?
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "injection.h"
#include "scenario.h"
#include "text.h"
#include "trace.h"

enum finding {
	FINDING_NONE,
	FINDING_UNFIRED, /* nothing was injected: the run proves nothing */
	FINDING_HANG,
	FINDING_CRASH,
	FINDING_PROCESS, /* a process was left */
	FINDING_STATUS,  /* one that the page does not name, or that means something else
	                  */
	FINDING_MESSAGE, /* a failure without its one line, or with others */
	FINDING_SILENT,  /* success, and not everything was done */
	FINDING_STATE,   /* objects neither as before nor as after, and it was not said */
	FINDING_LOST,    /* a message that was there is gone, and it was not said */
	FINDING_LEAK,    /* an object that belongs to neither */
	FINDINGS
};

extern const char *const finding_names[FINDINGS];

/* What a run left to see. */
struct evidence {
	int status; /* the exit status, or 128+N */
	int signal; /* that ended it, or 0 */
	struct text out, err, objects;
};

void evidence_free(struct evidence *evidence);

struct trial {
	const struct scenario *scenario;
	const struct injection *injection;
	bool hits_messages;        /* the call writes to standard error */
	const struct text *before; /* the objects before the run */
	const struct text
	    *others; /* the same, and what the other processes do in the run is done */
	const struct evidence *after; /* of the run where nothing was injected */
	const struct trace *trace;
	const struct evidence *seen;
};

/* Sets *why to a sentence. */
enum finding judge(const struct trial *trial, const char **why);

#endif

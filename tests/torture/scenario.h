/* SPDX-License-Identifier: MIT */
/*
 * scenario - the table of what is run: tests/torture/scenarios
 *
 * The head of that file says how it is written.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "trace.h"

enum { ACCEPTANCE_EVIDENCE = 4 };

/* What may happen, because a page says so. */
struct acceptance {
	char *kind; /* a pattern of fnmatch(3) for the kind of finding */
	char *
	    injection; /* the same for the text of the injection; or `signals`, `kills` */
	regex_t evidence[ACCEPTANCE_EVIDENCE]; /* what status, messages, output and
	                                          objects have to match */
	size_t count;
};

struct acceptances {
	struct acceptance *list;
	size_t count;
	const struct acceptances *wider; /* of the applet, of all */
};

struct applet {
	char *name;
	bool statuses[256]; /* that its page names */
	struct acceptances accepted;
	bool has_notes;
	regex_t notes; /* lines on standard error that are no messages */
};

struct scenario {
	char name[64]; /* APPLET.WORD */
	const struct applet *applet;
	char *setup, *run;
	char *then[TRACE_THEN];
	int status; /* of a run where nothing is injected */
	int lines;  /* that a failure may write at most */
	bool into_pipe;
	bool masked; /* the numbers in the output differ from run to run */
	bool veiled; /* the contents of files and memory too */
	bool only_root;
	int let_go; /* the process that the applet traces; 0: none */
	struct acceptances accepted;
};

struct table {
	struct scenario *list;
	size_t count;
};

/* false: a message was written. The table is never freed. */
bool scenario_read(struct table *table, const char *path);

#endif

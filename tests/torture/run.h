/* SPDX-License-Identifier: MIT */
/*
 * run - run a scenario once, from its setup to the census of what it left
 */
#ifndef RUN_H
#define RUN_H

#include <limits.h>
#include <stdbool.h>

#include "injection.h"
#include "judge.h"
#include "scenario.h"
#include "trace.h"

/* What all runs have in common. */
struct workshop {
	char program[PATH_MAX]; /* whose calls count, and which scenarios run by its links
	                           in PATH */
	int out, err;           /* files for the output and the messages */
};

struct run_way {
	const struct injection *injection; /* may be NULL */
	bool filtered;                     /* as in trace_plan */
	double limit;                      /* seconds after which it hangs */
};

/* false: the setup failed, and nothing is in *seen. */
bool run_once(const struct workshop *workshop, const struct scenario *scenario,
              const struct run_way *way, struct trace *trace, struct evidence *seen);

/* What there is before the run; with others, what its other processes do has been done,
 * too. */
bool run_setup_only(const struct scenario *scenario, struct text *objects, bool others);

/* To standard output, indented. */
void run_show_text(const char *title, const struct text *text);
void run_show(const struct evidence *seen);

#endif

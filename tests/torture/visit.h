/* SPDX-License-Identifier: MIT */
/*
 * visit - all injections of a scenario: which there are, and what comes of them
 */
#ifndef VISIT_H
#define VISIT_H

#include "run.h"

/* Every OF-th of what there is to do. */
struct share {
	unsigned long index, of;
};

struct torture {
	struct workshop workshop;
	struct share slice;
	const char *inject; /* only this injection; NULL: all of the slice */
	bool verbose, list; /* list: only print them */
	double hang;        /* seconds after which a run hangs */
	double end; /* of the time for all, by process_now(); 0: there is no end */
	unsigned long fired, scenarios, broken, unsteady, found[FINDINGS];
	unsigned long failed; /* of the scenarios */
};

bool visit_is_over(const struct torture *torture);
/* The shift of the slices: so the first injections of all scenarios are not in one. */
void visit_scenario(struct torture *torture, const struct scenario *scenario,
                    unsigned long shift);

#endif

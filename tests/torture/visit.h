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
	unsigned long fired, scenarios, broken, unsteady, found[FINDINGS];
};

void visit_scenario(struct torture *torture, const struct scenario *scenario);

#endif

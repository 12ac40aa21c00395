/* SPDX-License-Identifier: MIT */
/*
 * catchsig - count the seconds and print the signals that arrive
 */
#include "applet.h"
#include "signal/count.h"
#include "signal/signame.h"

static enum status catchsig_run(const void *opts, int argc, char **argv)
{
	(void)opts;
	struct signal_count counting = {0};
	enum status status = signal_count_parse_period(&counting, argv[0]);
	if (status == STATUS_OK)
		status = signame_parse_set(argc - 1, argv + 1, &counting.set);
	return status != STATUS_OK ? status : signal_count_run(&counting);
}

APPLET(catchsig, .summary = "count the seconds and print the signals that arrive",
       .group = APPLETS_SIGNALS, .example = "catchsig 0.2 INT >log &",
       .self = {.operands = "SECONDS [SIGNAL...]",
                .operand_kinds = {OPERAND_NUMBER, OPERAND_SIGNAL | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .run = catchsig_run});

/* SPDX-License-Identifier: MIT */
/*
 * childctl - count and print the signals that arrive, until one has arrived three times
 */
#include "applet.h"
#include "base/ksig.h"
#include "signal/count.h"
#include "signal/signame.h"

enum { TIMES = 3 };

static enum status childctl_run(const void *opts, int argc, char **argv)
{
	(void)opts;
	struct signal_count counting = {.times = TIMES};
	enum status status = signal_count_parse_period(&counting, argv[0]);
	if (status == STATUS_OK)
		status = signame_parse_catchable(argv[1], &counting.last);
	if (status == STATUS_OK)
		status = signame_parse_set(argc - 2, argv + 2, &counting.set);
	if (status != STATUS_OK)
		return status;
	counting.set |= ksig_bit(counting.last);
	return signal_count_run(&counting);
}

APPLET(childctl,
       .summary =
           "count and print the signals that arrive, until one has arrived three times",
       .group = APPLETS_SIGNALS, .example = "childctl 1h QUIT INT >log &",
       .self = {.operands = "SECONDS SIGQ [SIGNAL...]",
                .operand_kinds = {OPERAND_NUMBER, OPERAND_SIGNAL,
                                  OPERAND_SIGNAL | OPERAND_REPEATED},
                .min_operands = 2,
                .max_operands = OPERANDS_UNLIMITED,
                .run = childctl_run});

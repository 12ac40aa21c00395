/*
 * childctl - count and say which signals come, until one has come three times
 */
#include "applet.h"
#include "base/sigset.h"
#include "signal/count.h"
#include "signal/signame.h"

enum { TIMES = 3 };

static enum status run(const void *opts, int argc, char **argv)
{
	(void)opts;
	struct catching catching = {.times = TIMES};
	enum status status = catch_parse_period(&catching, argv[0]);
	if (status == STATUS_DONE)
		status = sig_parse_catchable(argv[1], &catching.last);
	if (status == STATUS_DONE)
		status = sig_parse_set(argc - 2, argv + 2, &catching.set);
	if (status != STATUS_DONE)
		return status;
	catching.set |= sig_bit(catching.last);
	return catch_signals(&catching);
}

APPLET(childctl,
       .summary = "count and say which signals come, until one has come three times",
       .self = {.operands = "SECONDS SIGQ [SIGNAL...]",
                .least_operands = 2,
                .most_operands = ANY_NUMBER,
                .run = run});

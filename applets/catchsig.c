/*
 * catchsig - count the seconds and say which signals come
 */
#include "applet.h"
#include "signal/count.h"
#include "signal/signame.h"

static enum status run(const void *opts, int argc, char **argv)
{
	(void)opts;
	struct catching catching = {0};
	enum status status = catch_parse_period(&catching, argv[0]);
	if (status == STATUS_DONE)
		status = sig_parse_set(argc - 1, argv + 1, &catching.set);
	return status != STATUS_DONE ? status : catch_signals(&catching);
}

APPLET(catchsig, .summary = "count the seconds and say which signals come",
       .self = {.operands = "SECONDS [SIGNAL...]",
                .least_operands = 1,
                .most_operands = ANY_NUMBER,
                .run = run});

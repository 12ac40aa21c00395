/* SPDX-License-Identifier: MIT */
/*
 * fiforead - copy a FIFO to standard output
 *
 * See fifo(7).
 */
#include "applet.h"
#include "base/deadline.h"
#include "io/fifo_read.h"

struct fiforead {
	struct timeout timeout;
	bool keep;
	const char *into;
};

static const struct option_row options[] = {
    WAIT_OPTIONS(fiforead, timeout),
    FLAG('k', "keep", fiforead, keep, 0,
         "continue after the last writer has closed the FIFO"),
    INTO(fiforead, into, 0, SHELL_VARIABLE_BYTES, EXCLUDES("keep")),
    END_OF_OPTIONS,
};

static enum status fiforead_run(const void *opts, int argc, char **argv)
{
	const struct fiforead *given = opts;
	struct deadline deadline = deadline_start(given->timeout);
	(void)argc;
	return fifo_read(argv[0], given->keep, &deadline);
}

APPLET(fiforead, .summary = "copy a FIFO to standard output",
       .group = APPLETS_FIFOS_AND_PIPES, .example = "fiforead -k log >all &",
       .self = {.operands = "FIFO",
                .operand_kinds = {OPERAND_FIFO},
                .min_operands = 1,
                .max_operands = 1,
                .options = options,
                OPTIONS_OF(fiforead),
                .run = fiforead_run});

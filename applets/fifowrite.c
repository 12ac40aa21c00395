/* SPDX-License-Identifier: MIT */
/*
 * fifowrite - write text or standard input to a FIFO
 *
 * See fifo(7).
 */
#include "applet.h"
#include "io/fifo_write.h"

struct fifowrite {
	struct timeout timeout;
};

static const struct option_row options[] = {
    WAIT_OPTIONS(fifowrite, timeout),
    END_OF_OPTIONS,
};

static enum status fifowrite_run(const void *opts, int argc, char **argv)
{
	const struct fifowrite *given = opts;
	return fifo_write(argv[0], argc > 1 ? argv[1] : NULL, given->timeout);
}

APPLET(fifowrite, .summary = "write text or standard input to a FIFO",
       .group = APPLETS_FIFOS_AND_PIPES, .example = "fifowrite -n pipe hello; echo $?",
       .self = {.operands = "FIFO [TEXT]",
                .operand_kinds = {OPERAND_FIFO, OPERAND_TEXT},
                .min_operands = 1,
                .max_operands = 2,
                .options = options,
                OPTIONS_OF(fifowrite),
                .run = fifowrite_run});

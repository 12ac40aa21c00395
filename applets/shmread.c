/* SPDX-License-Identifier: MIT */
/*
 * shmread - write the contents of a shared memory object to standard output
 *
 * By splice(2) or pread(2), not through a mapping: if another process truncates the
 * object, that is reported and raises no SIGBUS. A System V segment, which cannot be
 * truncated, is attached.
 */
#include "applet.h"
#include "base/frontend.h"
#include "base/termsig.h"
#include "shm/copy_out.h"

static const struct copy_out defaults = {.length = INT64_MAX};

static const struct option_row options[] = {
    SIZE('o', "offset", copy_out, offset, 0, "OFFSET", 0, "begin at this byte"),
    SIZE('l', "length", copy_out, length, 0, "LENGTH", 0,
         "at most LENGTH bytes instead of all"),
    FLAG(0, "copy", copy_out, no_splice, 0,
         "copy the bytes into a pipe, do not move pages"),
    PROGRESS(copy_out, progress),
    INTO(copy_out, into, 0, SHELL_VARIABLE_BYTES, EXCLUDES("copy")),
    END_OF_OPTIONS,
};

static enum status shmread_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct copy_out *given = opts;
	struct name name;
	struct segment segment;
	struct termsig termsig;
	enum status status = name_parse(&name, NAME_MEMORY, argv[0]);
	if (status == STATUS_OK)
		status = segment_open(&segment, &name, SEGMENT_READ);
	if (status != STATUS_OK)
		return status;
	/* it holds nothing: a signal may end a program at any time, but not a shell, nor
	 * in the middle of a status line */
	bool catches = frontend_is_builtin() || given->progress != VALUE_WHEN_NEVER;
	if (catches)
		termsig_begin(&termsig);
	status = copy_out(&segment, given);
	segment_close(&segment);
	return catches ? termsig_end(&termsig, status) : status;
}

APPLET(shmread,
       .summary = "write the contents of a shared memory object to standard output",
       .group = APPLETS_SHARED_MEMORY, .example = "shmread -o 4 -l 3 /text; echo",
       .self = {.operands = "SHM",
                .operand_kinds = {OPERAND_SHM},
                .min_operands = 1,
                .max_operands = 1,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(copy_out),
                .run = shmread_run});

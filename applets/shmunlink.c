/* SPDX-License-Identifier: MIT */
/*
 * shmunlink - remove shared memory objects
 *
 * The name is removed at once; the memory is freed when no process has the object open or
 * mapped. See shm_unlink(3), shmctl(2).
 */
#include "applet.h"
#include "io/report.h"
#include "shm/segment.h"

struct shmunlink {
	bool force, verbose;
};

static const struct option_row options[] = {
    FORCE(shmunlink, force),
    VERBOSE(shmunlink, verbose),
    END_OF_OPTIONS,
};

static enum status shmunlink_one(const void *opts, const char *text)
{
	const struct shmunlink *given = opts;
	struct name name;
	enum status status = name_parse(&name, NAME_MEMORY, text);
	if (status == STATUS_OK)
		status = segment_unlink(&name, given->force);
	if (status == STATUS_NOT_FOUND && given->force)
		return STATUS_OK;
	if (status == STATUS_OK && given->verbose)
		report_info("Removed %s", name.text);
	return status;
}

static enum status shmunlink_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	return status_of_each(argv, opts, shmunlink_one);
}

APPLET(shmunlink, .summary = "remove shared memory objects",
       .group = APPLETS_SHARED_MEMORY, .example = "shmunlink -v /notes",
       .self = {.operands = "SHM...",
                .operand_kinds = {OPERAND_SHM | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(shmunlink),
                .run = shmunlink_run});

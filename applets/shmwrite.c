/* SPDX-License-Identifier: MIT */
/*
 * shmwrite - write text or standard input to a shared memory object
 *
 * By splice(2), sendfile(2) or pwrite(2), not through a mapping: a full file system is an
 * error and raises no SIGBUS. Input of a known length gets its memory first, so that it
 * is written whole or not at all.
 */
#include "applet.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/report.h"
#include "shm/copy_in.h"

struct shmwrite {
	int64_t offset;
	bool grow, verbose;
	enum value_when progress;
};

static const struct shmwrite defaults = {.offset = COPY_IN_REPLACE};

static const struct option_row options[] = {
    SIZE('o', "offset", shmwrite, offset, 0, "OFFSET", 0,
         "write in place from this byte on; without it the contents are replaced"),
    FLAG('g', "grow", shmwrite, grow, 0, "with --offset: write past the end too",
         REQUIRES("offset")),
    VERBOSE(shmwrite, verbose),
    PROGRESS(shmwrite, progress),
    END_OF_OPTIONS,
};

static enum status shmwrite_write(const struct shmwrite *given,
                                  const struct segment *segment, const char *text)
{
	int64_t written;
	const struct copy_in in = {.text = text,
	                           .offset = given->offset,
	                           .grow = given->grow,
	                           .progress = given->progress};
	enum status status = copy_in(segment, &in, &written);
	if (status == STATUS_OK && given->verbose)
		report_info("Copying %lld bytes", (long long)written);
	return status;
}

static enum status shmwrite_run(const void *opts, int argc, char **argv)
{
	const struct shmwrite *given = opts;
	struct name name;
	struct segment segment;
	enum status status = name_parse(&name, NAME_MEMORY, argv[0]);
	if (status == STATUS_OK && given->grow && segment_has_fixed_size(&name))
		status = error_usage("%s: --grow: System V segments have a fixed size",
		                     name.text);
	if (status == STATUS_OK)
		status = segment_open(&segment, &name, SEGMENT_WRITE);
	if (status != STATUS_OK)
		return status;
	struct termsig termsig;
	termsig_begin(&termsig);
	status = shmwrite_write(given, &segment, argc > 1 ? argv[1] : NULL);
	segment_close(&segment);
	return termsig_end(&termsig, status);
}

APPLET(shmwrite, .summary = "write text or standard input to a shared memory object",
       .group = APPLETS_SHARED_MEMORY, .example = "date | shmwrite /text",
       .self = {.operands = "SHM [TEXT]",
                .operand_kinds = {OPERAND_SHM, OPERAND_TEXT},
                .min_operands = 1,
                .max_operands = 2,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(shmwrite),
                .run = shmwrite_run});

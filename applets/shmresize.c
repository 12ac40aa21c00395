/* SPDX-License-Identifier: MIT */
/*
 * shmresize - change the size of a shared memory object
 *
 * ftruncate(2): removed bytes are lost, added bytes are zeros. A process that accesses a
 * mapping past the new end is killed by SIGBUS.
 */
#include "applet.h"
#include "io/error.h"
#include "shm/segment.h"

static enum status shmresize_run(const void *opts, int argc, char **argv)
{
	(void)opts;
	(void)argc;
	struct name name;
	struct segment segment;
	int64_t size = 0;
	struct value_error reason;
	enum status status = name_parse(&name, NAME_MEMORY, argv[0]);
	if (status == STATUS_OK)
		status = error_unless_valid(
		    argv[1], value_size(argv[1], 0, INT64_MAX, &size, &reason));
	if (status != STATUS_OK)
		return status;
	if (segment_has_fixed_size(&name))
		return error_usage("%s: System V segments have a fixed size", name.text);
	status = segment_open(&segment, &name, SEGMENT_WRITE);
	if (status != STATUS_OK)
		return status;
	status = segment_resize(&segment, size);
	segment_close(&segment);
	return status;
}

APPLET(shmresize, .summary = "change the size of a shared memory object",
       .group = APPLETS_SHARED_MEMORY, .example = "shmresize /log 1M",
       .self = {.operands = "SHM SIZE",
                .operand_kinds = {OPERAND_SHM, OPERAND_NUMBER},
                .min_operands = 2,
                .max_operands = 2,
                .run = shmresize_run});

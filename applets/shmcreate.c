/*
 * shmcreate - create a shared memory object of a given size
 *
 * shm_open(3) and ftruncate(2) in one step: no process can open an object that is still
 * empty. shmget(2) is one step itself.
 */
#include "applet.h"
#include "base/termsig.h"
#include "io/error.h"
#include "object/sysv.h"
#include "shm/segment.h"

struct shmcreate {
	bool ensure, reserve;
	struct value_mode mode;
};

static const struct shmcreate defaults = {.mode = {.bits = 0600}};

static const struct option_row options[] = {
    ENSURE(shmcreate, ensure),
    MODE(shmcreate, mode, "permission bits, exactly these"),
    FLAG(0, "reserve", shmcreate, reserve, 0, "allocate all its memory now"),
    END_OF_OPTIONS,
};

static enum status shmcreate_one(const struct shmcreate *given, const struct name *name,
                                 int64_t size)
{
	struct segment_created created = {0};
	const struct segment_attributes attributes = {.size = size,
	                                              .mode = given->mode,
	                                              .reserve = given->reserve,
	                                              .created = &created};
	enum status status = given->ensure ? segment_ensure(name, &attributes)
	                                   : segment_create(name, &attributes);
	if (status == STATUS_OK && name->family == NAME_FAMILY_SYSTEM_V)
		status = sysv_print_id(created.id, created.is_new, segment_unlink);
	return status;
}

static enum status shmcreate_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	struct name name;
	int64_t size = 0;
	struct value_error reason;
	enum status status = name_parse(&name, NAME_MEMORY, argv[0]);
	if (status == STATUS_OK)
		status = error_unless_valid(
		    argv[1], value_size(argv[1], 0, INT64_MAX, &size, &reason));
	if (status != STATUS_OK)
		return status;
	/* allocating much memory takes time and can be interrupted */
	struct termsig termsig;
	termsig_begin(&termsig);
	return termsig_end(&termsig, shmcreate_one(opts, &name, size));
}

APPLET(shmcreate, .summary = "create a shared memory object of a given size",
       .group = APPLETS_SHARED_MEMORY,
       .example = "shmcreate -e -m 660 /cache 64K && echo ready",
       .self = {.operands = "SHM SIZE",
                .operand_kinds = {OPERAND_SHM, OPERAND_NUMBER},
                .min_operands = 2,
                .max_operands = 2,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(shmcreate),
                .run = shmcreate_run});

/*
 * shmcreate - make a shared memory object of a given size
 *
 * shm_open(3) and ftruncate(2) in one step: nobody sees an object that is still empty.
 * Or shmget(2), which is one step itself.
 */
#include "applet.h"
#include "base/termsig.h"
#include "io/report.h"
#include "object/sysv.h"
#include "shm/segment.h"

struct shmcreate {
	bool ensure, reserve;
	struct mode mode;
};

static const struct shmcreate defaults = {.mode = {.bits = 0600}};

static const struct option_row options[] = {
    ENSURE(shmcreate, ensure),
    MODE(shmcreate, mode, "permission bits, octal or symbolic; 0600 without it"),
    FLAG(0, "reserve", shmcreate, reserve, 0, "take all its memory now"),
    END_OF_OPTIONS,
};

static enum status create(const struct shmcreate *given, const struct name *name,
                          int64_t size)
{
	struct segment_made made = {0};
	const struct segment_shape shape = {
	    .size = size, .mode = given->mode, .reserve = given->reserve, .made = &made};
	enum status status =
	    given->ensure ? segment_ensure(name, &shape) : segment_create(name, &shape);
	if (status == STATUS_DONE && name->family == FAMILY_SYSTEM_V)
		status = sysv_print_id(made.id, made.is_new, segment_unlink);
	return status;
}

static enum status run(const void *opts, int argc, char **argv)
{
	(void)argc;
	struct name name;
	int64_t size;
	struct reason reason;
	enum status status = name_parse(&name, NAME_MEMORY, argv[0]);
	if (status != STATUS_DONE)
		return status;
	const char *wrong = value_size(argv[1], 0, INT64_MAX, &size, &reason);
	if (wrong != NULL)
		return usage_error("'%s' is %s", argv[1], wrong);
	/* to take much memory takes a while, and can be given up */
	struct interrupt interrupt;
	interrupt_begin(&interrupt);
	return interrupt_end(&interrupt, create(opts, &name, size));
}

APPLET(shmcreate, .summary = "make a shared memory object of a given size",
       .self = {.operands = "SHM SIZE",
                .least_operands = 2,
                .most_operands = 2,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(shmcreate),
                .run = run});

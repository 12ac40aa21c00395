/* SPDX-License-Identifier: MIT */
/*
 * shmcreate - create a shared memory object of a given size
 *
 * With --run it has no name: memfd_create(2).
 *
 * shm_open(3) and ftruncate(2) in one step: no process can open an object that is still
 * empty. shmget(2) is one step itself.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "applet.h"
#include "base/termsig.h"
#include "io/error.h"
#include "object/sysv.h"
#include "process/child.h"
#include "process/exec.h"
#include "shm/memfd.h"
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

/* ---------------------------------------------------------------------- run */

enum { LOWEST_FOR_COMMAND = 3 };

struct shmcreate_run {
	int64_t fd; /* 0: the lowest that is free */
	const char *name, *seals;
	bool reserve;
};

static const struct option_row run_options[] = {
    NUMBER('f', "fd", shmcreate_run, fd, 0, "FD", LOWEST_FOR_COMMAND, INT_MAX,
           "the number of the descriptor, which must be free"),
    STRING(0, "name", shmcreate_run, name, 0, "NAME",
           "the name shown in /proc/PID/maps: memfd:NAME"),
    STRING(0, "seal", shmcreate_run, seals, 0, "LIST",
           "what is forbidden for good: of shrink,grow,write,seal", .value = OPERAND_WORD,
           .words = "shrink grow write seal"),
    FLAG(0, "reserve", shmcreate_run, reserve, 0, "allocate all its memory now"),
    END_OF_OPTIONS,
};

/* In the process that becomes the command. */
static bool shmcreate_export_fd(void *argument)
{
	int fd = *(const int *)argument;
	char number[16];
	snprintf(number, sizeof number, "%d", fd);
	if (fcntl(fd, F_SETFD, 0) == 0 && setenv("SHM_FD", number, 1) == 0)
		return true;
	error_errno("descriptor %d", fd);
	return false;
}

static enum status shmcreate_memfd(int *fd, const struct shmcreate_run *given,
                                   const char *text)
{
	struct memfd_attributes attributes = {.reserve = given->reserve,
	                                      .name = given->name};
	struct value_error reason;
	int wanted = given->fd != 0 ? (int)given->fd : LOWEST_FOR_COMMAND;
	enum status status = error_unless_valid(
	    text, value_size(text, 0, INT64_MAX, &attributes.size, &reason));
	if (status == STATUS_OK && given->seals != NULL)
		status = memfd_parse_seals(given->seals, &attributes.seals);
	if (status == STATUS_OK)
		status = memfd_create_sealed(fd, &attributes, wanted);
	if (status == STATUS_OK && given->fd != 0 && *fd != wanted) {
		close(*fd);
		return error_as(STATUS_FAILED, "descriptor %d: already open", wanted);
	}
	return status;
}

static enum status shmcreate_run_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	char **command;
	int fd = -1;
	enum status status = exec_parse(&command, argv + 1);
	if (status == STATUS_OK)
		status = shmcreate_memfd(&fd, opts, argv[0]);
	if (status != STATUS_OK)
		return status_before_command(status);
	status = child_run(command, shmcreate_export_fd, &fd);
	close(fd);
	return status;
}

static const struct subcommand shmcreate_run_subcommand = {
    .name = "--run",
    .summary = "run a command that has memory without a name, its descriptor in $SHM_FD",
    .example = "shmcreate --run 4K --seal shrink,grow -- sh job",
    .operands = "SIZE [--] COMMAND [ARG...]",
    .operand_kinds = {OPERAND_NUMBER, OPERAND_COMMAND},
    .min_operands = 2,
    .max_operands = OPERANDS_UNLIMITED,
    .options = run_options,
    OPTIONS_OF(shmcreate_run),
    .run = shmcreate_run_run,
    .runs_command = true,
};

static const struct subcommand *const subcommands[] = {&shmcreate_run_subcommand, NULL};

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
                .run = shmcreate_run},
       .subcommands = subcommands);

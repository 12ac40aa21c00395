/* SPDX-License-Identifier: MIT */
/*
 * The operands of lockrun, in the forms that flock(1) has too:
 *
 *	FILE [--] COMMAND [ARG...]
 *	FILE -c LINE	the LINE for the shell: of $SHELL, or /bin/sh
 *	FD		a descriptor that the shell has open
 */
#ifndef LOCK_OPERANDS_H
#define LOCK_OPERANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/string_list.h"
#include "lock/lock.h"

/* Given by options. */
struct lock_operands_options {
	int64_t fd;           /* -1: not given */
	const char *line;     /* of -c; NULL: not given */
	bool require_command; /* one that makes no sense without a command was given */
};

struct lock_operands {
	int fd; /* -1: there is a command */
	char **command;
	char *shell[4]; /* command points here for a LINE */
};

/* The files or locks in shared memory: FILE and the values of --also. */
struct lock_operands_names {
	const char *at[LOCK_SET_MAX];
	int count;
};
struct lock_operands_names lock_operands_names(const char *file,
                                               const struct string_list *also);

/* STATUS_OK, or a usage error, reported. */
enum status lock_operands_parse(struct lock_operands *operands,
                                const struct lock_operands_options *options, int argc,
                                char **argv);

#endif

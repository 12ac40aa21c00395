/* SPDX-License-Identifier: MIT */
/*
 * The functions that each front end provides: src/program/frontend.c implements it for
 * the program, src/bash/frontend.c for the loadable builtins.
 */
#ifndef BASE_FRONTEND_H
#define BASE_FRONTEND_H

#include <stdbool.h>
#include <stddef.h>

bool frontend_is_builtin(void);

/* The termination signal that the handler of the shell has recorded, or 0. */
int frontend_pending_signal(void);

/*
 * Why a variable of the shell cannot be set, NULL if it can: a readonly one; an
 * associative array; one that the shell itself computes; a name reference to anything but
 * a variable; unless only numbers are stored in it, an integer one, for which the shell
 * evaluates a text as an expression, with the commands in it. To be asked before anything
 * is acquired: the shell leaves the call by a jump if such an assignment fails.
 */
const char *frontend_variable_refusal(const char *name, bool number);

/*
 * Set a variable of the shell that is not refused: the local one, if a function that is
 * running has one of this name. An indexed array has this one element then. 0, or -1 with
 * errno EINVAL (not the name of a variable), ENOMEM, ENOSYS (in the program).
 */
int frontend_set_variable(const char *name, const char *value);

/* The same; it becomes an indexed array of these values, which may be none. */
int frontend_set_array(const char *name, char *const *values, size_t count);

/* The value of a variable of the environment or the shell, NULL if unset. */
const char *frontend_get_variable(const char *name);

/*
 * In a child, before exec: undo the changes of the front end to the process (SIGPIPE and
 * SIGXFSZ ignored, descriptors 0 to 2 filled), so that the command inherits what the
 * caller had.
 */
void frontend_restore_for_exec(void);

/*
 * The environment for a command, the changes by setenv(3) included. That of a shell
 * differs from environ. The next call, or the shell, frees it: what is to last is copied.
 */
char **frontend_environment(void);

#endif

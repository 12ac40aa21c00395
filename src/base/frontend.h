/*
 * What the two front ends give to applets: src/program/frontend.c implements it for the
 * program, src/bash/frontend.c for the loadable builtins.
 */
#ifndef BASE_FRONTEND_H
#define BASE_FRONTEND_H

#include <stdbool.h>

bool frontend_is_builtin(void);

/* The signal that the shell's own handler noted as asking it to end, or 0. */
int frontend_pending_signal(void);

/*
 * Set a shell variable of the shell that we are a builtin of. 0, or -1 with
 * errno EINVAL (not a variable's name), EROFS (readonly), ENOSYS (no shell).
 */
int frontend_set_variable(const char *name, const char *value);

/* The value of an environment or shell variable, NULL if unset. */
const char *frontend_get_variable(const char *name);

/*
 * In a child, before exec: undo what the front end did to the process (ignored SIGPIPE
 * and SIGXFSZ, replaced descriptors), so that the command gets what the caller had.
 */
void frontend_restore_for_exec(void);

/*
 * In a child, before exec: the environment for the command, with what setenv(3) has
 * changed since. A shell's own differs from environ.
 */
char **frontend_environment(void);

#endif

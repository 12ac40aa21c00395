/* SPDX-License-Identifier: MIT */
/*
 * Execute a command as env(1) and execvp(3) do: the same with every C library, and with
 * the environment of the shell that runs the applet as a builtin.
 */
#ifndef PROCESS_EXEC_H
#define PROCESS_EXEC_H

#include "base/status.h"

/*
 * In a program that has nothing more to do: become the command. Returns only if that
 * fails, reported: STATUS_CANNOT_EXEC or STATUS_NO_COMMAND.
 */
enum status exec_replace(char **argv);

/* As exec_replace(), in a child that has called frontend_restore_for_exec(). */
enum status exec_command(char **argv);

/*
 * Operands from COMMAND on, or from a "--" before it: *command is where it begins.
 * STATUS_OK, or a usage error if no command follows.
 */
enum status exec_parse(char ***command, char **operands);

/*
 * "[-- COMMAND [ARG...]]": operands from the "--" on. STATUS_OK, *command being NULL
 * without any; or a usage error if the first one is not "--" or no command follows.
 */
enum status exec_parse_optional(char ***command, char **operands);

/*
 * Find a command as env(1) does now: an executable file, in a directory of PATH unless
 * the name has a slash. 0, or -1 with errno.
 */
struct exec_path {
	char text[4096];
};
int exec_find(struct exec_path *path, const char *name);

/*
 * A file without a #! line is a script for the shell: argv to execute in its place, with
 * "/bin/sh" and the path before argv[1]. To be freed; NULL: ENOMEM.
 */
char **exec_script_argv(const char *path, char **argv);

#endif

/*
 * Become a command, as env(1) and execvp(3) do: the same with every C library, and with
 * the environment of the shell whose builtin we are.
 */
#ifndef PROCESS_EXEC_H
#define PROCESS_EXEC_H

#include "base/status.h"

/*
 * For the program alone, which has no more to do: become the command instead of starting
 * it. Returns only where that fails: 126 or 127, reported.
 */
enum status exec_replace(char **argv);

/* As exec_replace(), in a child which has done frontend_restore_for_exec(). */
enum status exec_command(char **argv);

/*
 * Where a command is found now, as env(1) looks for it: a file that may be run, in one of
 * the folders of PATH unless its name has a slash. 0, or -1 with errno.
 */
struct exec_path {
	char text[4096];
};
int exec_find(struct exec_path *path, const char *name);

/*
 * What has no #! line is a script for the shell: the words to execute in its place,
 * argv's behind "/bin/sh" and the path. To be freed; NULL: no memory.
 */
char **exec_script_argv(const char *path, char **argv);

#endif

/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/frontend.h"
#include "io/error.h"
#include "process/exec.h"

char **exec_script_argv(const char *path, char **argv)
{
	size_t count = 0;
	while (argv[count] != NULL)
		count++;
	char **script = calloc(count + 2, sizeof *script);
	if (script == NULL)
		return NULL;
	script[0] = (char *)(uintptr_t) "/bin/sh";
	script[1] = (char *)(uintptr_t)path;
	for (size_t i = 1; i < count; i++)
		script[i + 1] = argv[i];
	return script;
}

/* execvp(3) of glibc does this, musl's does not. */
static void execve_script(const char *path, char **argv, char **environment)
{
	char **script = exec_script_argv(path, argv);
	if (script == NULL)
		return;
	execve(script[0], script, environment);
	free((void *)script);
}

/* Returns only if it fails, with errno. */
static void execve_or_script(const char *path, char **argv, char **environment)
{
	execve(path, argv, environment);
	if (errno == ENOEXEC)
		execve_script(path, argv, environment);
}

/* After this error, is the next directory of PATH tried? */
static bool is_next_directory_tried(int error)
{
	return error == ENOENT || error == ENOTDIR || error == EACCES ||
	       error == ENAMETOOLONG || error == ESTALE || error == ENODEV ||
	       error == ETIMEDOUT;
}

static const char *path_variable(char **environment)
{
	for (; environment != NULL && *environment != NULL; environment++)
		if (strncmp(*environment, "PATH=", 5) == 0)
			return *environment + 5;
	return "/usr/local/bin:/usr/bin:/bin";
}

/*
 * The name in the next directory of PATH with which it is not too long; an empty one is
 * the current directory. *rest begins as path_variable(). False at the end of PATH.
 */
static bool next_path_candidate(struct exec_path *path, const char **rest,
                                const char *name)
{
	size_t size = sizeof path->text;
	while (*rest != NULL && *name != '\0') {
		const char *directory = *rest;
		int length = (int)strcspn(directory, ":");
		int needed = snprintf(path->text, size, "%.*s%s%s", length, directory,
		                      length > 0 ? "/" : "", name);
		*rest = directory[length] != '\0' ? directory + length + 1 : NULL;
		if (needed >= 0 && (size_t)needed < size)
			return true;
	}
	return false;
}

/*
 * execvp(3), the same with every C library. Returns only if it fails, with errno: EACCES
 * if a directory of PATH has the file but it cannot be executed.
 */
static void execvpe_portably(char **argv, char **environment)
{
	const char *name = argv[0];
	if (strchr(name, '/') != NULL) {
		execve_or_script(name, argv, environment);
		return;
	}
	int error = ENOENT;
	struct exec_path path;
	const char *rest = path_variable(environment);
	while (next_path_candidate(&path, &rest, name)) {
		execve_or_script(path.text, argv, environment);
		if (!is_next_directory_tried(errno))
			return;
		if (errno == EACCES)
			error = EACCES;
	}
	errno = error;
}

static bool is_executable_file(const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return false;
	if (S_ISREG(st.st_mode))
		return access(path, X_OK) == 0;
	errno = EACCES;
	return false;
}

int exec_find(struct exec_path *path, const char *name)
{
	int error = ENOENT;
	if (strchr(name, '/') != NULL) {
		snprintf(path->text, sizeof path->text, "%s", name);
		return is_executable_file(path->text) ? 0 : -1;
	}
	const char *rest = path_variable(frontend_environment());
	while (next_path_candidate(path, &rest, name)) {
		if (is_executable_file(path->text))
			return 0;
		if (errno == EACCES)
			error = EACCES;
	}
	errno = error;
	return -1;
}

enum status exec_parse(char ***command, char **operands)
{
	*command = operands + (strcmp(operands[0], "--") == 0 ? 1 : 0);
	return **command != NULL ? STATUS_OK : error_usage("missing COMMAND");
}

enum status exec_parse_optional(char ***command, char **operands)
{
	*command = NULL;
	if (operands[0] == NULL)
		return STATUS_OK;
	if (strcmp(operands[0], "--") != 0)
		return error_usage("unexpected operand '%s': COMMAND must follow --",
		                   operands[0]);
	if (operands[1] == NULL)
		return error_usage("missing COMMAND");
	*command = operands + 1;
	return STATUS_OK;
}

enum status exec_command(char **argv)
{
	execvpe_portably(argv, frontend_environment());
	int error = errno;
	error_errno("%s", argv[0]);
	return error == ENOENT ? STATUS_NO_COMMAND : STATUS_CANNOT_EXEC;
}

enum status exec_replace(char **argv)
{
	frontend_restore_for_exec();
	return exec_command(argv);
}

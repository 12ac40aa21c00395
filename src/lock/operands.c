/* SPDX-License-Identifier: MIT */
#include "lock/operands.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/value.h"
#include "io/error.h"
#include "process/exec.h"

/* "-c" and LINE behind FILE, where flock(1) has them. */
static const char *find_line(int argc, char **argv)
{
	bool is_line = argc == 3 &&
	               (strcmp(argv[1], "-c") == 0 || strcmp(argv[1], "--command") == 0);
	return is_line ? argv[2] : NULL;
}

static void set_shell_command(struct lock_operands *operands, const char *line)
{
	/* bash has a variable SHELL too if the environment has none, and a getenv(3) of
	 * its own, which knows what is exported */
	const char *shell = getenv("SHELL");
	if (shell == NULL || *shell == '\0')
		shell = "/bin/sh";
	operands->shell[0] = (char *)(uintptr_t)shell;
	operands->shell[1] = (char *)(uintptr_t) "-c";
	operands->shell[2] = (char *)(uintptr_t)line;
	operands->shell[3] = NULL;
	operands->command = operands->shell;
}

static enum status parse_command(struct lock_operands *operands, const char *line,
                                 int argc, char **argv)
{
	if (argc == 0)
		return error_usage("missing operand FILE");
	if (line != NULL && argc > 1)
		return error_usage("extra operand '%s'", argv[1]);
	if (line == NULL)
		line = find_line(argc, argv);
	if (line != NULL) {
		set_shell_command(operands, line);
		return STATUS_OK;
	}
	if (argc == 1)
		return error_usage("missing operand COMMAND after '%s'", argv[0]);
	return exec_parse(&operands->command, argv + 1);
}

enum status lock_operands_parse(struct lock_operands *operands,
                                const struct lock_operands_options *options, int argc,
                                char **argv)
{
	*operands = (struct lock_operands){.fd = (int)options->fd};
	if (options->fd >= 0)
		return argc == 0 ? STATUS_OK : error_usage("extra operand '%s'", argv[0]);
	if (argc == 1 && options->line == NULL && !options->require_command &&
	    value_descriptor(argv[0], &operands->fd) == NULL)
		return STATUS_OK;
	operands->fd = -1;
	return parse_command(operands, options->line, argc, argv);
}

struct lock_operands_names lock_operands_names(const char *file,
                                               const struct string_list *also)
{
	struct lock_operands_names names = {.at = {file}, .count = 1 + also->count};
	memcpy(names.at + 1, also->at, (size_t)also->count * sizeof *names.at);
	return names;
}

/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/call.h"
#include "base/default_action.h"
#include "cli/cli.h"
#include "cli/complete.h"
#include "cli/describe.h"
#include "io/error.h"
#include "remote/main.h"

static struct call only_call;

static enum status run_program(const struct applet *program, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--describe") == 0)
		return describe_print(program);
	if (argc > 2 && strcmp(argv[1], "--complete") == 0)
		return complete_print(program, argc - 2, argv + 2, 1);
	/* called by ipctool(1), before whose second word there is another one */
	if (argc > 2 && strcmp(argv[1], "--complete=2") == 0)
		return complete_print(program, argc - 2, argv + 2, 2);
	return cli_call(program, argv);
}

int remote_main(const struct applet *program, int argc, char **argv)
{
	call_begin(&only_call, program->name);
	enum status status =
	    argc < 1 ? error_usage("no name") : run_program(program, argc, argv);
	int signal = only_call.command_signal;
	if (signal != 0 && status == (enum status)(STATUS_SIGNAL + signal))
		default_action(signal);
	return (int)status;
}

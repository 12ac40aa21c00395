/*
 * The applets as loadable builtins of bash: enable -f ipctool.so mqsend …
 *
 * bash finds a builtin NAME by the symbols NAME_struct and NAME_builtin_load;
 * the registry makes both for every applet. Help texts come from the option
 * tables, when a builtin is loaded.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* bash's headers collide with nothing of ours but are not written for -Wconversion. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-parameter"
/* shell.h must come before common.h */
/* clang-format off */
#include "builtins.h"
#include "shell.h"
#include "builtins/common.h"
/* clang-format on */
#pragma GCC diagnostic pop

#include "applet.h"
#include "base/call.h"
#include "cli/cli.h"
#include "cli/help.h"

#define EXPORT __attribute__((visibility("default")))

static int run_builtin(const struct applet *applet, WORD_LIST *list)
{
	int argc;
	char **argv = make_builtin_argv(list, &argc);
	argv[0] = (char *)(uintptr_t)applet->name;
	struct call call;
	call_begin(&call, applet->name);
	enum status status = cli_call(applet, argv);
	call_end(&call);
	free(argv);
	return (int)status;
}

/* bash keeps the texts as long as the builtin is loaded, so they stay allocated. */
static int builtin_load(struct builtin *builtin, const struct applet *applet)
{
	enum { HELP_SIZE = 8192, USAGE_SIZE = 512 };
	if (builtin->long_doc != NULL)
		return 1;
	char *help = malloc(HELP_SIZE);
	char *usage = malloc(USAGE_SIZE);
	char **lines = calloc(2, sizeof *lines);
	if (help == NULL || usage == NULL || lines == NULL) {
		free(help);
		free(usage);
		free((void *)lines);
		return 0;
	}
	help_applet(applet, help, HELP_SIZE);
	int length = snprintf(usage, USAGE_SIZE, "%s ", applet->name);
	if (applet->self.run != NULL)
		help_usage(&applet->self, usage + length, USAGE_SIZE - (size_t)length);
	else
		snprintf(usage + length, USAGE_SIZE - (size_t)length,
		         "SUBCOMMAND [ARGUMENT...]");
	lines[0] = help;
	/* help of bash prints the usage itself, before the text */
	if (applet->self.run != NULL && applet->subcommands == NULL)
		lines[0] += strcspn(help, "\n") + 1;
	builtin->long_doc = lines;
	builtin->short_doc = usage;
	return 1;
}

#define X(name)                                                                          \
	extern const struct applet applet_##name;                                        \
	static int name##_call(WORD_LIST *list)                                          \
	{                                                                                \
		return run_builtin(&applet_##name, list);                                \
	}                                                                                \
	EXPORT extern struct builtin name##_struct;                                      \
	struct builtin name##_struct = {#name, name##_call, BUILTIN_ENABLED,             \
	                                NULL,  #name,       NULL};                       \
	EXPORT int name##_builtin_load(char *);                                          \
	int name##_builtin_load(char *unused)                                            \
	{                                                                                \
		(void)unused;                                                            \
		return builtin_load(&name##_struct, &applet_##name);                     \
	}
#include "registry.inc"

/*
 * The applets as loadable builtins of bash: enable -f ipctool.so mqsend …
 *
 * bash finds a builtin NAME by the symbols NAME_struct and NAME_builtin_load;
 * the registry makes both for every applet. Help texts come from the option
 * tables, when a builtin is loaded.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
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
#include "quit.h"
/* clang-format on */
#pragma GCC diagnostic pop

#undef STATUS_DONE
#include "applet.h"
#include "base/frontend.h"
#include "base/stdfds.h"
#include "cli/option.h"
#include "io/report.h"

/* trap.h of bash, which is not installed with its headers */
extern void restore_original_signals(void);

#define EXPORT __attribute__((visibility("default")))

/* The call that runs now: for a child that execs a command. */
static struct standard *current;

bool front_is_builtin(void)
{
	return true;
}

void front_guard(void)
{
	if (current != NULL)
		standard_guard(current);
}

int front_signal(void)
{
	return terminating_signal != 0 ? terminating_signal
	       : interrupt_state != 0  ? SIGINT
	                               : 0;
}

int front_set_variable(const char *name, const char *value)
{
	if (!legal_identifier(name)) {
		errno = EINVAL;
		return -1;
	}
	const SHELL_VAR *old = find_variable(name);
	if (old != NULL && (readonly_p(old) || noassign_p(old))) {
		errno = EROFS;
		return -1;
	}
	char *copy = strdup(value);
	if (copy == NULL)
		return -1;
	const SHELL_VAR *variable = bind_variable(name, copy, 0);
	free(copy);
	if (variable == NULL) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

const char *front_variable(const char *name)
{
	return get_string_value(name);
}

void front_restore_for_exec(void)
{
	/* traps, and what an interactive shell ignores but its commands do not */
	restore_original_signals();
	if (current != NULL)
		standard_restore(current);
}

char **front_environment(void)
{
	/* bash has a setenv(3) of its own, which does not mark the array as old */
	array_needs_making = 1;
	maybe_make_export_env();
	return export_env;
}

static int call(const struct applet *applet, WORD_LIST *list)
{
	int argc;
	char **argv = make_builtin_argv(list, &argc);
	argv[0] = (char *)(uintptr_t)applet->name;
	struct standard standard;
	struct standard *outer = current;
	standard_prepare(&standard);
	current = &standard;
	enum status status = applet_call(applet, argc, argv);
	current = outer;
	standard_restore(&standard);
	free(argv);
	return (int)status;
}

/* bash keeps the texts as long as the builtin is loaded, so they stay allocated. */
static int load(struct builtin *builtin, const struct applet *applet)
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
	applet_help(applet, help, HELP_SIZE);
	int length = snprintf(usage, USAGE_SIZE, "%s ", applet->name);
	if (applet->self.run != NULL)
		form_usage(&applet->self, usage + length, USAGE_SIZE - (size_t)length);
	else
		snprintf(usage + length, USAGE_SIZE - (size_t)length,
		         "VERB [ARGUMENT...]");
	lines[0] = help;
	builtin->long_doc = lines;
	builtin->short_doc = usage;
	return 1;
}

#define X(name)                                                                          \
	extern const struct applet applet_##name;                                        \
	static int name##_call(WORD_LIST *list)                                          \
	{                                                                                \
		return call(&applet_##name, list);                                       \
	}                                                                                \
	EXPORT extern struct builtin name##_struct;                                      \
	struct builtin name##_struct = {#name, name##_call, BUILTIN_ENABLED,             \
	                                NULL,  #name,       NULL};                       \
	EXPORT int name##_builtin_load(char *);                                          \
	int name##_builtin_load(char *unused)                                            \
	{                                                                                \
		(void)unused;                                                            \
		return load(&name##_struct, &applet_##name);                             \
	}
#include "registry.inc"

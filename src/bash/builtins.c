/* SPDX-License-Identifier: MIT */
/*
 * The applets as loadable builtins of bash: enable -f ipctool.so mqsend …
 *
 * bash finds a builtin NAME by the symbols NAME_struct and NAME_builtin_load;
 * the registry makes both for every applet. Help texts come from the option
 * tables, when a builtin is loaded.
 */
#include <config.h>

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
#include "base/mapping_cache.h"
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

/*
 * Pointers to the lines of a description, and a NULL after them; NULL: no memory. The
 * first, what the applet does, keeps its newline, which `help -d` of bash needs, in place
 * of the empty line that follows it.
 */
static char **split_lines(char *text)
{
	size_t count = 1;
	for (const char *p = text; *p != '\0'; p++)
		count += *p == '\n';
	char **lines = calloc(count + 1, sizeof *lines);
	if (lines == NULL)
		return NULL;
	char *end = strstr(text, "\n\n");
	for (size_t i = 0; *text != '\0'; i++) {
		lines[i] = text;
		text = i == 0 && end != NULL ? end + 1 : text + strcspn(text, "\n");
		if (*text != '\0')
			*text++ = '\0';
	}
	return lines;
}

/*
 * bash keeps the texts as long as the builtin is loaded, so they stay allocated. Its
 * `help` prints the usage after the name, and indents the lines that follow; `help -d`
 * prints the first of these.
 */
static int builtin_load(struct builtin *builtin, const struct applet *applet)
{
	enum { HELP_SIZE = 16384, USAGE_SIZE = 512, WIDTH = 80, INDENT = 4 };
	if (builtin->long_doc != NULL)
		return 1;
	char *help = malloc(HELP_SIZE);
	char *usage = malloc(USAGE_SIZE);
	char **lines = NULL;
	if (help != NULL && usage != NULL) {
		help_description(applet, WIDTH - INDENT, help, HELP_SIZE);
		lines = split_lines(help);
	}
	if (lines == NULL) {
		free(help);
		free(usage);
		return 0;
	}
	help_synopsis(applet, WIDTH - strlen(applet->name) - strlen(": "), usage,
	              USAGE_SIZE);
	builtin->long_doc = lines;
	builtin->short_doc = usage;
	return 1;
}

/* enable -d: the library may be unloaded after it */
static void builtin_unload(void)
{
	mapping_cache_drop(NULL);
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
	}                                                                                \
	EXPORT void name##_builtin_unload(char *);                                       \
	void name##_builtin_unload(char *unused)                                         \
	{                                                                                \
		(void)unused;                                                            \
		builtin_unload();                                                        \
	}
#include "registry.inc"

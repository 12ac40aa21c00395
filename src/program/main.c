/* SPDX-License-Identifier: MIT */
/*
 * The program: dispatch on the name it is called by, or on the first operand.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applet.h"
#include "base/call.h"
#include "base/default_action.h"
#include "cli/cli.h"
#include "cli/complete.h"
#include "cli/describe.h"
#include "cli/help.h"
#include "io/error.h"
#include "io/output.h"
#include "io/suggestion.h"
#include "program/external.h"

#define X(name) extern const struct applet applet_##name;
#include "registry.inc"
#undef X

/*
 * The names stand here once more, beside each other: to look for one among the applets'
 * own structs would touch pages all over the program.
 */
#define X(name) {#name, &applet_##name},
static const struct {
	const char *name;
	const struct applet *applet;
} applets[] = {
#include "registry.inc"
};
#undef X

enum { APPLET_COUNT = sizeof applets / sizeof *applets };

static const struct applet *find_applet(const char *name)
{
	for (size_t i = 0; i < APPLET_COUNT; i++)
		if (strcmp(applets[i].name, name) == 0)
			return applets[i].applet;
	return NULL;
}

/* --------------------------------------------------- the binary's own options */

struct ipctool {
	bool list, is_long, applets, install, symbolic, bash, names;
	const char *describe;
};

enum { GROUP_ACTION = 2 };

static const struct ipctool ipctool_defaults;

static const struct option_row options[] = {
    FLAG('l', "list", ipctool, list, GROUP_ACTION,
         "list the applets, and the programs ipctool-NAME"),
    FLAG(0, "long", ipctool, is_long, 0, "their summaries too, or paths",
         REQUIRES("list")),
    FLAG(0, "applets", ipctool, applets, 0, "only the applets", REQUIRES("list")),
    STRING(0, "describe", ipctool, describe, GROUP_ACTION, "APPLET",
           "print an applet's option table, tab separated", .value = OPERAND_APPLET),
    FLAG(0, "install", ipctool, install, GROUP_ACTION,
         "make a link for each applet in DIR, the operand"),
    FLAG('s', "symbolic", ipctool, symbolic, 0, "make symbolic links",
         REQUIRES("install")),
    FLAG(0, "bash", ipctool, bash, GROUP_ACTION,
         "print the line that makes the applets builtins of bash"),
    FLAG(0, "names", ipctool, names, 0, "only the names of the builtins",
         REQUIRES("bash")),
    END_OF_OPTIONS,
};

static enum status list_one(const char *name, const char *summary, bool with_summary)
{
	return with_summary ? output_printf("%-12s %s\n", name, summary)
	                    : output_printf("%s\n", name);
}

/* Both lists are sorted. A program that has the name of an applet is never run. */
static enum status list_merged(const struct external_list *programs, bool with_summaries)
{
	enum status status = STATUS_OK;
	size_t next = 0;
	for (size_t i = 0; i <= APPLET_COUNT && status == STATUS_OK; i++) {
		const char *name = i < APPLET_COUNT ? applets[i].name : NULL;
		for (; next < programs->count && status == STATUS_OK; next++) {
			const struct external *program = &programs->at[next];
			if (name != NULL && strcmp(program->name, name) > 0)
				break;
			if (find_applet(program->name) == NULL)
				status = list_one(program->name, program->path,
				                  with_summaries);
		}
		if (name != NULL && status == STATUS_OK)
			status =
			    list_one(name, applets[i].applet->summary, with_summaries);
	}
	return status;
}

static enum status list_all(const struct ipctool *given)
{
	struct external_list programs = {0};
	enum status status = STATUS_OK;
	if (!given->applets && !external_list_begin(&programs))
		status = error_errno("--list");
	if (status == STATUS_OK)
		status = list_merged(&programs, given->is_long);
	external_list_end(&programs);
	return status;
}

/* The path of the running binary; false, reported, if /proc cannot be read. */
static bool own_executable_path(char path[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
	if (length < 0) {
		error_errno("/proc/self/exe");
		return false;
	}
	path[length] = '\0';
	return true;
}

/* A link of this name that is ours already is replaced; anything else is not. */
static int remove_own_link(int dir, const char *name, const char *path)
{
	struct stat link_stat, own_stat;
	if (fstatat(dir, name, &link_stat, 0) < 0)
		return fstatat(dir, name, &link_stat, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : -1;
	if (stat(path, &own_stat) < 0 || link_stat.st_dev != own_stat.st_dev ||
	    link_stat.st_ino != own_stat.st_ino)
		return 0;
	return unlinkat(dir, name, 0);
}

static enum status install_links(const char *directory, bool symbolic)
{
	char path[PATH_MAX];
	if (!own_executable_path(path))
		return STATUS_FAILED;
	int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return error_errno("%s", directory);
	enum status status = STATUS_OK;
	for (size_t i = 0; i < APPLET_COUNT; i++) {
		const char *name = applets[i].applet->name;
		remove_own_link(dir, name, path);
		int result = symbolic ? symlinkat(path, dir, name)
		                      : linkat(AT_FDCWD, path, dir, name, 0);
		if (result < 0 && errno == EXDEV) { /* and so are all the others */
			status =
			    error_as(STATUS_FAILED,
			             "%s: is on a different file system from %s; use -s",
			             directory, path);
			break;
		}
		if (result < 0)
			status = status_first_failure(
			    status, error_errno("%s/%s", directory, name));
	}
	close(dir);
	return status;
}

/* Beside the binary, or where it was installed. */
static const char *find_library(char path[PATH_MAX])
{
	if (!own_executable_path(path))
		return NULL;
	char *slash = strrchr(path, '/');
	const char *name = "/ipctool.so";
	if (slash != NULL && (size_t)(slash - path) + strlen(name) < PATH_MAX) {
		strcpy(slash, name);
		if (access(path, R_OK) == 0)
			return path;
	}
	if (access(IPCTOOL_LIBRARY, R_OK) == 0)
		return IPCTOOL_LIBRARY;
	error_as(STATUS_NOT_FOUND, "ipctool.so is neither beside the binary nor at %s",
	         IPCTOOL_LIBRARY);
	return NULL;
}

/* Between single quotes, so that eval reads one word whatever is in the path. */
static enum status print_quoted(const char *word)
{
	enum status status = output_printf("'");
	for (; *word != '\0' && status == STATUS_OK; word++)
		status = *word == '\'' ? output_printf("'\\''") : output_write(word, 1);
	return status != STATUS_OK ? status : output_printf("'");
}

static enum status print_enable_command(bool only_names)
{
	char path[PATH_MAX];
	enum status status = STATUS_OK;
	if (!only_names) {
		const char *found = find_library(path);
		if (found == NULL)
			return STATUS_NOT_FOUND;
		status = output_printf("enable -f ");
		if (status == STATUS_OK)
			status = print_quoted(found);
	}
	bool first = only_names;
	for (size_t i = 0; i < APPLET_COUNT && status == STATUS_OK; i++) {
		if (applets[i].applet->frontends == FRONTEND_PROGRAM)
			continue;
		status = output_printf("%s%s", first ? "" : " ", applets[i].applet->name);
		first = false;
	}
	return status != STATUS_OK ? status : output_printf("\n");
}

static const struct applet ipctool;

static enum status report_no_applet(const char *name, enum external_places places)
{
	struct suggestion suggestion;
	struct external_list programs = {0};
	suggestion_begin(&suggestion, name, strlen(name));
	for (size_t i = 0; i < APPLET_COUNT; i++)
		suggestion_consider(&suggestion, applets[i].name,
		                    strlen(applets[i].name));
	if (places == EXTERNAL_ALL)
		external_list_begin(&programs);
	for (size_t i = 0; i < programs.count; i++)
		suggestion_consider(&suggestion, programs.at[i].name,
		                    strlen(programs.at[i].name));
	enum status status =
	    error_as(STATUS_NO_COMMAND, "%s: no such applet%s",
	             name[0] != '\0' ? name : "''", suggestion_text(&suggestion, ""));
	external_list_end(&programs);
	return status;
}

/*
 * There is no such applet: become the program ipctool-NAME, or report its absence.
 */
static enum status run_external(const char *name, enum external_places places,
                                char *option, char *const *words)
{
	struct exec_path path;
	if (external_find(&path, name, places) == 0)
		return external_run(&path, option, words);
	if (errno == EACCES)
		return error_as(STATUS_CANNOT_EXEC, "ipctool-%s: %s", name,
		                error_text(EACCES));
	return report_no_applet(name, places);
}

static enum status describe_applet(const char *name)
{
	char option[] = "--describe";
	const struct applet *applet =
	    strcmp(name, ipctool.name) == 0 ? &ipctool : find_applet(name);
	if (applet == NULL)
		return run_external(name, EXTERNAL_OURS, option, NULL);
	return describe_print(applet);
}

static bool is_help(const char *word)
{
	return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 ||
	       strcmp(word, "-h") == 0;
}

/* The operand of ipctool itself is a directory after --install, and an applet otherwise.
 */
static enum operand_kind operand_to_complete(int count, char *const *words)
{
	static const char install[] = "--install";
	for (int i = 1; i < count - 1; i++)
		if (strlen(words[i]) > 2 &&
		    strncmp(words[i], install, strlen(words[i])) == 0)
			return OPERAND_DIRECTORY;
	return OPERAND_APPLET;
}

/* The words of a command line; the first is its command. */
static enum status complete_command_line(int count, char **words)
{
	bool is_ipctool = strcmp(words[0], ipctool.name) == 0;
	const struct applet *applet = is_ipctool ? &ipctool : find_applet(words[0]);
	int first = 1;
	for (int i = 1; is_ipctool && i < count - 1; i++)
		if (find_applet(words[i]) != NULL) {
			applet = find_applet(words[i]);
			first = i + 1;
			break;
		}
	if (applet == &ipctool && count > 2 && words[1][0] != '-' && !is_help(words[1])) {
		char option[] = "--complete=2";
		return run_external(words[1], EXTERNAL_OURS, option, words + 2);
	}
	if (applet == NULL)
		return report_no_applet(words[0], EXTERNAL_OURS);
	enum status status = STATUS_OK;
	if (is_ipctool && count == 2)
		status = output_printf("word\thelp\tprint the help of an applet\n");
	else if (applet == &ipctool && is_help(words[1]))
		first = 2;
	struct applet completed = *applet;
	if (applet == &ipctool)
		completed.self.operand_kinds[0] = operand_to_complete(count, words);
	return status != STATUS_OK
	           ? status
	           : complete_print(&completed, count - first, words + first, first);
}

static const struct applet *applet_at(size_t index)
{
	return applets[index].applet;
}

static enum status print_groups(void)
{
	return help_print_groups(&ipctool, applet_at, APPLET_COUNT);
}

static enum status ipctool_complete_run(const void *given, int argc, char **argv)
{
	(void)given;
	return complete_command_line(argc, argv);
}

/* Its operands may be options: of the command line that they are. */
static const struct subcommand ipctool_complete = {
    .name = "--complete",
    .summary = "print what the last WORD of the command line APPLET [WORD...] can be",
    .operands = "APPLET [WORD...] WORD",
    .operand_kinds = {OPERAND_COMMAND},
    .min_operands = 2,
    .max_operands = OPERANDS_UNLIMITED,
    .run = ipctool_complete_run,
};

static enum status ipctool_run(const void *given, int argc, char **argv)
{
	const struct ipctool *chosen = given;
	if (chosen->install)
		return argc == 1 ? install_links(argv[0], chosen->symbolic)
		                 : error_usage("--install requires one DIR");
	if (argc > 0)
		return error_usage("extra operand '%s'", argv[0]);
	if (chosen->list)
		return list_all(chosen);
	if (chosen->describe != NULL)
		return describe_applet(chosen->describe);
	if (chosen->bash)
		return print_enable_command(chosen->names);
	return print_groups();
}

static const struct applet ipctool = {
    .name = "ipctool",
    .summary = "the inter-process communication of Linux as small commands",
    .self = {.operands = "DIR | APPLET [ARGUMENT...]",
             .operand_kinds = {OPERAND_DIRECTORY | OPERAND_APPLET,
                               OPERAND_TEXT | OPERAND_REPEATED},
             .max_operands = OPERANDS_UNLIMITED,
             .options = options,
             .defaults = &ipctool_defaults,
             OPTIONS_OF(ipctool),
             .run = ipctool_run},
    .subcommands = (const struct subcommand *const[]){&ipctool_complete, NULL},
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

/* The only call of the process: signal handlers may ask for it up to the last moment. */
static struct call only_call;

static enum status run_applet(const struct applet *applet, char **argv)
{
	call_begin(&only_call, applet->name);
	return cli_call(applet, argv);
}

static enum status run_no_applet(const char *name, char *const *words)
{
	call_begin(&only_call, ipctool.name);
	return run_external(name, EXTERNAL_ALL, NULL, words);
}

static bool has_subcommand(const struct applet *applet, const char *name)
{
	const struct subcommand *const *each = applet->subcommands;
	for (; each != NULL && *each != NULL; each++)
		if (strcmp((*each)->name, name) == 0)
			return true;
	return false;
}

/* ipctool help [APPLET [SUBCOMMAND]]: the words after "help", or after "--help". */
static enum status run_help(char **words)
{
	char option[] = "--help";
	const struct applet *applet = NULL;
	if (words[0] != NULL && strcmp(words[0], ipctool.name) != 0) {
		applet = find_applet(words[0]);
		if (applet == NULL) {
			char *help[] = {words[1] != NULL ? words[1] : option,
			                words[1] != NULL ? option : NULL, NULL};
			return run_no_applet(words[0], help);
		}
	}
	call_begin(&only_call, ipctool.name);
	bool deeper =
	    applet != NULL && words[1] != NULL && has_subcommand(applet, words[1]);
	size_t count = (words[0] != NULL) + (size_t)deeper;
	if (count > 0 && words[count] != NULL)
		return error_usage("extra operand '%s'", words[count]);
	if (applet == NULL)
		return print_groups();
	char *command[] = {words[0], deeper ? words[1] : option, deeper ? option : NULL,
	                   NULL};
	return run_applet(applet, command);
}

static enum status dispatch_call(int argc, char **argv)
{
	const struct applet *applet = find_applet(base_name(argv[0]));
	if (applet != NULL)
		return run_applet(applet, argv);
	if (argc >= 2 && is_help(argv[1]))
		return run_help(argv + 2);
	if (argc < 2 || argv[1][0] == '-')
		return run_applet(&ipctool, argv);
	applet = find_applet(argv[1]);
	if (applet == NULL)
		return run_no_applet(argv[1], argv + 2);
	return run_applet(applet, argv + 1);
}

int main(int argc, char **argv)
{
	char name[] = "ipctool";
	char *no_words[] = {name, NULL};
	enum status status =
	    argc > 0 ? dispatch_call(argc, argv) : dispatch_call(1, no_words);
	int signal = only_call.command_signal;
	if (signal != 0 && status == (enum status)(STATUS_SIGNAL + signal))
		default_action(signal); /* as the command of the applet did */
	return (int)status;
}

/*
 * pipeline - run commands, each one's output the next one's input
 *
 * What popen(3), or pipe(2), fork(2) and two dup2(2) do in C; with --loop the last one's
 * output is the first one's input too. The status is bash's pipefail.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "applet.h"
#include "base/procfs.h"
#include "io/error.h"
#include "io/report.h"
#include "process/children.h"
#include "process/exec.h"
#include "signal/signame.h"

struct pipeline {
	int64_t size;
	bool loop, verbose;
};

static const struct option_row options[] = {
    FLAG(0, "loop", pipeline, loop, 0, "the last one's output is the first one's input"),
    SIZE(0, "size", pipeline, size, 0, "SIZE", 1,
         "of each pipe; the kernel rounds it up to a power of 2"),
    FLAG('v', "verbose", pipeline, verbose, 0,
         "say on standard error how each command ended"),
    END_OF_OPTIONS,
};

/* One command, and what it makes of its standard input and output. */
struct pipeline_command {
	char **argv;
	int input, output; /* -1: as they are */
	const int *start_gate;
	int wait_status;
};

struct pipeline_state {
	const struct pipeline *given;
	struct pipeline_command *commands;
	int count;
	int start_gate[2]; /* a pipe that all wait at: either all are started or none is
	                    */
	struct children children;
};

enum { READ_END, WRITE_END }; /* as pipe(2) fills them in */

/* ------------------------------------------------------------------ operands */

static bool pipeline_is_separator(const char *word)
{
	return strcmp(word, ":::") == 0;
}

static int pipeline_count_commands(char **argv)
{
	int count = 1;
	for (; *argv != NULL; argv++)
		count += pipeline_is_separator(*argv);
	return count;
}

/* Each separator becomes the end of an argv. */
static enum status pipeline_split(struct pipeline_command *commands, int count,
                                  char **argv)
{
	if (count < 2)
		return error_usage("missing ':::' and a second command");
	for (int i = 0; i < count; i++) {
		commands[i] =
		    (struct pipeline_command){.argv = argv, .input = -1, .output = -1};
		while (*argv != NULL && !pipeline_is_separator(*argv))
			argv++;
		if (argv == commands[i].argv)
			return error_usage("missing command %s ':::'",
			                   i == 0 ? "before" : "after");
		*argv++ = NULL;
	}
	return STATUS_OK;
}

/* --------------------------------------------------------------------- pipes */

static enum status pipeline_report_size_error(int64_t size)
{
	int64_t limit = procfs_sysctl("fs/pipe-max-size");
	if (errno == EPERM && limit >= 0 && size > limit)
		return error_as(
		    STATUS_RUN_ERROR,
		    "a pipe of %lld bytes is more than fs.pipe-max-size (%lld)",
		    (long long)size, (long long)limit);
	/* pipe(7): what one user's pipes may take altogether */
	if (errno == EPERM)
		return error_as(STATUS_RUN_ERROR,
		                "a pipe of %lld bytes: more than fs.pipe-user-pages-soft "
		                "(%lld) leaves you",
		                (long long)size,
		                (long long)procfs_sysctl("fs/pipe-user-pages-soft"));
	return error_errno_as(STATUS_RUN_ERROR, "a pipe of %lld bytes", (long long)size);
}

/* All ends are close-on-exec: none stays open in a command but by dup2(2). */
static enum status pipeline_connect_commands(const struct pipeline_state *state, int from,
                                             int to)
{
	int ends[2];
	int64_t size = state->given->size;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno_as(STATUS_RUN_ERROR, "cannot make a pipe");
	state->commands[from].output = ends[WRITE_END];
	state->commands[to].input = ends[READ_END];
	/* the size that is told may be negative as an int: 2 GiB */
	if (size > 0 && fcntl(ends[WRITE_END], F_SETPIPE_SZ, (unsigned)size) == -1)
		return pipeline_report_size_error(size);
	return STATUS_OK;
}

static void pipeline_close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ------------------------------------------------------------------ commands */

/* In the child. Our copy of the gate's other end would keep it from closing. */
static bool pipeline_prepare_command(void *argument)
{
	const struct pipeline_command *command = argument;
	char byte;
	close(command->start_gate[WRITE_END]);
	if (read(command->start_gate[READ_END], &byte, 1) != 1)
		return false;
	if ((command->input < 0 || dup2(command->input, STDIN_FILENO) >= 0) &&
	    (command->output < 0 || dup2(command->output, STDOUT_FILENO) >= 0))
		return true;
	error_errno("%s: cannot take its end of a pipe", command->argv[0]);
	return false;
}

/* In order, so that their places in the crew are those in the line. */
static enum status pipeline_start_commands(struct pipeline_state *state)
{
	int last = state->count - 1;
	enum status status = STATUS_OK;
	if (state->given->loop)
		status = pipeline_connect_commands(state, last, 0);
	for (int i = 0; i <= last; i++) {
		struct pipeline_command *command = &state->commands[i];
		command->start_gate = state->start_gate;
		if (status == STATUS_OK && i < last)
			status = pipeline_connect_commands(state, i, i + 1);
		if (status == STATUS_OK &&
		    children_start(&state->children, command->argv,
		                   pipeline_prepare_command, command) < 0)
			status = STATUS_RUN_ERROR;
		/* it is the child's alone, or nobody would see it close */
		pipeline_close_end(&command->input);
		pipeline_close_end(&command->output);
	}
	return status;
}

/* A byte for each; where it closes without, they end. */
static void pipeline_open_gate(const struct pipeline_state *state)
{
	for (int i = 0; i < state->count; i++)
		if (write(state->start_gate[WRITE_END], "", 1) < 0)
			return; /* EPIPE: killed, all of them */
}

static enum status pipeline_start_together(struct pipeline_state *state)
{
	if (pipe2(state->start_gate, O_CLOEXEC) < 0)
		return error_errno_as(STATUS_RUN_ERROR, "cannot make a pipe");
	enum status status = pipeline_start_commands(state);
	close(state->start_gate[READ_END]);
	if (status == STATUS_OK)
		pipeline_open_gate(state);
	close(state->start_gate[WRITE_END]);
	return status;
}

static void pipeline_print_status(const struct pipeline_command *command)
{
	char text[32];
	if (WIFSIGNALED(command->wait_status))
		report_info("%s: Terminated: %s", command->argv[0],
		            signame_description(WTERMSIG(command->wait_status), text));
	else
		report_info("%s: Exit status: %d", command->argv[0],
		            WEXITSTATUS(command->wait_status));
}

/* The last one that failed, whatever those behind it say. */
static enum status pipeline_status(const struct pipeline_state *state)
{
	enum status status = STATUS_OK;
	for (int i = 0; i < state->count; i++) {
		enum status ended = child_status(state->commands[i].wait_status);
		if (ended != STATUS_OK)
			status = ended;
		if (state->given->verbose)
			pipeline_print_status(&state->commands[i]);
	}
	return status;
}

static enum status pipeline_run_commands(struct pipeline_state *state, pid_t *pids)
{
	struct children_exit ended;
	enum status status = children_begin(&state->children, pids, state->count);
	if (status != STATUS_OK)
		return status;
	status = pipeline_start_together(state);
	while (children_wait(&state->children, &ended))
		state->commands[ended.index].wait_status = ended.wait_status;
	children_end(&state->children, 0);
	return status != STATUS_OK ? status : pipeline_status(state);
}

static enum status pipeline_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	enum { SIZE_MAX_LOG2 = 31 }; /* the kernel takes an unsigned int, up to here */
	struct pipeline_state state = {.given = opts,
	                               .count = pipeline_count_commands(argv)};
	if (state.given->size > INT64_C(1) << SIZE_MAX_LOG2)
		return status_before_command(
		    error_usage("a pipe has at most %lld bytes, not %lld",
		                1LL << SIZE_MAX_LOG2, (long long)state.given->size));
	pid_t *pids = calloc((size_t)state.count, sizeof *pids);
	state.commands = calloc((size_t)state.count, sizeof *state.commands);
	enum status status = STATUS_RUN_ERROR;
	if (pids == NULL || state.commands == NULL)
		error_errno("%d commands", state.count);
	else
		status = status_before_command(
		    pipeline_split(state.commands, state.count, argv));
	if (status == STATUS_OK)
		status = pipeline_run_commands(&state, pids);
	free(state.commands);
	free(pids);
	return status;
}

APPLET(pipeline, .summary = "run commands, each one's output the next one's input",
       .self = {.operands = "COMMAND... ::: COMMAND... [::: COMMAND...]...",
                .operand_kinds = {OPERAND_COMMAND},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(pipeline),
                .run = pipeline_run,
                .runs_command = true});

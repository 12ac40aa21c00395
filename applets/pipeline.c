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
struct part {
	char **argv;
	int input, output; /* -1: as they are */
	const int *gate;
	int wait_status;
};

struct line {
	const struct pipeline *given;
	struct part *parts;
	int count;
	int gate[2]; /* a pipe that all wait at: either all are started or none is */
	struct crew crew;
};

enum { READ_END, WRITE_END }; /* as pipe(2) fills them in */

/* ------------------------------------------------------------------ operands */

static bool is_separator(const char *word)
{
	return strcmp(word, ":::") == 0;
}

static int count_parts(char **argv)
{
	int count = 1;
	for (; *argv != NULL; argv++)
		count += is_separator(*argv);
	return count;
}

/* Each separator becomes the end of an argv. */
static enum status split(struct part *parts, int count, char **argv)
{
	if (count < 2)
		return usage_error("missing ':::' and a second command");
	for (int i = 0; i < count; i++) {
		parts[i] = (struct part){.argv = argv, .input = -1, .output = -1};
		while (*argv != NULL && !is_separator(*argv))
			argv++;
		if (argv == parts[i].argv)
			return usage_error("missing command %s ':::'",
			                   i == 0 ? "before" : "after");
		*argv++ = NULL;
	}
	return STATUS_DONE;
}

/* --------------------------------------------------------------------- pipes */

static enum status refused(int64_t size)
{
	int64_t limit = limit_of("fs/pipe-max-size");
	if (errno == EPERM && limit >= 0 && size > limit)
		return fail_as(
		    STATUS_RUN_FAILED,
		    "a pipe of %lld bytes is more than fs.pipe-max-size (%lld)",
		    (long long)size, (long long)limit);
	/* pipe(7): what one user's pipes may take altogether */
	if (errno == EPERM)
		return fail_as(STATUS_RUN_FAILED,
		               "a pipe of %lld bytes: more than fs.pipe-user-pages-soft "
		               "(%lld) leaves you",
		               (long long)size,
		               (long long)limit_of("fs/pipe-user-pages-soft"));
	return fail_with(STATUS_RUN_FAILED, "a pipe of %lld bytes", (long long)size);
}

/* All ends are close-on-exec: none stays open in a command but by dup2(2). */
static enum status connect_parts(const struct line *line, int from, int to)
{
	int ends[2];
	int64_t size = line->given->size;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_with(STATUS_RUN_FAILED, "cannot make a pipe");
	line->parts[from].output = ends[WRITE_END];
	line->parts[to].input = ends[READ_END];
	/* the size that is told may be negative as an int: 2 GiB */
	if (size > 0 && fcntl(ends[WRITE_END], F_SETPIPE_SZ, (unsigned)size) == -1)
		return refused(size);
	return STATUS_DONE;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ------------------------------------------------------------------ commands */

/* In the child. Our copy of the gate's other end would keep it from closing. */
static bool take_place(void *argument)
{
	const struct part *part = argument;
	char byte;
	close(part->gate[WRITE_END]);
	if (read(part->gate[READ_END], &byte, 1) != 1)
		return false;
	if ((part->input < 0 || dup2(part->input, STDIN_FILENO) >= 0) &&
	    (part->output < 0 || dup2(part->output, STDOUT_FILENO) >= 0))
		return true;
	fail("%s: cannot take its end of a pipe", part->argv[0]);
	return false;
}

/* In order, so that their places in the crew are those in the line. */
static enum status start_parts(struct line *line)
{
	int last = line->count - 1;
	enum status status = STATUS_DONE;
	if (line->given->loop)
		status = connect_parts(line, last, 0);
	for (int i = 0; i <= last; i++) {
		struct part *part = &line->parts[i];
		part->gate = line->gate;
		if (status == STATUS_DONE && i < last)
			status = connect_parts(line, i, i + 1);
		if (status == STATUS_DONE &&
		    crew_start(&line->crew, part->argv, take_place, part) < 0)
			status = STATUS_RUN_FAILED;
		/* it is the child's alone, or nobody would see it close */
		close_end(&part->input);
		close_end(&part->output);
	}
	return status;
}

/* A byte for each; where it closes without, they end. */
static void open_gate(const struct line *line)
{
	for (int i = 0; i < line->count; i++)
		if (write(line->gate[WRITE_END], "", 1) < 0)
			return; /* EPIPE: killed, all of them */
}

static enum status start_together(struct line *line)
{
	if (pipe2(line->gate, O_CLOEXEC) < 0)
		return fail_with(STATUS_RUN_FAILED, "cannot make a pipe");
	enum status status = start_parts(line);
	close(line->gate[READ_END]);
	if (status == STATUS_DONE)
		open_gate(line);
	close(line->gate[WRITE_END]);
	return status;
}

static void tell(const struct part *part)
{
	char text[32];
	if (WIFSIGNALED(part->wait_status))
		say("%s: Terminated: %s", part->argv[0],
		    sig_description(WTERMSIG(part->wait_status), text));
	else
		say("%s: Exit status: %d", part->argv[0], WEXITSTATUS(part->wait_status));
}

/* The last one that failed, whatever those behind it say. */
static enum status outcome(const struct line *line)
{
	enum status status = STATUS_DONE;
	for (int i = 0; i < line->count; i++) {
		enum status ended = child_status(line->parts[i].wait_status);
		if (ended != STATUS_DONE)
			status = ended;
		if (line->given->verbose)
			tell(&line->parts[i]);
	}
	return status;
}

static enum status run_line(struct line *line, pid_t *pids)
{
	struct crew_ended ended;
	enum status status = crew_begin(&line->crew, pids, line->count);
	if (status != STATUS_DONE)
		return status;
	status = start_together(line);
	while (crew_wait(&line->crew, &ended))
		line->parts[ended.place].wait_status = ended.wait_status;
	crew_end(&line->crew, 0);
	return status != STATUS_DONE ? status : outcome(line);
}

static enum status run(const void *opts, int argc, char **argv)
{
	(void)argc;
	enum { SIZE_MOST_LOG2 = 31 }; /* the kernel takes an unsigned int, up to here */
	struct line line = {.given = opts, .count = count_parts(argv)};
	if (line.given->size > INT64_C(1) << SIZE_MOST_LOG2)
		return status_before_command(
		    usage_error("a pipe has at most %lld bytes, not %lld",
		                1LL << SIZE_MOST_LOG2, (long long)line.given->size));
	pid_t *pids = calloc((size_t)line.count, sizeof *pids);
	line.parts = calloc((size_t)line.count, sizeof *line.parts);
	enum status status = STATUS_RUN_FAILED;
	if (pids == NULL || line.parts == NULL)
		fail("%d commands", line.count);
	else
		status = status_before_command(split(line.parts, line.count, argv));
	if (status == STATUS_DONE)
		status = run_line(&line, pids);
	free(line.parts);
	free(pids);
	return status;
}

APPLET(pipeline, .summary = "run commands, each one's output the next one's input",
       .self = {.operands = "COMMAND... ::: COMMAND... [::: COMMAND...]...",
                .least_operands = 1,
                .most_operands = ANY_NUMBER,
                .options = options,
                OPTIONS_OF(pipeline),
                .run = run,
                .runs_command = true});

/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/procfs.h"
#include "io/error.h"
#include "io/limit.h"
#include "process/child.h"
#include "process/gate.h"
#include "process/pipes.h"

enum { READ_END, WRITE_END }; /* as pipe(2) fills them in */

/* ------------------------------------------------------------------ pipes */

static enum status report_pipe_size_error(int64_t size)
{
	struct limit_advice advice;
	int64_t limit = procfs_sysctl("fs/pipe-max-size");
	int64_t user_pages = procfs_sysctl("fs/pipe-user-pages-soft");
	if (errno == EPERM && limit >= 0 && size > limit)
		return error_as(
		    STATUS_RUN_ERROR,
		    "a pipe of %lld bytes exceeds fs.pipe-max-size (%lld)%s",
		    (long long)size, (long long)limit,
		    limit_sysctl(&advice, "fs.pipe-max-size", "%lld", (long long)size));
	/* pipe(7): the limit for all pipes of a user */
	if (errno == EPERM)
		return error_as(STATUS_RUN_ERROR,
		                "a pipe of %lld bytes exceeds fs.pipe-user-pages-soft "
		                "(%lld pages for all pipes of a user)%s",
		                (long long)size, (long long)user_pages,
		                limit_sysctl(&advice, "fs.pipe-user-pages-soft", "%lld",
		                             (long long)limit_next(user_pages, INT_MAX)));
	return error_errno_as(STATUS_RUN_ERROR, "a pipe of %lld bytes", (long long)size);
}

/* Close-on-exec: a command has an end only by dup2(2). */
static enum status connect_commands(const struct pipes *pipes, int from, int to)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno_as(STATUS_RUN_ERROR, "cannot create a pipe");
	pipes->commands[from].output = ends[WRITE_END];
	pipes->commands[to].input = ends[READ_END];
	/* 2 GiB is returned as a negative int */
	if (pipes->size > 0 &&
	    fcntl(ends[WRITE_END], F_SETPIPE_SZ, (unsigned)pipes->size) == -1)
		return report_pipe_size_error(pipes->size);
	return STATUS_OK;
}

/* --------------------------------------------------------------- commands */

/* In the child. */
static bool prepare_connected_command(void *argument)
{
	const struct pipes_command *command = argument;
	if (!gate_wait(command->gate))
		return false;
	if ((command->input < 0 || dup2(command->input, STDIN_FILENO) >= 0) &&
	    (command->output < 0 || dup2(command->output, STDOUT_FILENO) >= 0))
		return true;
	error_errno("%s: cannot connect its pipe", command->argv[0]);
	return false;
}

/* In order, so that their indexes in children are those of the commands. */
static enum status start_connected_commands(const struct pipes *pipes,
                                            struct children *children,
                                            const struct gate *gate)
{
	int last = pipes->count - 1;
	enum status status = STATUS_OK;
	for (int i = 0; i <= last; i++)
		pipes->commands[i].input = pipes->commands[i].output = -1;
	if (pipes->loop)
		status = connect_commands(pipes, last, 0);
	for (int i = 0; i <= last; i++) {
		struct pipes_command *command = &pipes->commands[i];
		command->gate = gate;
		if (status == STATUS_OK && i < last)
			status = connect_commands(pipes, i, i + 1);
		if (status == STATUS_OK &&
		    children_start(children, command->argv, prepare_connected_command,
		                   command) < 0)
			status = STATUS_RUN_ERROR;
		/* the child alone may have them, or its reader sees no end of file */
		fd_close_keep_errno(command->input);
		fd_close_keep_errno(command->output);
	}
	return status;
}

static enum status start_commands_together(const struct pipes *pipes,
                                           struct children *children)
{
	struct gate gate;
	enum status status = gate_create(&gate);
	if (status != STATUS_OK)
		return status;
	status = start_connected_commands(pipes, children, &gate);
	if (status == STATUS_OK)
		status = gate_open(&gate, pipes->count);
	gate_close(&gate);
	return status;
}

enum status pipes_run(const struct pipes *pipes)
{
	struct children children;
	struct children_exit ended;
	pid_t *pids = calloc((size_t)pipes->count, sizeof *pids);
	if (pids == NULL)
		return error_as(STATUS_RUN_ERROR,
		                "cannot allocate memory for %d commands", pipes->count);
	enum status status = children_begin(&children, pids, pipes->count);
	if (status == STATUS_OK) {
		status = start_commands_together(pipes, &children);
		while (children_wait(&children, &ended))
			pipes->commands[ended.index].wait_status = ended.wait_status;
		children_end(&children, 0);
	}
	free(pids);
	return status;
}

enum status pipes_status(const struct pipes *pipes)
{
	int failed = 0;
	for (int i = 0; i < pipes->count; i++)
		if (pipes->commands[i].wait_status != 0)
			failed = pipes->commands[i].wait_status;
	return child_adopt_status(failed);
}

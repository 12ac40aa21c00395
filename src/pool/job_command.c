/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/frontend.h"
#include "io/error.h"
#include "pool/job_command.h"
#include "process/exec.h"

enum job_variable { MQ_NAME, MQ_PRIORITY, MQ_SIZE, MQ_TRY, MQ_WINDOW };

/* ------------------------------------------------------------------- begin */

/*
 * A copy of the exported variables, with those of a job in place of variables of their
 * names, in one block.
 */
static bool job_command_make_environment(struct job_command *command, bool stays)
{
	static const char *const names[JOB_COMMAND_VARIABLES] = {
	    [MQ_NAME] = "MQ_NAME=",     [MQ_PRIORITY] = "MQ_PRIORITY=",
	    [MQ_SIZE] = "MQ_SIZE=",     [MQ_TRY] = "MQ_TRY=",
	    [MQ_WINDOW] = "MQ_WINDOW=",
	};
	char **exported = frontend_environment();
	size_t count = 0, length = 0, kept = 0;
	for (; exported != NULL && exported[count] != NULL; count++)
		length += strlen(exported[count]) + 1;
	size_t slots = count + JOB_COMMAND_VARIABLES + 1;
	command->environment = calloc(1, slots * sizeof *command->environment + length);
	if (command->environment == NULL)
		return false;
	char *to = (char *)(command->environment + slots);
	for (size_t i = 0; i < count; i++) {
		bool ours = false;
		for (int j = 0; j < JOB_COMMAND_VARIABLES; j++)
			ours |= strncmp(exported[i], names[j], strlen(names[j])) == 0;
		if (ours)
			continue;
		command->environment[kept++] = to;
		to = stpcpy(to, exported[i]) + 1;
	}
	for (int i = 0; i < JOB_COMMAND_VARIABLES; i++)
		if (i == MQ_NAME || (i == MQ_WINDOW) == stays)
			command->environment[kept++] = command->variables[i];
	return true;
}

static void set_job_variable(struct job_command *command, enum job_variable variable,
                             const char *name, int64_t number)
{
	snprintf(command->variables[variable], sizeof command->variables[variable],
	         "%s=%lld", name, (long long)number);
}

bool job_command_has_placeholder(char **argv)
{
	for (; *argv != NULL; argv++)
		if (strstr(*argv, "{}") != NULL)
			return true;
	return false;
}

enum status job_command_begin(struct job_command *command, const struct name *queue,
                              char **argv, int64_t window)
{
	command->argv = argv;
	command->has_placeholder = job_command_has_placeholder(argv);
	set_job_variable(command, MQ_WINDOW, "MQ_WINDOW", window);
	snprintf(command->variables[MQ_NAME], sizeof command->variables[MQ_NAME],
	         "MQ_NAME=%s", queue->text);
	if (!job_command_make_environment(command, window > 0))
		return error_as(STATUS_RUN_ERROR, "%s", error_text(ENOMEM));
	if (exec_find(&command->path, argv[0]) == 0)
		return STATUS_OK;
	return error_errno_as(errno == ENOENT ? STATUS_NO_COMMAND : STATUS_CANNOT_EXEC,
	                      "%s", argv[0]);
}

void job_command_end(struct job_command *command)
{
	free((void *)command->environment);
}

/* ----------------------------------------------------------------- one job */

/* Bytes of the argument with the message in place of each {}, and of the NUL. */
static size_t expanded_length(const char *argument, const struct job *job)
{
	size_t length = strlen(argument) + 1;
	for (const char *at = argument; (at = strstr(at, "{}")) != NULL; at += 2)
		length = length + job->length - 2;
	return length;
}

const char *job_command_check_message(const struct job_command *command,
                                      const struct job *job, char reason[64])
{
	/* execve(2): the longest argument, independent of RLIMIT_STACK */
	size_t most = 32 * (size_t)sysconf(_SC_PAGESIZE);
	if (!command->has_placeholder)
		return NULL;
	if (memchr(job->bytes, '\0', job->length) != NULL)
		return "an argument cannot contain its NUL byte";
	for (char **argument = command->argv; *argument != NULL; argument++)
		if (expanded_length(*argument, job) > most) {
			snprintf(reason, 64, "an argument with it exceeds %zu bytes",
			         most - 1);
			return reason;
		}
	return NULL;
}

/* execve(2): the bytes that arguments and environment may take. */
static rlim_t arguments_limit(void)
{
	enum { LEAST = 128 * 1024, MOST = 6 * 1024 * 1024 };
	struct rlimit stack;
	if (getrlimit(RLIMIT_STACK, &stack) < 0 || stack.rlim_cur / 4 < LEAST)
		return LEAST;
	return stack.rlim_cur / 4 < MOST ? stack.rlim_cur / 4 : MOST;
}

static size_t arguments_length(char **arguments)
{
	size_t length = 0;
	for (; *arguments != NULL; arguments++)
		length += strlen(*arguments) + 1 + sizeof *arguments;
	return length;
}

bool job_command_is_message_too_long(const struct job_command *command,
                                     const struct job *job)
{
	/* the path, twice for a script, and its interpreter */
	enum { MARGIN = 8 * 1024 };
	if (!command->has_placeholder || job->length == 0)
		return false;
	return command->was_executed || arguments_length(command->argv) +
	                                        arguments_length(command->environment) +
	                                        MARGIN <
	                                    arguments_limit();
}

/* The arguments with the message in place of each {}, in one block for free(3). */
static char **expand_arguments(char **command, const struct job *job)
{
	size_t count = 0, length = 0;
	for (; command[count] != NULL; count++)
		length += expanded_length(command[count], job);
	char **argv = malloc((count + 1) * sizeof *argv + length);
	if (argv == NULL)
		return NULL;
	char *to = (char *)(argv + count + 1);
	for (size_t i = 0; i < count; i++) {
		const char *rest = command[i], *found;
		argv[i] = to;
		while ((found = strstr(rest, "{}")) != NULL) {
			to = (char *)mempcpy(to, rest, (size_t)(found - rest));
			to = (char *)mempcpy(to, job->bytes, job->length);
			rest = found + 2;
		}
		to = stpcpy(to, rest) + 1;
	}
	argv[count] = NULL;
	return argv;
}

/*
 * The message in an unnamed file: a pipe holds no more than 64 KiB, and the pool would
 * have to wait until it is read. A descriptor, or -1 with errno.
 */
static int message_memfd(const struct job *job)
{
	int fd = memfd_create("message", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	size_t done = 0;
	while (done < job->length) {
		ssize_t part =
		    pwrite(fd, job->bytes + done, job->length - done, (off_t)done);
		if (part < 0 && errno != EINTR) {
			fd_close_keep_errno(fd);
			return -1;
		}
		done += part > 0 ? (size_t)part : 0;
	}
	return fd;
}

pid_t job_command_start(struct job_command *command, struct children *children,
                        struct job *job)
{
	pid_t pid = -1;
	struct children_spawn spawn = {.path = command->path.text,
	                               .argv = command->argv,
	                               .environment = command->environment,
	                               .in = -1,
	                               .out = -1};
	if (command->has_placeholder)
		spawn.argv = expand_arguments(command->argv, job);
	if (spawn.argv != NULL)
		spawn.in = message_memfd(job);
	if (spawn.in >= 0 && command->outputs != NULL)
		spawn.out = ordered_output_open(command->outputs, &job->turn);
	if (spawn.in >= 0 && (command->outputs == NULL || spawn.out >= 0)) {
		set_job_variable(command, MQ_PRIORITY, "MQ_PRIORITY", job->priority);
		set_job_variable(command, MQ_SIZE, "MQ_SIZE", (int64_t)job->length);
		set_job_variable(command, MQ_TRY, "MQ_TRY", job->attempts);
		pid = children_spawn(children, &spawn);
	}
	int error = errno;
	command->was_executed |= pid >= 0;
	if (pid < 0 && spawn.out >= 0)
		ordered_output_cancel(command->outputs);
	if (spawn.in >= 0)
		close(spawn.in);
	if (command->has_placeholder)
		free((void *)spawn.argv);
	errno = error;
	return pid;
}

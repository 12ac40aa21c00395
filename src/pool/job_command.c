#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/frontend.h"
#include "io/report.h"
#include "pool/job_command.h"
#include "process/exec.h"

enum variable { MQ_NAME, MQ_PRIORITY, MQ_SIZE, MQ_TRY };

/* ------------------------------------------------------------------- before */

/* What is exported, without variables of our names, and with ours. */
static bool make_environment(struct command *command)
{
	static const char *const names[COMMAND_VARIABLES] = {
	    [MQ_NAME] = "MQ_NAME=",
	    [MQ_PRIORITY] = "MQ_PRIORITY=",
	    [MQ_SIZE] = "MQ_SIZE=",
	    [MQ_TRY] = "MQ_TRY=",
	};
	char **exported = front_environment();
	size_t count = 0, kept = 0;
	while (exported != NULL && exported[count] != NULL)
		count++;
	command->environment =
	    calloc(count + COMMAND_VARIABLES + 1, sizeof *command->environment);
	if (command->environment == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		bool ours = false;
		for (int j = 0; j < COMMAND_VARIABLES; j++)
			ours |= strncmp(exported[i], names[j], strlen(names[j])) == 0;
		if (!ours)
			command->environment[kept++] = exported[i];
	}
	for (int i = 0; i < COMMAND_VARIABLES; i++)
		command->environment[kept++] = command->variables[i];
	return true;
}

static bool has_place_for_message(char **argv)
{
	for (; *argv != NULL; argv++)
		if (strstr(*argv, "{}") != NULL)
			return true;
	return false;
}

enum status command_begin(struct command *command, const struct name *queue, char **argv)
{
	command->argv = argv;
	command->fills_in = has_place_for_message(argv);
	snprintf(command->variables[MQ_NAME], sizeof command->variables[MQ_NAME],
	         "MQ_NAME=%s", queue->text);
	if (!make_environment(command))
		return fail_as(STATUS_RUN_FAILED, "%s", error_text(ENOMEM));
	if (child_find(&command->path, argv[0]) == 0)
		return STATUS_DONE;
	return fail_with(errno == ENOENT ? STATUS_NO_COMMAND : STATUS_CANNOT_EXEC, "%s",
	                 argv[0]);
}

void command_end(struct command *command)
{
	free((void *)command->environment);
}

/* ----------------------------------------------------------------- one job */

/* With the messages in the place of each {}, and the NUL. */
static size_t length_of(const char *argument, const struct job *job)
{
	size_t length = strlen(argument) + 1;
	for (const char *at = argument; (at = strstr(at, "{}")) != NULL; at += 2)
		length = length + job->length - 2;
	return length;
}

const char *command_cannot_bear(const struct command *command, const struct job *job,
                                char reason[64])
{
	/* execve(2): no argument may be longer, whatever RLIMIT_STACK is */
	size_t most = 32 * (size_t)sysconf(_SC_PAGESIZE);
	if (!command->fills_in)
		return NULL;
	if (memchr(job->bytes, '\0', job->length) != NULL)
		return "it has a NUL byte, which {} cannot";
	for (char **argument = command->argv; *argument != NULL; argument++)
		if (length_of(*argument, job) > most) {
			snprintf(reason, 64,
			         "with it an argument is longer than %zu bytes",
			         most - 1);
			return reason;
		}
	return NULL;
}

/* The arguments with the message in the place of each {}; one block of memory. */
static char **fill_in(char **command, const struct job *job)
{
	size_t count = 0, length = 0;
	for (; command[count] != NULL; count++)
		length += length_of(command[count], job);
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

/* A file without a name: a pipe would hold no more than 64 KiB, and we would have to wait
 * until it is read. -1 with errno. */
static int as_input(const struct job *job)
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

static void set_number(struct command *command, enum variable variable, const char *name,
                       int64_t number)
{
	snprintf(command->variables[variable], sizeof command->variables[variable],
	         "%s=%lld", name, (long long)number);
}

static pid_t start(struct command *command, struct crew *crew, const struct job *job,
                   char **argv, int out)
{
	struct crew_spawn spawn = {.path = command->path.text,
	                           .argv = argv,
	                           .environment = command->environment,
	                           .in = as_input(job),
	                           .out = out};
	if (spawn.in < 0)
		return -1;
	set_number(command, MQ_PRIORITY, "MQ_PRIORITY", job->priority);
	set_number(command, MQ_SIZE, "MQ_SIZE", (int64_t)job->length);
	set_number(command, MQ_TRY, "MQ_TRY", job->tries);
	pid_t pid = crew_spawn(crew, &spawn);
	fd_close_keep_errno(spawn.in);
	return pid;
}

pid_t command_start(struct command *command, struct crew *crew, const struct job *job,
                    int out)
{
	if (!command->fills_in)
		return start(command, crew, job, command->argv, out);
	char **argv = fill_in(command->argv, job);
	if (argv == NULL)
		return -1;
	pid_t pid = start(command, crew, job, argv, out);
	int error = errno;
	free((void *)argv);
	errno = error;
	return pid;
}

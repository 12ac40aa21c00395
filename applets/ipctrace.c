/* SPDX-License-Identifier: MIT */
/*
 * ipctrace - print the IPC calls of a command, of processes, or of all
 *
 * By ptrace(2), which stops them for a moment at each system call; of all processes by
 * the event tracing of the kernel, which stops none.
 */
#include <fcntl.h>
#include <unistd.h>

#include "applet.h"
#include "io/error.h"
#include "process/exec.h"
#include "process/pidfd.h"
#include "trace/session.h"

struct ipctrace {
	struct trace_output output;
	struct timeout timeout;
	struct string_list processes;
	const char *file;
};

static const struct option_row options[] = {
    JSON(ipctrace, output.json, 0),
    DURATION('t', "timeout", ipctrace, timeout, 0, "DURATION",
             "trace for at most DURATION"),
    STRINGS('p', "pid", ipctrace, processes, 0, "PID", "trace this process too",
            .value = OPERAND_PID),
    STRING('o', "output", ipctrace, file, 0, "FILE", "write to FILE",
           .value = OPERAND_FILE),
    FLAG(0, "summary", ipctrace, output.summary, 0,
         "print the sums for each object at the end"),
    END_OF_OPTIONS,
};

static enum status ipctrace_parse_pids(const struct string_list *texts, pid_t *pids)
{
	for (int i = 0; i < texts->count; i++) {
		struct pidfd_target target;
		if (!pidfd_parse(texts->at[i], &target))
			return error_usage("'%s' is not a PID", texts->at[i]);
		int pidfd = pidfd_open_target(&target);
		if (pidfd < 0)
			return error_errno("process %s", texts->at[i]);
		close(pidfd);
		pids[i] = target.pid;
	}
	return STATUS_OK;
}

static enum status ipctrace_open(const char *path, int *fd)
{
	*fd = -1;
	if (path == NULL)
		return STATUS_OK;
	*fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
	return *fd < 0 ? error_errno_as(STATUS_FAILED, "%s", path) : STATUS_OK;
}

static enum status ipctrace_run(const void *opts, int argc, char **argv)
{
	const struct ipctrace *given = opts;
	pid_t pids[STRING_LIST_MAX];
	struct tracer_options tracer = {.output = given->output,
	                                .timeout = given->timeout,
	                                .processes = pids,
	                                .count = (size_t)given->processes.count,
	                                .system =
	                                    argc == 0 && given->processes.count == 0};
	char **command = NULL;
	enum status status = ipctrace_parse_pids(&given->processes, pids);
	if (status == STATUS_OK && argc > 0)
		status = exec_parse(&command, argv);
	if (status == STATUS_OK)
		status = ipctrace_open(given->file, &tracer.output_fd);
	if (status != STATUS_OK)
		return argc > 0 ? status_before_command(status) : status;
	status = trace_session(&tracer, command);
	if (tracer.output_fd >= 0)
		close(tracer.output_fd);
	return status;
}

APPLET(ipctrace, .summary = "print the IPC calls of a command, of processes, or of all",
       .group = APPLETS_SEEING_AND_WAITING, .example = "ipctrace mqsend /jobs text",
       .self = {.operands = "[COMMAND [ARG...]]",
                .operand_kinds = {OPERAND_COMMAND},
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(ipctrace),
                .run = ipctrace_run,
                .runs_command = true});

/*
 * The command that is run for each job: its arguments with the message in them, its
 * standard input and its environment.
 */
#ifndef POOL_JOB_COMMAND_H
#define POOL_JOB_COMMAND_H

#include <stdbool.h>

#include "object/name.h"
#include "pool/job.h"
#include "process/children.h"
#include "process/exec.h"

/* Those that are set for it: MQ_NAME, MQ_PRIORITY, MQ_SIZE, MQ_TRY. */
enum { JOB_COMMAND_VARIABLES = 4 };

struct job_command {
	char **argv; /* as given; the caller's */
	bool has_placeholder;
	struct exec_path path;
	char **environment; /* what is exported, and ours at its end */
	char variables[JOB_COMMAND_VARIABLES][64 + NAME_BYTES_MAX];
};

/*
 * For jobs from this queue: a failure is reported. It begins with zeros;
 * job_command_end() is called in any case.
 */
enum status job_command_begin(struct job_command *command, const struct name *queue,
                              char **argv);
void job_command_end(struct job_command *command);

/* Why the message cannot stand in the place of {} among the arguments; NULL: it can. */
const char *job_command_check_message(const struct job_command *command,
                                      const struct job *job, char reason[64]);

/* With `out` as its standard output, -1: ours. Its pid, or -1 with errno. */
pid_t job_command_start(struct job_command *command, struct children *children,
                        const struct job *job, int out);

#endif

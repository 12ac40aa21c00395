/* SPDX-License-Identifier: MIT */
/*
 * The command that is run for each job: its arguments with the message in them, its
 * standard input and output and its environment.
 */
#ifndef POOL_JOB_COMMAND_H
#define POOL_JOB_COMMAND_H

#include <stdbool.h>

#include "object/name.h"
#include "pool/job.h"
#include "pool/ordered_output.h"
#include "process/children.h"
#include "process/exec.h"

/*
 * MQ_NAME, MQ_PRIORITY, MQ_SIZE and MQ_TRY are set in its environment; MQ_NAME and
 * MQ_WINDOW in that of a worker that stays.
 */
enum { JOB_COMMAND_VARIABLES = 5 };

struct job_command {
	char **argv; /* the operands; owned by the caller */
	bool has_placeholder;
	bool was_executed;
	struct exec_path path;
	char **environment; /* the exported variables, then `variables` */
	char variables[JOB_COMMAND_VARIABLES][64 + NAME_BYTES_MAX];
	/* owned by the caller; NULL: the commands have its standard output */
	struct ordered_output *outputs;
};

/*
 * Find the command, for jobs of this queue. `window` is that of a worker that stays,
 * which must have no {} in its arguments (STATUS_USAGE), or 0: a command for each job.
 * STATUS_NO_COMMAND, STATUS_CANNOT_EXEC or STATUS_RUN_ERROR, reported. Begin with zeros;
 * job_command_end() is called in any case.
 */
enum status job_command_begin(struct job_command *command, const struct name *queue,
                              char **argv, int64_t window);
void job_command_end(struct job_command *command);

/* Is there a {} in the arguments? */
bool job_command_has_placeholder(char **argv);

/* Why the message cannot replace {} in the arguments, or NULL if it can. */
const char *job_command_check_message(const struct job_command *command,
                                      const struct job *job, char reason[64]);

/*
 * After job_command_start() failed with E2BIG: is it the message that made the arguments
 * too long? It is if the command was executed for another message; otherwise not if they,
 * and the environment, nearly reach the limit without it.
 */
bool job_command_is_message_too_long(const struct job_command *command,
                                     const struct job *job);

/* Start it, and set job->turn if its output has one: as children_spawn(). */
pid_t job_command_start(struct job_command *command, struct children *children,
                        struct job *job);

#endif

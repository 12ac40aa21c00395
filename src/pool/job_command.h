/*
 * The command that is run for each job: its arguments with the message in them, its
 * standard input and its environment.
 */
#ifndef POOL_JOB_COMMAND_H
#define POOL_JOB_COMMAND_H

#include <stdbool.h>

#include "object/name.h"
#include "pool/attempts.h"
#include "process/children.h"
#include "process/exec.h"

/* Those that are set for it: MQ_NAME, MQ_PRIORITY, MQ_SIZE, MQ_TRY. */
enum { COMMAND_VARIABLES = 4 };

struct command {
	char **argv; /* as given; the caller's */
	bool fills_in;
	struct child_path path;
	char **environment; /* what is exported, and ours at its end */
	char variables[COMMAND_VARIABLES][64 + NAME_BYTES_MAX];
};

/*
 * For jobs from this queue: a failure is reported. It begins with zeros; command_end()
 * is called in any case.
 */
enum status command_begin(struct command *command, const struct name *queue, char **argv);
void command_end(struct command *command);

/* Why the message cannot stand in the place of {} among the arguments; NULL: it can. */
const char *command_cannot_bear(const struct command *command, const struct job *job,
                                char reason[64]);

/* With `out` as its standard output, -1: ours. Its pid, or -1 with errno. */
pid_t command_start(struct command *command, struct crew *crew, const struct job *job,
                    int out);

#endif

/*
 * A pool: what pool_run() has while it runs, and how that is made and released.
 */
#ifndef POOL_SETUP_H
#define POOL_SETUP_H

#include <sys/types.h>

#include "base/deadline.h"
#include "pool/job_command.h"
#include "pool/ordered_output.h"
#include "pool/pool.h"
#include "pool/retry.h"
#include "process/children.h"
#include "queue/queue.h"

struct pool {
	const struct pool_options *options;
	struct name name;
	struct queue queue; /* the messages come from */
	struct job_command command;
	struct ordered_output outputs; /* of the commands, with options->keep_order */
	struct children children;
	struct job *jobs; /* options->workers of them, each with room for a message */
	pid_t *pids;      /* of the command of the job at the same index; 0: none runs */
	struct retry retry;
	struct deadline timeout;
	int64_t received, run; /* numbers of messages, of commands */
	bool stopping;         /* no more messages are received */
};

/*
 * Begin with zeros, the options and the three queues' fd -1. Open the queues, allocate
 * the jobs and find the command; no command runs yet. A failure is reported, its status
 * is one of a failure before a command (status_before_command()), or 126 or 127.
 * retry_end() and then pool_release() are called in any case.
 */
enum status pool_setup(struct pool *pool, const char *queue, char **command);
void pool_release(struct pool *pool);

#endif

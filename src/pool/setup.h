/* SPDX-License-Identifier: MIT */
/*
 * A pool: what pool_run() has while it runs, and how that is made and released.
 */
#ifndef POOL_SETUP_H
#define POOL_SETUP_H

#include <sys/types.h>

#include "base/deadline.h"
#include "io/progress.h"
#include "pool/job_command.h"
#include "pool/job_log.h"
#include "pool/ordered_output.h"
#include "pool/pool.h"
#include "pool/producers.h"
#include "pool/retry.h"
#include "pool/workers.h"
#include "pool/workers_file.h"
#include "process/children.h"
#include "queue/queue.h"

struct pool {
	const struct pool_options *options;
	struct name name;
	struct queue queue; /* the messages come from */
	struct job_command command;
	struct ordered_output outputs; /* of the commands, with options->keep_order */
	struct children children;
	struct children_hooks hooks;
	const struct runner *runner;
	/* of pool/commands.h: jobs_max of them; without room for a message: bytes is NULL
	 */
	struct job *jobs;
	struct workers staying; /* of pool/workers.h */
	/* of the processes; of the command of the job at the same index; 0: none runs */
	pid_t *pids;
	int64_t jobs_max; /* the most workers that there can be */
	int64_t workers;  /* commands at once, now; 0 with a workers file only */
	struct workers_file workers_file;
	struct producers producers;
	struct job_log log;
	struct retry retry;
	struct progress progress;
	struct deadline timeout;
	int64_t next_start;    /* of a command, with options->period: deadline_clock() */
	int64_t received, run; /* numbers of messages, of commands or answers */
	bool poll_failed;      /* reported */
	bool draining;         /* SIGTERM: until the queue is empty */
	bool terminating;      /* stopping, by a termination signal */
	bool stopping;         /* no more messages are received */
};

/*
 * Begin with zeros, the options, and the fd of the three queues and of the job log -1.
 * Open them, allocate the jobs and find the command; no command runs yet. A failure is
 * reported, its status is one of a failure before a command (status_before_command()), or
 * 126 or 127. retry_end() and then pool_release() are called in any case.
 */
enum status pool_setup(struct pool *pool, const char *queue, char **command);
void pool_release(struct pool *pool);

/* The bytes of the longest message that can be received. */
static inline size_t pool_message_size(const struct pool *pool)
{
	/* an orphaned message in flight may be longer than those of the queue */
	return (size_t)(pool->options->inflight != NULL ? pool->retry.inflight.queue.size
	                                                : pool->queue.size);
}

#endif

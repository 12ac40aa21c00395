/*
 * The workers of a pool: each has room for the message of a job, and runs its command.
 */
#ifndef POOL_WORKERS_H
#define POOL_WORKERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"
#include "pool/job.h"
#include "pool/job_command.h"
#include "pool/ordered_output.h"
#include "process/children.h"

struct worker {
	struct job job; /* bytes points into room */
	char *room;
	uint64_t turn; /* of its output, with keep_order */
};

struct workers {
	struct worker *workers;
	pid_t *pids; /* of the command of the worker at the same index; 0: it is idle */
	int count;
	struct children children;
	struct job_command command;
	bool keep_order; /* the outputs are written in the order of the jobs */
	struct ordered_output outputs;
};

/*
 * Begin with zeros: `count` workers for messages of at most `size` bytes. False with
 * errno ENOMEM. workers_free() is called in any case.
 */
bool workers_alloc(struct workers *workers, int count, size_t size);
void workers_free(struct workers *workers);

/*
 * From now on commands may run, and termination signals are held: the first of each ends
 * nothing and is not forwarded. A failure is reported; then there is nothing to end.
 */
enum status workers_begin(struct workers *workers);

/* No command may run. `signal` as in children_end(). */
void workers_end(struct workers *workers, int signal);

/* May another command be started? */
bool workers_have_idle(const struct workers *workers);

/* The worker that the next command is started for; one must be idle. */
struct worker *workers_idle(const struct workers *workers);

/* Start the command for the job of the worker that is idle: its pid, or -1 with errno. */
pid_t workers_start(struct workers *workers, struct worker *worker);

/*
 * Poll for a command that has ended: the worker whose command it was, and the status of
 * waitpid(2). NULL if none has.
 */
struct worker *workers_poll(struct workers *workers, int *wait_status);

/* With keep_order: write its output, and others that waited for it. Failures are
 * reported. */
enum status workers_write_output(struct workers *workers, const struct worker *worker);

#endif

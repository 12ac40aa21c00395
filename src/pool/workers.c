#include <errno.h>
#include <stdlib.h>

#include "base/termsig.h"
#include "pool/workers.h"
#include "queue/queue.h"

bool workers_alloc(struct workers *workers, int count, size_t size)
{
	workers->count = count;
	/* one element more: no command runs in it, which is the end */
	workers->pids = calloc((size_t)count + 1, sizeof *workers->pids);
	workers->workers = calloc((size_t)count + 1, sizeof *workers->workers);
	if (workers->pids == NULL || workers->workers == NULL)
		return false;
	for (int i = 0; i < count; i++) {
		struct worker *worker = &workers->workers[i];
		worker->room = malloc(QUEUE_HEADROOM + size);
		if (worker->room == NULL)
			return false;
		worker->job.bytes = worker->room + QUEUE_HEADROOM;
	}
	return true;
}

void workers_free(struct workers *workers)
{
	for (int i = 0; workers->workers != NULL && i < workers->count; i++)
		free(workers->workers[i].room);
	free(workers->workers);
	free(workers->pids);
	job_command_end(&workers->command);
}

enum status workers_begin(struct workers *workers)
{
	enum status status =
	    children_begin(&workers->children, workers->pids, workers->count);
	if (status == STATUS_OK)
		workers->children.held_back = termsig_set();
	return status;
}

void workers_end(struct workers *workers, int signal)
{
	children_end(&workers->children, signal);
}

bool workers_have_idle(const struct workers *workers)
{
	return workers->children.running < workers->children.most &&
	       !(workers->keep_order && ordered_output_is_full(&workers->outputs));
}

/* children_spawn() puts the pid at the first index that is free: this one. */
struct worker *workers_idle(const struct workers *workers)
{
	struct worker *worker = workers->workers;
	for (const pid_t *pid = workers->pids; *pid != 0; pid++)
		worker++;
	return worker;
}

pid_t workers_start(struct workers *workers, struct worker *worker)
{
	int out = -1;
	if (workers->keep_order) {
		out = ordered_output_open(&workers->outputs, &worker->turn);
		if (out < 0)
			return -1;
	}
	pid_t pid =
	    job_command_start(&workers->command, &workers->children, &worker->job, out);
	int error = errno;
	if (workers->keep_order && pid < 0)
		ordered_output_cancel(&workers->outputs);
	errno = error;
	return pid;
}

struct worker *workers_poll(struct workers *workers, int *wait_status)
{
	struct children_exit ended;
	if (!children_poll(&workers->children, &ended))
		return NULL;
	*wait_status = ended.wait_status;
	return &workers->workers[ended.index];
}

enum status workers_write_output(struct workers *workers, const struct worker *worker)
{
	return workers->keep_order
	           ? ordered_output_complete(&workers->outputs, worker->turn)
	           : STATUS_OK;
}

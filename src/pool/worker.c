/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/fd.h"
#include "pool/job_limit.h"
#include "pool/worker.h"
#include "process/children.h"

void worker_release(struct worker *worker)
{
	for (size_t i = 0; worker->jobs != NULL && i < worker->window; i++)
		free(worker->jobs[i].bytes);
	free(worker->jobs);
	worker->jobs = NULL;
	if (worker->state != WORKER_ABSENT)
		coprocess_end(&worker->coprocess);
	worker->state = WORKER_ABSENT;
}

pid_t worker_start(struct worker *worker, size_t window,
                   const struct job_command *command, struct children *children)
{
	int ends[2];
	if (worker->jobs == NULL)
		worker->jobs = calloc(window, sizeof *worker->jobs);
	if (worker->jobs == NULL || coprocess_begin(&worker->coprocess, ends) < 0)
		return -1;
	struct children_spawn spawn = {.path = command->path.text,
	                               .argv = command->argv,
	                               .environment = command->environment,
	                               .in = ends[0],
	                               .out = ends[1]};
	pid_t pid = children_spawn(children, &spawn);
	fd_close_keep_errno(ends[0]);
	fd_close_keep_errno(ends[1]);
	worker->window = window;
	worker->answers = 0;
	if (pid < 0) {
		int error = errno;
		coprocess_end(&worker->coprocess);
		errno = error;
		return pid;
	}
	worker->pid = pid;
	worker->state = WORKER_ANSWERING;
	return 0;
}

/* -------------------------------------------------------------------- jobs */

bool worker_has_room(const struct worker *worker, int64_t now)
{
	if (worker->state == WORKER_ABSENT)
		return worker->due <= now;
	return worker->state == WORKER_ANSWERING && worker->unanswered < worker->window &&
	       coprocess_has_room(&worker->coprocess);
}

static struct worker_job *worker_job_at(const struct worker *worker, size_t index)
{
	return &worker->jobs[(worker->first + index) % worker->window];
}

/* Room for a message of this length: NULL if out of memory. */
static char *make_room(struct worker_job *to, size_t length)
{
	if (to->bytes != NULL && length <= to->room)
		return to->bytes;
	char *larger = realloc(to->bytes, length + 1);
	if (larger == NULL)
		return NULL;
	to->bytes = larger;
	to->room = length + 1;
	return larger;
}

bool worker_give(struct worker *worker, const struct job *job,
                 const struct coprocess_message *message)
{
	struct worker_job *to = worker_job_at(worker, worker->unanswered);
	char *bytes = make_room(to, job->length);
	if (bytes == NULL)
		return false;
	to->job = *job;
	to->job.bytes = memcpy(bytes, job->bytes, job->length);
	to->begin = worker->coprocess.given;
	if (coprocess_give(&worker->coprocess, message) < 0)
		return false;
	worker->unanswered++;
	return true;
}

struct job *worker_oldest(const struct worker *worker)
{
	return worker->unanswered > 0 ? &worker_job_at(worker, 0)->job : NULL;
}

void worker_drop_oldest(struct worker *worker)
{
	worker->first = (worker->first + 1) % worker->window;
	worker->unanswered--;
}

bool worker_has_not_read_oldest(const struct worker *worker)
{
	return worker_job_at(worker, 0)->begin >=
	       coprocess_bytes_read(&worker->coprocess);
}

/* ------------------------------------------------------------------ ending */

static void worker_begin_ending(struct worker *worker, enum worker_state state,
                                int64_t time)
{
	worker->state = state;
	worker->ending = (struct job_limit){.started = deadline_clock()};
	worker->ending_time = time;
}

void worker_close(struct worker *worker, int64_t time)
{
	coprocess_close_input(&worker->coprocess);
	worker_begin_ending(worker, WORKER_CLOSED, time);
}

void worker_silence(struct worker *worker, const char *closed)
{
	worker->closed = closed;
	worker_begin_ending(worker, WORKER_SILENT, JOB_LIMIT_GRACE);
}

void worker_break(struct worker *worker)
{
	coprocess_end(&worker->coprocess);
	worker_begin_ending(worker, WORKER_BROKEN, 0);
}

void worker_ended(struct worker *worker)
{
	const int64_t first = 100000000, most = 10000000000;
	int64_t delay = first;
	coprocess_end(&worker->coprocess);
	worker->state = WORKER_ABSENT;
	worker->pid = 0;
	worker->failures = worker->answers > 0 ? 0 : worker->failures + 1;
	for (int i = 1; i < worker->failures && delay < most; i++)
		delay *= 2;
	worker->due =
	    worker->failures > 0 ? deadline_clock() + (delay < most ? delay : most) : 0;
}

/* -------------------------------------------------------------------- time */

int64_t worker_time_left(const struct worker *worker, int64_t most, int64_t now)
{
	if (worker->state == WORKER_ABSENT)
		return worker->due > now ? worker->due - now : INT64_MAX;
	if (worker->state != WORKER_ANSWERING)
		return worker->ending_time == INT64_MAX &&
		               worker->ending.stage == JOB_LIMIT_NONE
		           ? INT64_MAX
		           : job_limit_left(&worker->ending, worker->ending_time, now);
	if (worker->unanswered == 0 || most == INT64_MAX)
		return INT64_MAX;
	return job_limit_left(&worker_oldest(worker)->limit, most, now);
}

bool worker_enforce_time(struct worker *worker, int64_t most, int64_t now)
{
	bool is_over = false;
	if (worker->state == WORKER_ABSENT || worker_time_left(worker, most, now) > 0)
		return false;
	if (worker->state == WORKER_ANSWERING) {
		worker_oldest(worker)->limit.stage = JOB_LIMIT_TERMINATED;
		worker_break(worker);
		is_over = true;
	}
	job_limit_enforce(&worker->ending, worker->pid, worker->ending_time,
	                  deadline_clock());
	return is_over;
}

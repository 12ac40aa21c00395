/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <unistd.h>

#include "base/ksig.h"
#include "base/termsig.h"
#include "io/error.h"
#include "remote/worker.h"

static const int64_t millisecond = 1000000;

/* The time that a worker has between the end of its input, or TERM, and KILL. */
static const int64_t grace = 5000 * millisecond;

enum status remote_worker_begin(struct remote_worker *worker, char **command)
{
	*worker = (struct remote_worker){.command = command, .start = DEADLINE_NOW};
	enum status status = children_begin(&worker->children, &worker->pid, 1);
	worker->children.held_back = termsig_set();
	return status;
}

/* In the child. */
static bool connect_pipes(void *argument)
{
	const int *ends = argument;
	if (dup2(ends[0], STDIN_FILENO) >= 0 && dup2(ends[1], STDOUT_FILENO) >= 0)
		return true;
	error_errno_as(STATUS_RUN_ERROR, "the pipes of the worker");
	return false;
}

enum status remote_worker_start(struct remote_worker *worker)
{
	int ends[2];
	if (worker->pid != 0 || deadline_left(&worker->start) > 0)
		return STATUS_OK;
	if (coprocess_begin(&worker->coprocess, ends) < 0)
		return error_errno_as(STATUS_RUN_ERROR, "the pipes of the worker");
	pid_t pid =
	    children_start(&worker->children, worker->command, connect_pipes, ends);
	close(ends[0]);
	close(ends[1]);
	worker->has_answered = worker->is_ending = worker->is_mute = false;
	if (pid > 0)
		return STATUS_OK;
	coprocess_end(&worker->coprocess);
	return STATUS_RUN_ERROR;
}

bool remote_worker_is_ready(const struct remote_worker *worker)
{
	return worker->pid != 0 && !worker->is_ending;
}

void remote_worker_note_answer(struct remote_worker *worker)
{
	worker->has_answered = worker->was_replaced = true;
	worker->pause = 0;
}

void remote_worker_replace(struct remote_worker *worker)
{
	coprocess_close_input(&worker->coprocess);
	if (worker->is_ending)
		return;
	worker->is_ending = true;
	worker->end = deadline_in(grace);
}

void remote_worker_mute(struct remote_worker *worker)
{
	worker->is_mute = true;
	remote_worker_replace(worker);
}

void remote_worker_terminate(struct remote_worker *worker)
{
	remote_worker_mute(worker);
	children_kill(&worker->children, SIGTERM);
}

static void make_pause(struct remote_worker *worker)
{
	const int64_t shortest = 100 * millisecond, longest = 10000 * millisecond;
	worker->start = deadline_in(worker->pause);
	worker->pause *= 2;
	if (worker->pause < shortest)
		worker->pause = shortest;
	if (worker->pause > longest)
		worker->pause = longest;
}

bool remote_worker_poll(struct remote_worker *worker, int *wait_status)
{
	struct children_exit ended;
	if (worker->pid != 0 && worker->is_ending && deadline_left(&worker->end) == 0) {
		children_kill(&worker->children, SIGKILL);
		worker->end = deadline_in(grace);
	}
	if (!children_poll(&worker->children, &ended))
		return false;
	*wait_status = ended.wait_status;
	make_pause(worker);
	return true;
}

void remote_worker_forget(struct remote_worker *worker)
{
	coprocess_end(&worker->coprocess);
}

int64_t remote_worker_wait(const struct remote_worker *worker)
{
	if (worker->pid == 0)
		return deadline_left(&worker->start);
	return worker->is_ending ? deadline_left(&worker->end) : INT64_MAX;
}

void remote_worker_end(struct remote_worker *worker, int signal)
{
	children_end(&worker->children, signal);
}

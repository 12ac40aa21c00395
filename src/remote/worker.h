/* SPDX-License-Identifier: MIT */
/*
 * The COMMAND of consume_run(): one process that stays, and the conversation with it
 * (stream/coprocess.h). When it has ended it is started again, after a pause that doubles
 * until it answers something.
 */
#ifndef REMOTE_WORKER_H
#define REMOTE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/deadline.h"
#include "base/status.h"
#include "process/children.h"
#include "stream/coprocess.h"

struct remote_worker {
	char **command;
	pid_t pid; /* 0: it does not run */
	struct children children;
	struct coprocess coprocess;
	bool is_mute;      /* nothing that it writes is read any more */
	bool has_answered; /* since it was started */
	bool was_replaced; /* one before it has answered something */
	/* It is expected to end by then, and killed otherwise. */
	bool is_ending;
	struct deadline end;
	int64_t pause;         /* nanoseconds */
	struct deadline start; /* not before this */
};

/*
 * From now until remote_worker_end() signals are read by worker->children. `command` is
 * the caller's. STATUS_OK, or STATUS_RUN_ERROR, reported: there is nothing to end.
 */
enum status remote_worker_begin(struct remote_worker *worker, char **command);

/* Start it, if it does not run and its pause is over. A failure is reported, final. */
enum status remote_worker_start(struct remote_worker *worker);

/* It runs, and is not expected to end. */
bool remote_worker_is_ready(const struct remote_worker *worker);

/* It has answered: if it ends now it is started again at once. */
void remote_worker_note_answer(struct remote_worker *worker);

/*
 * It does not read its input any more: it may still answer what it has read. It must end
 * soon, or is killed.
 */
void remote_worker_replace(struct remote_worker *worker);

/* The same, of one that has closed its output. */
void remote_worker_mute(struct remote_worker *worker);

/* The same, of one whose answers are wrong: it is terminated. */
void remote_worker_terminate(struct remote_worker *worker);

/*
 * Handle signals, and the end of the time that it has to end in. True if it has ended:
 * *wait_status as of waitpid(2). Its answers can still be read until
 * remote_worker_forget().
 */
bool remote_worker_poll(struct remote_worker *worker, int *wait_status);
void remote_worker_forget(struct remote_worker *worker);

/* The nanoseconds until remote_worker_start() or remote_worker_poll() has something to
 * do. */
int64_t remote_worker_wait(const struct remote_worker *worker);

/* It must not run. `signal` is as that of children_end(). */
void remote_worker_end(struct remote_worker *worker, int signal);

#endif

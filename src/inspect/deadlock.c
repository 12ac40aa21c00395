/* SPDX-License-Identifier: MIT */
#include "inspect/deadlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/procfs.h"
#include "base/value.h"
#include "io/error.h"

bool deadlock_is_blocked(const struct enders *enders, pid_t pid)
{
	const struct enders_process *process = enders_process(enders, pid);
	return process != NULL && process->blocked;
}

/* Do only blocked processes end this wait? Of a lock any one of its holders is enough. */
static bool is_hopeless(struct enders *enders, const struct census_waiter *waiter,
                        struct enders_found *found)
{
	size_t blocked = 0;
	enders_find(enders, waiter, found);
	for (size_t i = 0; i < found->count; i++)
		blocked += deadlock_is_blocked(enders, found->pids[i]);
	return found->all ? blocked > 0 : blocked == found->count && !found->others;
}

/*
 * The waiters of the census in the order of processes and threads, and what is known of
 * the thread and the process that the last ones are of.
 */
static int compare_threads(const void *a, const void *b)
{
	const struct census_waiter *const *left = a, *const *right = b;
	int order = ((*left)->pid > (*right)->pid) - ((*left)->pid < (*right)->pid);
	return order != 0 ? order
	                  : ((*left)->thread > (*right)->thread) -
	                        ((*left)->thread < (*right)->thread);
}

/*
 * Can none of the events come that a thread waits for? A signal can come to any process;
 * it counts only if nothing else is waited for. A thread that waits for another one of
 * its process depends on that.
 */
static bool is_thread_hopeless(struct enders *enders, struct census_waiter **waiters,
                               size_t count, struct enders_found *found,
                               bool *other_thread)
{
	bool any = false;
	for (size_t i = 0; i < count; i++) {
		if (waiters[i]->on == BLOCKED_SIGNAL)
			continue;
		if (waiters[i]->on == BLOCKED_THREAD) {
			*other_thread = true;
			return true;
		}
		if (!is_hopeless(enders, waiters[i], found))
			return false;
		any = true;
	}
	*other_thread = false;
	return any;
}

/* The waiters of one process: it is blocked if all its threads are. */
static bool is_process_hopeless(struct enders *enders, struct census_waiter **waiters,
                                size_t count, unsigned threads,
                                struct enders_found *found)
{
	bool waits = false, other_thread;
	unsigned seen = 0;
	for (size_t i = 0, next; i < count; i = next, seen++) {
		for (next = i;
		     next < count && waiters[next]->thread == waiters[i]->thread;)
			next++;
		if (!is_thread_hopeless(enders, waiters + i, next - i, found,
		                        &other_thread))
			return false;
		waits = waits || !other_thread;
	}
	return waits && seen == threads;
}

/* Begin with all that wait; those of which one event can come are not blocked. */
static void find_blocked(struct enders *enders, struct census_waiter **waiters,
                         size_t count)
{
	struct enders_found found = {0};
	for (bool first = true, changed = true; changed; first = false) {
		changed = first;
		for (size_t i = 0, next; i < count; i = next) {
			pid_t pid = waiters[i]->pid;
			struct enders_process *process = enders_process(enders, pid);
			for (next = i; next < count && waiters[next]->pid == pid;)
				next++;
			if (process == NULL)
				continue;
			if (first) {
				process->blocked = process->state == 'S';
			} else if (process->blocked &&
			           !is_process_hopeless(enders, waiters + i, next - i,
			                                process->threads, &found)) {
				process->blocked = false;
				changed = true;
			}
		}
	}
	free(found.pids);
}

enum status deadlock_find(struct enders *enders)
{
	const struct census *census = enders->census;
	size_t count = census->waiter_count;
	struct census_waiter **waiters = calloc(count + 1, sizeof *waiters);
	if (waiters == NULL)
		return error_as(STATUS_FAILED, "%s", error_text(ENOMEM));
	for (size_t i = 0; i < count; i++)
		waiters[i] = &census->waiters[i];
	if (count > 1)
		qsort(waiters, count, sizeof *waiters, compare_threads);
	find_blocked(enders, waiters, count);
	free(waiters);
	return STATUS_OK;
}

/* ------------------------------------------------------------------------ circles */

/* A blocked process that this one waits for, 0 if it waits for none. */
static pid_t next_blocked(struct enders *enders, pid_t pid)
{
	struct enders_found found = {0};
	const struct census *census = enders->census;
	pid_t next = 0;
	for (size_t i = 0; i < census->waiter_count && next == 0; i++) {
		if (census->waiters[i].pid != pid)
			continue;
		enders_find(enders, &census->waiters[i], &found);
		for (size_t k = 0; k < found.count && next == 0; k++)
			if (deadlock_is_blocked(enders, found.pids[k]))
				next = found.pids[k];
	}
	free(found.pids);
	return next;
}

struct deadlock_circle deadlock_find_circle(struct enders *enders, pid_t pid)
{
	struct deadlock_circle circle = {0};
	size_t start;
	if (!deadlock_is_blocked(enders, pid))
		return circle;
	while (pid != 0 && circle.count < DEADLOCK_CIRCLE_MAX) {
		for (start = 0; start < circle.count && circle.pids[start] != pid;)
			start++;
		if (start < circle.count) {
			circle.count -= start;
			memmove(circle.pids, circle.pids + start,
			        circle.count * sizeof *circle.pids);
			return circle;
		}
		circle.pids[circle.count++] = pid;
		pid = next_blocked(enders, pid);
	}
	circle.count = 0;
	return circle;
}

uint64_t deadlock_count_switches(const struct deadlock_circle *circle)
{
	uint64_t sum = 0;
	char path[64], text[4096];
	struct directory names;
	for (size_t i = 0; i < circle->count; i++) {
		snprintf(path, sizeof path, "/proc/%d/task", (int)circle->pids[i]);
		int tasks = directory_open(AT_FDCWD, path);
		if (tasks < 0)
			continue;
		directory_begin(&names, tasks);
		for (const char *name; (name = directory_next(&names)) != NULL;) {
			snprintf(path, sizeof path, "/proc/%.20s/status", name);
			procfs_read(path, text, sizeof text);
			const char *field =
			    procfs_find_field(text, "\nvoluntary_ctxt_switches:\t");
			if (field != NULL)
				sum += value_strtoull(field, NULL, 10);
		}
		close(tasks);
	}
	return sum;
}

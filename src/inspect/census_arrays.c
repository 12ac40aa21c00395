/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/procfs.h"
#include "base/vec.h"
#include "inspect/census.h"

static void *append_item(struct census *census, void *items, size_t *count, size_t *room,
                         size_t size, const void *item)
{
	if (*count == *room) {
		void *more = vec_grow(items, room, size);
		if (more == NULL) {
			census->objects.error = ENOMEM;
			return items;
		}
		items = more;
	}
	memcpy((char *)items + (*count)++ * size, item, size);
	return items;
}

void census_add_holder(struct census *census, const struct census_holder *holder)
{
	census->holders = append_item(census, census->holders, &census->holder_count,
	                              &census->holder_room, sizeof *holder, holder);
}

void census_add_waiter(struct census *census, const struct census_waiter *waiter)
{
	census->waiters = append_item(census, census->waiters, &census->waiter_count,
	                              &census->waiter_room, sizeof *waiter, waiter);
}

void census_add_process(struct census *census, const struct census_process *process)
{
	census->processes = append_item(census, census->processes, &census->process_count,
	                                &census->process_room, sizeof *process, process);
	census->hidden_processes += process->hidden;
}

/* The first item whose first member, an int, is `first` or more. */
static size_t find_first(const void *items, size_t count, size_t size, int first)
{
	size_t low = 0;
	while (count > low) {
		size_t middle = low + (count - low) / 2;
		if (*(const int *)(const void *)((const char *)items + middle * size) <
		    first)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

size_t census_first_holder(const struct census *census, int object)
{
	return find_first(census->holders, census->holder_count, sizeof *census->holders,
	                  object);
}

size_t census_first_waiter(const struct census *census, int object)
{
	return find_first(census->waiters, census->waiter_count, sizeof *census->waiters,
	                  object);
}

struct census_process *census_process(const struct census *census, pid_t pid)
{
	size_t at = find_first(census->processes, census->process_count,
	                       sizeof *census->processes, pid);
	return at < census->process_count && census->processes[at].pid == pid
	           ? &census->processes[at]
	           : NULL;
}

const char *census_command(struct census *census, pid_t pid)
{
	char path[32];
	struct census_process *process = census_process(census, pid);
	if (process == NULL)
		return "";
	if (process->command[0] != '\0')
		return process->command;
	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	ssize_t length = procfs_read(path, process->command, sizeof process->command);
	/* proc_pid_comm(5): 15 bytes at most, and a newline */
	if (length > 0 && process->command[length - 1] == '\n')
		process->command[length - 1] = '\0';
	return process->command;
}

void census_free(struct census *census)
{
	object_list_free(&census->objects);
	object_list_free(&census->locked);
	free(census->processes);
	free(census->holders);
	free(census->waiters);
	*census = (struct census){0};
}

/* SPDX-License-Identifier: MIT */
/*
 * A message would be written into the screen, and a shell that runs this as a builtin
 * must not wait for a process that it does not know: so a helper process does it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/ksig.h"
#include "inspect/top_view.h"
#include "inspect/why.h"
#include "io/error.h"
#include "io/output.h"
#include "object/name.h"
#include "process/helper.h"
#include "queue/queue.h"
#include "semaphore/semaphore.h"
#include "shm/segment.h"

enum { TOP_NAME_BYTES = 5000 };

static const struct {
	enum name_kind kind;
	enum status (*unlink)(const struct name *name, bool missing_is_fine);
} removals[] = {
    [OBJECT_MQ] = {NAME_QUEUE, queue_unlink},
    [OBJECT_SHM] = {NAME_MEMORY, segment_unlink},
    [OBJECT_SEM] = {NAME_SEMAPHORE, semaphore_unlink},
};

bool top_action_is_removable(const struct object *object)
{
	return !object->nameless &&
	       (size_t)object->identity.kind < sizeof removals / sizeof *removals;
}

static void remove_object(struct top *top, const struct object *object)
{
	struct name name;
	(void)top;
	if (name_parse(&name, removals[object->identity.kind].kind, object->name) ==
	        STATUS_OK &&
	    removals[object->identity.kind].unlink(&name, false) == STATUS_OK)
		output_printf("removed %s\n", object->name);
}

static void inspect_object(struct top *top, const struct object *object)
{
	const struct census_request request = {
	    .kinds = top->request->kinds, .details = true, .waits = true};
	const struct table_options options = {.who = true};
	struct census census;
	char name[TOP_NAME_BYTES];
	if (census_take(&census, &request) != STATUS_OK)
		return;
	int index = object_list_find(&census.objects, &object->identity);
	if (index == OBJECT_NONE) {
		error_as(STATUS_NOT_FOUND, "%s: no such object", object->name);
		return;
	}
	table_print(&census, &index, 1, &options);
	/* with its kind: a queue and a semaphore may have one name */
	snprintf(name, sizeof name, "%s:%s", object_kind_word(object->identity.kind),
	         object->name);
	output_write("\n", 1);
	why_print(top_action_is_removable(object) ? name : object->name, false);
}

/* Until its end, or a termination signal. */
static void read_output(struct top *top, int fd)
{
	size_t length = 0;
	ssize_t got = 1;
	while (got > 0 && length < TOP_TEXT_BYTES - 1 &&
	       deadline_poll_fd(&DEADLINE_NEVER, fd, POLLIN, -1) == 0) {
		got = read(fd, top->text + length, TOP_TEXT_BYTES - 1 - length);
		length += got > 0 ? (size_t)got : 0;
	}
	top->text[length] = '\0';
}

static void run_action(struct top *top,
                       void (*action)(struct top *top, const struct object *object))
{
	int fds[2], wait_status;
	uint64_t mask;
	const struct object *object = top_selected(top);
	top->text[0] = '\0';
	if (object == NULL || pipe2(fds, O_CLOEXEC) < 0)
		return;
	pid_t pid = helper_fork(&mask);
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		action(top, object);
		_exit(0);
	}
	close(fds[1]);
	if (pid > 0) {
		ksig_procmask(SIG_SETMASK, mask);
		read_output(top, fds[0]);
		kill(pid, SIGKILL);
		helper_wait(pid, &wait_status);
	} else {
		snprintf(top->text, TOP_TEXT_BYTES, "%s", error_text(errno));
	}
	close(fds[0]);
}

void top_action_inspect(struct top *top)
{
	run_action(top, inspect_object);
}

void top_action_remove(struct top *top)
{
	run_action(top, remove_object);
}

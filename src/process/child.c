/* SPDX-License-Identifier: MIT */
#include <sys/wait.h>

#include "base/call.h"
#include "base/frontend.h"
#include "base/status.h"
#include "process/child.h"
#include "process/exec.h"

enum status child_start(struct child *child, char **argv, children_prepare *prepare,
                        void *argument)
{
	enum status status = children_begin(&child->children, &child->pid, 1);
	if (status != STATUS_OK ||
	    children_start(&child->children, argv, prepare, argument) > 0)
		return status;
	children_end(&child->children, 0);
	return STATUS_RUN_ERROR;
}

enum status child_wait(struct child *child)
{
	struct children_exit ended = {0};
	children_wait(&child->children, &ended);
	children_end(&child->children, 0);
	return child_adopt_status(ended.wait_status);
}

enum status child_run(char **argv, children_prepare *prepare, void *argument)
{
	struct child child;
	if (!frontend_is_builtin())
		return prepare(argument) ? exec_replace(argv) : STATUS_RUN_ERROR;
	enum status status = child_start(&child, argv, prepare, argument);
	return status == STATUS_OK ? child_wait(&child) : status;
}

enum status child_adopt_status(int wait_status)
{
	call_current->command_signal =
	    WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
	return status_of_wait(wait_status);
}

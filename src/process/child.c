#include "process/child.h"
#include "base/frontend.h"
#include "process/exec.h"

enum status child_start(struct child *child, char **argv, child_prepare *prepare,
                        void *argument)
{
	enum status status = crew_begin(&child->crew, &child->pid, 1);
	if (status != STATUS_DONE ||
	    crew_start(&child->crew, argv, prepare, argument) > 0)
		return status;
	crew_end(&child->crew, 0);
	return STATUS_RUN_FAILED;
}

enum status child_wait(struct child *child)
{
	struct crew_ended ended = {0};
	crew_wait(&child->crew, &ended);
	crew_end(&child->crew, 0);
	return child_status(ended.wait_status);
}

enum status child_run(char **argv, child_prepare *prepare, void *argument)
{
	struct child child;
	if (!front_is_builtin())
		return prepare(argument) ? child_exec(argv) : STATUS_RUN_FAILED;
	enum status status = child_start(&child, argv, prepare, argument);
	return status == STATUS_DONE ? child_wait(&child) : status;
}

/* SPDX-License-Identifier: MIT */
/*
 * Hold a permit of a System V semaphore while a command runs.
 *
 * The kernel undoes an operation with SEM_UNDO when its process has ended, however it
 * ends; execve(2) does not count as an end. So the command's own process waits for the
 * permit, and then becomes the command. No holder process is needed, and there is no
 * moment at which a kill loses the permit or gives it back twice or too early.
 */
#include <sys/prctl.h>
#include <unistd.h>

#include "base/frontend.h"
#include "base/ksig.h"
#include "process/child.h"
#include "process/exec.h"
#include "process/supervision.h"
#include "semaphore/family.h"

struct semaphore_sysv_holder {
	struct semaphore semaphore;
	const struct deadline *deadline;
	const struct child *child;
	pid_t parent;
};

static enum status acquire_for_command(const struct semaphore_sysv_holder *holder)
{
	if (semaphore_wait(&holder->semaphore, 1, holder->deadline) == 0)
		return STATUS_OK;
	return status_before_command(semaphore_error(&holder->semaphore, 1));
}

/* In the child of a shell: signals end it while it waits, and so does its parent's end.
 */
static bool acquire_in_child(void *argument)
{
	const struct semaphore_sysv_holder *holder = argument;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != holder->parent)
		return false;
	ksig_procmask(SIG_SETMASK, holder->child->children.saved_mask);
	enum status status = acquire_for_command(holder);
	if (status != STATUS_OK)
		_exit((int)status);
	return true;
}

enum status semaphore_sysv_run(const struct semaphore *semaphore,
                               const struct deadline *deadline, char **argv)
{
	struct child child;
	struct semaphore_sysv_holder holder = {.semaphore = *semaphore,
	                                       .deadline = deadline,
	                                       .child = &child,
	                                       .parent = getpid()};
	holder.semaphore.undo = true;
	enum status status;
	if (frontend_is_builtin() || supervision_is_active()) {
		status = child_start(&child, argv, acquire_in_child, &holder);
		return status == STATUS_OK ? child_wait(&child) : status;
	}
	status = acquire_for_command(&holder);
	return status == STATUS_OK ? exec_replace(argv) : status;
}

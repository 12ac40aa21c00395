/* SPDX-License-Identifier: MIT */
#include "lock/shell.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/frontend.h"
#include "io/error.h"
#include "io/shell_variable.h"
#include "lock/report.h"

static enum status report_shell_error(struct lock_set *locks,
                                      const struct lock_shell *request)
{
	enum status status = lock_set_error(locks);
	if (locks->conflict && request->verbose)
		lock_report_holders(locks);
	return locks->conflict && request->conflict_status >= 0
	           ? (enum status)request->conflict_status
	           : status;
}

static enum status acquire_for_shell(struct lock_set *locks,
                                     const struct lock_shell *request)
{
	struct deadline deadline = deadline_start(request->timeout);
	locks->started = request->verbose ? deadline_clock() : 0;
	while (lock_set_acquire(locks, &deadline) < 0) {
		enum status status = report_shell_error(locks, request);
		if (!locks->reopen)
			return status;
		status = lock_set_reopen(locks);
		if (status != STATUS_OK)
			return status;
	}
	if (request->verbose)
		lock_report_acquired(locks);
	return STATUS_OK;
}

enum status lock_shell_fd(int fd, const struct lock_shell *request)
{
	struct lock_set locks;
	enum status status = lock_set_of_fd(&locks, &request->attributes, fd);
	return status == STATUS_OK ? acquire_for_shell(&locks, request) : status;
}

enum status lock_shell_unlock(int fd, const struct lock_attributes *attributes)
{
	struct lock_set locks;
	enum status status = lock_set_of_fd(&locks, attributes, fd);
	if (status == STATUS_OK && lock_unlock(fd, attributes) < 0)
		status = error_errno("%s", locks.locks[0].path);
	return status;
}

/* The shell has it from here on. */
static enum status hand_over(int fd, const char *variable,
                             const struct lock_shell *request)
{
	char number[16];
	snprintf(number, sizeof number, "%d", fd);
	if ((request->cloexec || fcntl(fd, F_SETFD, 0) == 0) &&
	    frontend_set_variable(variable, number) == 0)
		return STATUS_OK;
	return error_errno("%s", variable);
}

enum status lock_shell_open(const char *variable, const char *path,
                            const struct lock_shell *request)
{
	struct lock_set locks;
	enum status status = shell_variable_check(variable, true);
	if (status == STATUS_OK)
		status = lock_set_open(&locks, &request->attributes, &path, 1);
	if (status != STATUS_OK)
		return status;
	status = acquire_for_shell(&locks, request);
	if (status == STATUS_OK)
		status = hand_over(locks.locks[0].fd, variable, request);
	if (status != STATUS_OK)
		lock_set_close(&locks);
	return status;
}

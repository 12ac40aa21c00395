/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <sys/wait.h>

#include "base/status.h"

enum status status_of_each(char *const *operands, const void *options,
                           enum status (*one)(const void *options, const char *operand))
{
	enum status status = STATUS_OK;
	for (; *operands != NULL; operands++)
		status = status_first_failure(status, one(options, *operands));
	return status;
}

enum status status_before_command(enum status status)
{
	switch (status) {
	case STATUS_WOULD_BLOCK: return STATUS_RUN_WOULD_BLOCK;
	case STATUS_TIMED_OUT: return STATUS_TIMED_OUT;
	default:
		return status > STATUS_SIGNAL || status == STATUS_OK ? status
		                                                     : STATUS_RUN_ERROR;
	}
}

enum status status_of_wait(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return (enum status)(STATUS_SIGNAL + WTERMSIG(wait_status));
	return (enum status)WEXITSTATUS(wait_status);
}

/* SPDX-License-Identifier: MIT */
/*
 * base/frontend.h for the program.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/call.h"
#include "base/frontend.h"

bool frontend_is_builtin(void)
{
	return false;
}

int frontend_pending_signal(void)
{
	return 0;
}

const char *frontend_variable_refusal(const char *name, bool number)
{
	(void)name;
	(void)number;
	return NULL;
}

int frontend_set_variable(const char *name, const char *value)
{
	(void)name;
	(void)value;
	errno = ENOSYS;
	return -1;
}

int frontend_set_array(const char *name, char *const *values, size_t count)
{
	(void)name;
	(void)values;
	(void)count;
	errno = ENOSYS;
	return -1;
}

const char *frontend_get_variable(const char *name)
{
	return getenv(name);
}

void frontend_restore_for_exec(void)
{
	stdfds_restore(&call_current->stdfds);
}

char **frontend_environment(void)
{
	return environ;
}

/*
 * base/frontend.h for the program.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/call.h"
#include "base/frontend.h"

bool front_is_builtin(void)
{
	return false;
}

int front_signal(void)
{
	return 0;
}

int front_set_variable(const char *name, const char *value)
{
	(void)name;
	(void)value;
	errno = ENOSYS;
	return -1;
}

const char *front_variable(const char *name)
{
	return getenv(name);
}

void front_restore_for_exec(void)
{
	standard_restore(&call_current->standard);
}

char **front_environment(void)
{
	return environ;
}

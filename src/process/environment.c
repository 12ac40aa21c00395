/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "process/environment.h"

int environment_set(const char *name, const char *value)
{
	return setenv(name, value, 1);
}

int environment_set_number(const char *name, long long number)
{
	char text[24];
	snprintf(text, sizeof text, "%lld", number);
	return environment_set(name, text);
}

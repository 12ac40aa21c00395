/* SPDX-License-Identifier: MIT */
/*
 * The environment of a command, in the process that becomes it. See environ(7).
 */
#ifndef PROCESS_ENVIRONMENT_H
#define PROCESS_ENVIRONMENT_H

/* setenv(3): exec_command() gives it to the command. 0, or -1 with errno. */
int environment_set(const char *name, const char *value);
int environment_set_number(const char *name, long long number);

#endif

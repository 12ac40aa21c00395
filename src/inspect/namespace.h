/* SPDX-License-Identifier: MIT */
/*
 * The objects of another process's namespaces, see namespaces(7), setns(2).
 */
#ifndef INSPECT_NAMESPACE_H
#define INSPECT_NAMESPACE_H

#include <sys/types.h>

#include "base/status.h"

/*
 * Call run(argument) in a child process, in the IPC and the network namespace of another
 * process, and return its status; a shell stays in its own. The file system and the PIDs
 * are those of the caller. STATUS_NOT_FOUND, reported, if the process does not exist.
 */
enum status namespace_run(pid_t pid, enum status (*run)(const void *argument),
                          const void *argument);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Ending this process as a signal ends a process by default.
 */
#ifndef BASE_DEFAULT_ACTION_H
#define BASE_DEFAULT_ACTION_H

/*
 * End this process by the signal, without a core of it, for the caller's waitpid(2). It
 * returns if this is the init process of a PID namespace, which the kernel protects from
 * its own signals.
 */
void default_action(int signal);

#endif

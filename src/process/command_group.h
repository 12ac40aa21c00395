/* SPDX-License-Identifier: MIT */
/*
 * A process group for the commands of an applet: signals reach what they have started
 * too. If the applet is in the foreground of its terminal, the group is put there in its
 * place, as a shell with job control does, and the terminal's keys reach the group alone.
 * See setpgid(2), tcsetpgrp(3).
 */
#ifndef PROCESS_COMMAND_GROUP_H
#define PROCESS_COMMAND_GROUP_H

#include <stdbool.h>
#include <sys/types.h>

struct command_group {
	bool wanted;
	pid_t id;     /* the PID of the first command; 0 before it has started */
	int terminal; /* a descriptor of the controlling terminal, or -1 */
	bool is_left; /* no command runs, but others in the group do */
};

/* Not wanted: the others do nothing. */
void command_group_begin(struct command_group *group, bool wanted);

/*
 * Before and after fork(2): in the child, whose terminal stop signals are blocked, and in
 * the parent, so that both find the group made.
 */
void command_group_enter(const struct command_group *group);
void command_group_add(struct command_group *group, pid_t pid);

/* Take the terminal back from the group, or give it to it again if the caller has it. */
void command_group_take_terminal(const struct command_group *group);
void command_group_give_terminal(const struct command_group *group);

/* Is a command of this PID in the group? */
bool command_group_has(const struct command_group *group, pid_t pid);

void command_group_end(struct command_group *group);

#endif

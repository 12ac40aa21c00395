/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <unistd.h>

#include "process/command_group.h"

void command_group_begin(struct command_group *group, bool wanted)
{
	*group = (struct command_group){.wanted = wanted, .terminal = -1};
	if (wanted)
		group->terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

void command_group_enter(const struct command_group *group)
{
	if (!group->wanted)
		return;
	bool in_foreground = group->id == 0 && group->terminal >= 0 &&
	                     tcgetpgrp(group->terminal) == getpgrp();
	setpgid(0, group->id);
	if (in_foreground)
		tcsetpgrp(group->terminal, getpid());
}

void command_group_add(struct command_group *group, pid_t pid)
{
	if (!group->wanted)
		return;
	/* EACCES: it has executed its command already, after the same call */
	setpgid(pid, group->id);
	if (group->id == 0)
		group->id = pid;
}

void command_group_take_terminal(const struct command_group *group)
{
	if (group->terminal >= 0 && tcgetpgrp(group->terminal) == group->id)
		tcsetpgrp(group->terminal, getpgrp());
}

void command_group_give_terminal(const struct command_group *group)
{
	if (group->id > 0 && group->terminal >= 0 &&
	    tcgetpgrp(group->terminal) == getpgrp())
		tcsetpgrp(group->terminal, group->id);
}

bool command_group_has(const struct command_group *group, pid_t pid)
{
	return group->id > 0 && (pid == group->id || getpgid(pid) == group->id);
}

void command_group_end(struct command_group *group)
{
	if (group->terminal < 0)
		return;
	command_group_take_terminal(group);
	close(group->terminal);
	group->terminal = -1;
}

/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "io/error.h"
#include "socket/served.h"

bool served_begin(struct served *served)
{
	size_t most = (size_t)served->children->most;
	served->commands = calloc(most, sizeof *served->commands);
	return served->commands != NULL;
}

void served_end(struct served *served)
{
	free(served->commands);
}

static bool is_served(const struct served *served, int index)
{
	return served->children->pids[index] > 0;
}

void served_add(struct served *served, pid_t pid, int connection, uid_t user)
{
	for (int i = 0; i < served->children->most; i++) {
		if (served->children->pids[i] != pid)
			continue;
		bool limited = served->limit.kind != TIMEOUT_NONE;
		served->commands[i] = (struct served_command){
		    .user = user,
		    /* without a descriptor only the shutdown is left out */
		    .connection = limited ? fcntl(connection, F_DUPFD_CLOEXEC, 0) : -1,
		    .end = deadline_start(served->limit)};
	}
}

void served_remove(struct served *served, const struct children_exit *ended)
{
	struct served_command *command = &served->commands[ended->index];
	if (command->connection < 0)
		return;
	if (command->state != SERVED_RUNNING)
		shutdown(command->connection, SHUT_RDWR);
	socket_close_connection(served->endpoint, command->connection);
	command->connection = -1;
}

int served_count(const struct served *served, uid_t user)
{
	int count = 0;
	for (int i = 0; i < served->children->most; i++)
		count += is_served(served, i) && served->commands[i].user == user;
	return count;
}

struct deadline served_deadline(const struct served *served, struct deadline deadline)
{
	struct deadline first = deadline;
	for (int i = 0; i < served->children->most; i++) {
		const struct served_command *command = &served->commands[i];
		if (is_served(served, i) && command->state != SERVED_KILLED &&
		    deadline_left(&command->end) < deadline_left(&first))
			first = command->end;
	}
	return first;
}

static void end_served(const struct served *served, int index)
{
	struct served_command *command = &served->commands[index];
	pid_t pid = served->children->pids[index];
	bool first = command->state == SERVED_RUNNING;
	if (first)
		error_as(STATUS_FAILED,
		         "%s: the time of a connection is over: TERM to its command, "
		         "process %d",
		         served->endpoint->address->text, (int)pid);
	command->state = first ? SERVED_TERMINATED : SERVED_KILLED;
	command->end = deadline_in(SERVED_GRACE);
	kill(pid, first ? SIGTERM : SIGKILL);
	/* kill(2), EPERM: a command that runs as another user now; the peer need not wait
	 */
	if (!first && command->connection >= 0)
		shutdown(command->connection, SHUT_RDWR);
}

void served_enforce(struct served *served)
{
	for (int i = 0; i < served->children->most; i++) {
		const struct served_command *command = &served->commands[i];
		if (is_served(served, i) && command->state != SERVED_KILLED &&
		    deadline_left(&command->end) == 0)
			end_served(served, i);
	}
}

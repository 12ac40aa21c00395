#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/deadline.h"
#include "io/error.h"
#include "process/children.h"
#include "process/environment.h"
#include "socket/listen.h"
#include "socket/serve.h"

/* --------------------------------------------------- in the child, before exec */

static bool prepare_served_command(void *argument)
{
	int connection = *(const int *)argument;
	struct ucred peer;
	if (socket_peer_credentials(connection, &peer) == 0 &&
	    environment_set_number("SOCK_PEER_PID", peer.pid) == 0 &&
	    environment_set_number("SOCK_PEER_UID", peer.uid) == 0 &&
	    environment_set_number("SOCK_PEER_GID", peer.gid) == 0 &&
	    dup2(connection, STDIN_FILENO) >= 0 && dup2(connection, STDOUT_FILENO) >= 0)
		return true;
	error_errno("the connection");
	return false;
}

/* ----------------------------------------------------- in the listening process */

struct socket_server_state {
	const struct socket_server *server;
	struct children children;
	uid_t *users; /* whose connection each command of children.pids has */
	int64_t served;
	struct socket_accept_failures failures;
};

static bool may_start_command(const struct socket_server_state *state)
{
	return state->children.running < state->server->max_commands;
}

/*
 * Wait for a connection: 1; 0 if a signal or a terminated command is to be handled first;
 * -1 with errno. While all commands run, no connection is accepted and no timeout runs.
 */
static int wait_for_connection(const struct socket_server_state *state,
                               const struct deadline *deadline)
{
	bool may = may_start_command(state);
	struct pollfd fds[] = {
	    {.fd = state->children.fd, .events = POLLIN},
	    {.fd = may ? state->server->endpoint->fd : -1, .events = POLLIN}};
	if (deadline_poll(may ? deadline : &DEADLINE_NEVER, fds, 2) < 0)
		return -1;
	return fds[1].revents != 0;
}

/* Too many files are open: try again when a command terminates, or after the pause. */
static enum status retry_accept_later(struct socket_server_state *state)
{
	struct deadline deadline = deadline_in(SOCKET_ACCEPT_PAUSE);
	struct pollfd end = {.fd = state->children.fd, .events = POLLIN};
	if (!socket_accept_should_retry(state->server->endpoint, &state->failures,
	                                state->children.running > 0))
		return socket_report_accept_error(state->server->endpoint,
		                                  &state->failures);
	deadline_poll(&deadline, &end, 1);
	return STATUS_OK;
}

/* How many commands run for the user. */
static int count_commands_of_user(const struct socket_server_state *state, uid_t user)
{
	int count = 0;
	for (int i = 0; i < state->server->max_commands; i++)
		count += state->children.pids[i] > 0 && state->users[i] == user;
	return count;
}

static void record_command_user(const struct socket_server_state *state, pid_t pid,
                                uid_t user)
{
	for (int i = 0; pid > 0 && i < state->server->max_commands; i++)
		if (state->children.pids[i] == pid)
			state->users[i] = user;
}

static bool check_user_limit(const struct socket_server_state *state,
                             const struct ucred *peer)
{
	const struct socket_server *server = state->server;
	if (server->max_per_user == 0 ||
	    count_commands_of_user(state, peer->uid) < server->max_per_user)
		return true;
	error_as(STATUS_FAILED,
	         "%s: connection from pid %d uid %u refused: that user has %d (the "
	         "limit of --per-user)",
	         server->endpoint->address->text, (int)peer->pid, (unsigned)peer->uid,
	         server->max_per_user);
	return false;
}

static enum status start_served_command(struct socket_server_state *state)
{
	const struct socket_server *server = state->server;
	struct ucred peer = {.uid = (uid_t)-1};
	int connection = socket_accept(server->endpoint, &DEADLINE_NOW);
	if (connection < 0)
		return errno == EAGAIN ? STATUS_OK : retry_accept_later(state);
	state->failures.count = 0;
	socket_peer_credentials(connection, &peer);
	if (check_user_limit(state, &peer)) {
		state->served++;
		pid_t pid = children_start(&state->children, server->command,
		                           prepare_served_command, &connection);
		record_command_user(state, pid, peer.uid);
	}
	socket_close_connection(server->endpoint, connection);
	return STATUS_OK;
}

static enum status serve_connections(struct socket_server_state *state)
{
	const struct socket_server *server = state->server;
	struct children_exit ended;
	struct deadline deadline = deadline_start(server->timeout);
	enum status status = STATUS_OK;
	while (status == STATUS_OK &&
	       (server->count == 0 || state->served < server->count)) {
		bool was_full = !may_start_command(state);
		while (children_poll(&state->children, &ended))
			continue;
		if (children_termination_signal(&state->children) != 0)
			break;
		if (was_full && may_start_command(state))
			deadline = deadline_start(server->timeout);
		int ready = wait_for_connection(state, &deadline);
		if (ready < 0)
			return socket_report_wait_error(server->endpoint);
		int64_t before = state->served;
		if (ready > 0)
			status = start_served_command(state);
		if (state->served > before)
			deadline = deadline_start(server->timeout);
	}
	return status;
}

enum status socket_serve(const struct socket_server *server)
{
	struct socket_server_state state = {.server = server};
	struct children_exit ended;
	size_t max = (size_t)server->max_commands;
	pid_t *pids = calloc(max, sizeof *pids);
	state.users = calloc(max, sizeof *state.users);
	enum status status =
	    pids != NULL && state.users != NULL
	        ? children_begin(&state.children, pids, server->max_commands)
	        : error_errno("%d commands", server->max_commands);
	if (status != STATUS_OK) {
		socket_close(server->endpoint);
		free(pids);
		free(state.users);
		return STATUS_FAILED;
	}
	status = serve_connections(&state);
	/* no process is to connect while the last commands run */
	status = status_first_failure(status, socket_close(server->endpoint));
	while (children_wait(&state.children, &ended))
		continue;
	int termination_signal = children_termination_signal(&state.children);
	children_end(&state.children, termination_signal);
	free(pids);
	free(state.users);
	return termination_signal != 0 ? (enum status)(STATUS_SIGNAL + termination_signal)
	                               : status;
}

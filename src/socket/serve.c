/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/ksig.h"
#include "base/termsig.h"
#include "io/error.h"
#include "process/children.h"
#include "process/environment.h"
#include "socket/inherit.h"
#include "socket/listen.h"
#include "socket/serve.h"
#include "socket/served.h"

/* --------------------------------------------------- in the child, before exec */

struct served_child {
	const struct socket_endpoint *endpoint;
	const struct socket_peer *peer; /* its address */
	int connection;
	bool ignores_term;
};

static int set_peer_variables(const struct served_child *child)
{
	static const char *const names[] = {"SOCK_PEER_PID", "SOCK_PEER_UID",
	                                    "SOCK_PEER_GID", "SOCK_PEER_ADDRESS"};
	struct ucred credentials;
	/* those of a command that serves a connection itself */
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unsetenv(names[i]);
	if (!child->endpoint->is_local)
		return environment_set("SOCK_PEER_ADDRESS", child->peer->address);
	if (socket_peer_credentials(child->connection, &credentials) < 0 ||
	    environment_set_number("SOCK_PEER_PID", credentials.pid) < 0 ||
	    environment_set_number("SOCK_PEER_UID", credentials.uid) < 0 ||
	    environment_set_number("SOCK_PEER_GID", credentials.gid) < 0)
		return -1;
	return 0;
}

static bool prepare_served_command(void *argument)
{
	const struct served_child *child = argument;
	int connection = child->connection;
	if (child->ignores_term)
		ksig_action(SIGTERM, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
	if (child->endpoint->address->family == SOCKET_INHERITED)
		socket_inherit_clear_environment();
	if (set_peer_variables(child) == 0 && dup2(connection, STDIN_FILENO) >= 0 &&
	    dup2(connection, STDOUT_FILENO) >= 0)
		return true;
	error_errno("the connection");
	return false;
}

/* ----------------------------------------------------- in the listening process */

struct socket_server_state {
	const struct socket_server *server;
	struct children children;
	struct served commands;
	int64_t served;
	struct socket_accept_failures failures;
	bool draining; /* TERM has come, and was not forwarded */
};

/* The first TERM of --drain. */
static bool intercept_drain(void *argument, const struct signalfd_siginfo *info)
{
	struct socket_server_state *state = argument;
	if (info->ssi_signo != SIGTERM || !state->server->drain || state->draining)
		return false;
	state->draining = true;
	return true;
}

static bool may_start_command(const struct socket_server_state *state)
{
	return state->children.running < state->server->max_commands;
}

/*
 * Wait for a connection: 1; 0 if a signal, a terminated command or the end of a
 * connection's time is to be handled first; -1 with errno. While all commands run no
 * connection is accepted, and while one runs no timeout runs.
 */
static int wait_for_connection(const struct socket_server_state *state,
                               const struct deadline *deadline)
{
	bool may = may_start_command(state);
	const struct deadline *accept =
	    state->children.running > 0 ? &DEADLINE_NEVER : deadline;
	struct deadline first = served_deadline(&state->commands, *accept);
	struct pollfd fds[] = {
	    {.fd = state->children.fd, .events = POLLIN},
	    {.fd = may ? state->server->endpoint->fd : -1, .events = POLLIN}};
	if (deadline_poll(&first, fds, 2) < 0)
		return errno == ETIMEDOUT && deadline_left(accept) > 0 ? 0 : -1;
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

static bool check_user_limit(const struct socket_server_state *state,
                             const struct ucred *peer)
{
	const struct socket_server *server = state->server;
	if (server->max_per_user == 0 ||
	    served_count(&state->commands, peer->uid) < server->max_per_user)
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
	struct socket_peer peer;
	int connection = socket_accept(server->endpoint, &DEADLINE_NOW, &peer);
	if (connection < 0)
		return errno == EAGAIN ? STATUS_OK : retry_accept_later(state);
	state->failures.count = 0;
	peer.credentials.uid = (uid_t)-1;
	if (server->endpoint->is_local)
		socket_peer_credentials(connection, &peer.credentials);
	if (check_user_limit(state, &peer.credentials)) {
		state->served++;
		struct served_child child = {.endpoint = server->endpoint,
		                             .peer = &peer,
		                             .connection = connection,
		                             .ignores_term = server->ignores_term};
		pid_t pid = children_start(&state->children, server->command,
		                           prepare_served_command, &child);
		if (pid > 0)
			served_add(&state->commands, pid, connection,
			           peer.credentials.uid);
	}
	socket_close_connection(server->endpoint, connection);
	return STATUS_OK;
}

static void reap_served(struct socket_server_state *state)
{
	struct children_exit ended;
	while (children_poll(&state->children, &ended))
		served_remove(&state->commands, &ended);
}

static enum status serve_connections(struct socket_server_state *state)
{
	const struct socket_server *server = state->server;
	struct deadline deadline = deadline_start(server->timeout);
	enum status status = STATUS_OK;
	while (status == STATUS_OK &&
	       (server->count == 0 || state->served < server->count)) {
		bool was_busy = state->children.running > 0;
		reap_served(state);
		if (state->draining || children_termination_signal(&state->children) != 0)
			break;
		served_enforce(&state->commands);
		if (was_busy && state->children.running == 0)
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

/* Until the last command has ended. */
static void wait_for_served(struct socket_server_state *state)
{
	struct pollfd end = {.fd = state->children.fd, .events = POLLIN};
	for (;;) {
		reap_served(state);
		if (state->children.running == 0)
			return;
		served_enforce(&state->commands);
		struct deadline first = served_deadline(&state->commands, DEADLINE_NEVER);
		deadline_poll(&first, &end, 1);
	}
}

static enum status serve_and_wait(struct socket_server_state *state)
{
	const struct socket_server *server = state->server;
	state->commands = (struct served){.children = &state->children,
	                                  .endpoint = server->endpoint,
	                                  .limit = server->limit};
	enum status status = STATUS_FAILED;
	bool begun = served_begin(&state->commands);
	if (begun)
		status = serve_connections(state);
	else
		error_errno("%d commands", server->max_commands);
	/* no process is to connect while the last commands run */
	status = status_first_failure(status, socket_close(server->endpoint));
	if (begun) {
		wait_for_served(state);
		served_end(&state->commands);
	}
	int termination_signal = children_termination_signal(&state->children);
	children_end(&state->children, termination_signal);
	return termination_signal != 0 ? (enum status)(STATUS_SIGNAL + termination_signal)
	                               : status;
}

enum status socket_serve(const struct socket_server *server)
{
	struct socket_server_state state = {.server = server};
	struct children_hooks hooks = {.intercept = intercept_drain, .argument = &state};
	pid_t *pids = calloc((size_t)server->max_commands, sizeof *pids);
	enum status status =
	    pids == NULL ? error_errno("%d commands", server->max_commands)
	                 : children_begin_with_hooks(&state.children, pids,
	                                             server->max_commands, &hooks);
	if (status == STATUS_OK) {
		/* a TERM that came after listen(2), before the signals were blocked */
		state.draining = server->drain && termsig_take(SIGTERM);
		status = serve_and_wait(&state);
	} else {
		socket_close(server->endpoint);
		status = STATUS_FAILED;
	}
	free(pids);
	return status;
}

/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/frontend.h"
#include "io/error.h"
#include "io/shell_variable.h"
#include "process/child.h"
#include "process/environment.h"
#include "process/fdpass.h"
#include "socket/received_fd.h"
#include "socket/receiver.h"

enum { FIRST_FOR_COMMAND = 3 };

/* ------------------------------------------------------------------ receive */

/* On a stream the message is a line, without its newline. */
static void fill_received_fd(struct received_fd *received, enum socket_type type,
                             const struct socket_message *message)
{
	if (!received->all) {
		received->fds.fds[0] = message->fd;
		received->fds.count = 1;
	}
	received->sender = message->sender.credentials;
	snprintf(received->message, sizeof received->message, "%.*s",
	         (int)message->length, message->bytes);
	if (type == SOCKET_STREAM)
		received->message[strcspn(received->message, "\n")] = '\0';
}

static void report_further_fds(const struct received_fd *received, const char *name,
                               const struct socket_message *message)
{
	if (message->fds_cut && received->all)
		error_as(STATUS_FAILED,
		         "%s: more descriptors came with the message than this process "
		         "may open: only %d are kept",
		         name, received->fds.count);
	else if (message->fds_cut)
		error_as(STATUS_FAILED,
		         "%s: more descriptors came with the message than this process "
		         "may open: only the first is kept",
		         name);
	else if (message->closed_fds > 0)
		error_as(STATUS_FAILED,
		         "%s: %d descriptors came with the message: only the first is "
		         "kept (--fds keeps all)",
		         name, message->closed_fds + 1);
}

enum status received_fd_receive(struct received_fd *received,
                                struct socket_endpoint *endpoint, bool is_connected,
                                bool peercred, const struct deadline *deadline)
{
	struct socket_receiver receiver = {.receives_fd = true,
	                                   .fds = received->all ? &received->fds : NULL,
	                                   .one_connection = true,
	                                   .reader_of_output = -1,
	                                   .peercred = peercred};
	struct socket_message message = {.fd = -1};
	bool ended = false;
	enum status status = socket_receiver_begin(&receiver, endpoint, is_connected);
	if (status == STATUS_OK)
		status = socket_receiver_next(&receiver, &message, &ended, deadline, "");
	if (status == STATUS_OK && message.fd >= 0)
		report_further_fds(received, endpoint->address->text, &message);
	if (status == STATUS_OK && message.fd < 0)
		status = error_as(STATUS_FAILED, "%s: no descriptor received",
		                  endpoint->address->text);
	if (status == STATUS_OK)
		fill_received_fd(received, endpoint->type, &message);
	received->closed = socket_receiver_end(&receiver);
	return status;
}

/* ---------------------------------------------------------------------- use */

typedef int set_variable_function(const char *name, const char *value);

static int set_number_variable(set_variable_function *set, const char *name,
                               long long number)
{
	char text[24];
	snprintf(text, sizeof text, "%lld", number);
	return set(name, text);
}

/* "3 4" */
static int set_fds_variable(set_variable_function *set,
                            const struct received_fd *received)
{
	char text[FDPASS_MAX * 12] = "";
	size_t length = 0;
	for (int i = 0; i < received->fds.count; i++)
		length += (size_t)snprintf(text + length, sizeof text - length, "%s%d",
		                           i > 0 ? " " : "", received->fds.fds[i]);
	return set("SOCK_FDS", text);
}

static int set_received_fd_variables(set_variable_function *set,
                                     const struct received_fd *received)
{
	if (set_number_variable(set, "SOCK_FD", received->fds.fds[0]) < 0 ||
	    (received->all && set_fds_variable(set, received) < 0) ||
	    set("SOCK_MESSAGE", received->message) < 0 ||
	    set_number_variable(set, "SOCK_PEER_PID", received->sender.pid) < 0 ||
	    set_number_variable(set, "SOCK_PEER_UID", received->sender.uid) < 0 ||
	    set_number_variable(set, "SOCK_PEER_GID", received->sender.gid) < 0)
		return -1;
	return 0;
}

/* To the lowest free numbers, also from higher ones: scripts are written for 3 or 10. */
static enum status move_received_fds(struct received_fd *received, int lowest)
{
	for (int i = 0; i < received->fds.count; i++) {
		int *fd = &received->fds.fds[i];
		int moved = fcntl(*fd, F_DUPFD_CLOEXEC, lowest);
		if (moved < 0)
			return error_errno("descriptor %d", *fd);
		close(*fd);
		*fd = moved;
	}
	return STATUS_OK;
}

static enum status inherit_received_fds(const struct received_fd *received)
{
	for (int i = 0; i < received->fds.count; i++)
		if (fcntl(received->fds.fds[i], F_SETFD, 0) < 0)
			return error_errno("descriptor %d", received->fds.fds[i]);
	return STATUS_OK;
}

/* In the child, before exec. */
static bool export_received_fd(void *argument)
{
	const struct received_fd *received = argument;
	if (inherit_received_fds(received) != STATUS_OK)
		return false;
	if (set_received_fd_variables(environment_set, received) == 0)
		return true;
	error_errno("the environment");
	return false;
}

enum status received_fd_run_command(struct received_fd *received, char **command)
{
	enum status status = STATUS_RUN_ERROR;
	if (move_received_fds(received, FIRST_FOR_COMMAND) == STATUS_OK)
		status = child_run(command, export_received_fd, received);
	fdpass_set_close(&received->fds);
	return status;
}

enum status received_fd_check_variables(bool all)
{
	static const struct {
		const char *name;
		bool number;
	} variables[] = {{"SOCK_FD", true},       {"SOCK_MESSAGE", false},
	                 {"SOCK_PEER_PID", true}, {"SOCK_PEER_UID", true},
	                 {"SOCK_PEER_GID", true}, {"SOCK_FDS", false}};
	size_t count = sizeof variables / sizeof *variables - !all;
	enum status status = STATUS_OK;
	for (size_t i = 0; status == STATUS_OK && i < count; i++)
		status = shell_variable_check(variables[i].name, variables[i].number);
	return status;
}

enum status received_fd_keep_open(struct received_fd *received)
{
	enum status status = move_received_fds(received, FD_LOWEST_FOR_SHELL);
	if (status == STATUS_OK)
		status = inherit_received_fds(received);
	if (status == STATUS_OK &&
	    set_received_fd_variables(frontend_set_variable, received) < 0)
		status = error_errno("the variables");
	if (status == STATUS_OK)
		return received->closed;
	fdpass_set_close(&received->fds);
	return status;
}

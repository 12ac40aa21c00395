/* SPDX-License-Identifier: MIT */
/*
 * Eventfds that have a name.
 *
 * The name is that of an abstract socket, @ipctool/efd/UID/NAME: the kernel removes it
 * when its server ends, however it ends, so a name is never stale, and no private
 * directory has to exist. On the other hand any user can bind the name of another one; so
 * a process that asks for an eventfd checks the user of the server (SO_PEERCRED), as the
 * server checks that of the process.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "eventfd/eventfd.h"
#include "io/error.h"
#include "io/owner.h"
#include "object/name.h"
#include "process/fdpass.h"
#include "socket/connect.h"
#include "socket/listen.h"

static void format_served_address(struct socket_address *address, const struct name *name)
{
	char text[SOCKET_ADDRESS_BYTES_MAX + 2];
	snprintf(text, sizeof text, "@ipctool/efd/%u%.*s", (unsigned)geteuid(),
	         NAME_EVENTFD_BYTES_MAX + 1, name->text);
	socket_address_parse(address, text);
	address->text = name->text;
}

bool eventfd_is_name(const char *text)
{
	return *text == '/' || *text == '_' || (*text >= 'a' && *text <= 'z') ||
	       (*text >= 'A' && *text <= 'Z');
}

/* -------------------------------------------------------------------- serve */

/* Never waits: one byte always has room in a new connection. */
static void send_eventfd(const struct socket_endpoint *endpoint, int connection, int fd)
{
	struct ucred peer;
	if (socket_peer_credentials(connection, &peer) == 0 && owner_is_trusted(peer.uid))
		fdpass_send(connection, "", 1, fd, MSG_DONTWAIT);
	socket_close_connection(endpoint, connection);
}

static enum status serve_eventfd(const struct socket_endpoint *endpoint, int fd,
                                 const char *name)
{
	struct socket_accept_failures failures = {0};
	for (;;) {
		int connection = socket_accept(endpoint, &DEADLINE_NEVER, NULL);
		if (connection >= 0) {
			failures.count = 0;
			send_eventfd(endpoint, connection, fd);
			continue;
		}
		if (!socket_accept_should_retry(endpoint, &failures, false))
			return socket_report_accept_error(endpoint, &failures);
		if (deadline_sleep(SOCKET_ACCEPT_PAUSE) < 0)
			return error_errno("%s", name);
	}
}

static enum status listen_and_serve_eventfd(const struct socket_address *address, int fd,
                                            const struct name *name)
{
	static const struct socket_bind_options anywhere;
	struct socket_endpoint endpoint;
	enum status status = socket_listen(&endpoint, address, SOCKET_STREAM, &anywhere);
	if (status != STATUS_OK)
		return status;
	status = serve_eventfd(&endpoint, fd, name->text);
	return status_first_failure(status, socket_close(&endpoint));
}

enum status eventfd_serve(const struct eventfd_attributes *attributes, const char *text)
{
	struct name name;
	struct socket_address address;
	struct termsig termsig;
	int fd = -1;
	if (!eventfd_is_name(text))
		return error_usage(
		    "'%s' is not a name: it must begin with a letter, _ or /", text);
	enum status status = name_parse(&name, NAME_EVENTFD, text);
	if (status == STATUS_OK && !owner_is_trusted(geteuid()))
		status =
		    error_as(STATUS_FAILED,
		             "%s: UID %u stands for all users without a number in this "
		             "user namespace: no client can be trusted",
		             name.text, (unsigned)geteuid());
	if (status == STATUS_OK)
		status = eventfd_create(&fd, attributes, 0);
	if (status != STATUS_OK)
		return status;
	format_served_address(&address, &name);
	termsig_begin(&termsig);
	status = listen_and_serve_eventfd(&address, fd, &name);
	close(fd);
	return termsig_end(&termsig, status);
}

/* --------------------------------------------------------------------- open */

static enum status receive_eventfd(struct eventfd *event, int connection,
                                   const char *name, const struct deadline *deadline)
{
	struct pollfd ready = {.fd = connection, .events = POLLIN};
	struct ucred server;
	struct fdpass_ancillary ancillary;
	char byte;
	if (socket_peer_credentials(connection, &server) < 0)
		return error_errno("%s", name);
	if (!owner_is_trusted(server.uid))
		return error_as(STATUS_FAILED,
		                "%s: not trusted: served by another user (UID %u)", name,
		                (unsigned)server.uid);
	if (deadline_poll(deadline, &ready, 1) < 0)
		return errno == ETIMEDOUT
		           ? error_as(
		                 STATUS_TIMED_OUT,
		                 "%s: timed out: its server (pid %d) does not answer",
		                 name, (int)server.pid)
		           : error_errno("%s", name);
	if (fdpass_receive(connection, &byte, 1, &ancillary, 0) < 0)
		return error_errno("%s", name);
	if (ancillary.fd < 0)
		return error_as(STATUS_FAILED,
		                "%s: its server (pid %d) sent no descriptor", name,
		                (int)server.pid);
	event->fd = ancillary.fd;
	return eventfd_check(event);
}

enum status eventfd_open_served(struct eventfd *event, const char *text)
{
	/* a server answers at once; one that is stopped must not stop its callers */
	static const struct socket_connect_options options = {.type = SOCKET_STREAM,
	                                                      .takes_fds = true,
	                                                      .object = "eventfd",
	                                                      .maker = "efd serve"};
	struct deadline deadline = deadline_in(5000000000);
	struct name name;
	struct socket_address address;
	struct socket_endpoint endpoint;
	*event = (struct eventfd){.fd = -1};
	enum status status = name_parse(&name, NAME_EVENTFD, text);
	if (status != STATUS_OK)
		return status;
	strcpy(event->name, name.text);
	format_served_address(&address, &name);
	status = socket_connect(&endpoint, &address, &options, &deadline);
	if (status != STATUS_OK)
		return status;
	status = receive_eventfd(event, endpoint.fd, name.text, &deadline);
	socket_close(&endpoint);
	if (status != STATUS_OK)
		eventfd_close(event);
	return status;
}

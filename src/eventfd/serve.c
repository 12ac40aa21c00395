/*
 * Eventfds that have a name. See eventfd/eventfd.h.
 *
 * The name is that of an abstract socket, @ipctool/efd/UID/NAME: gone with its server,
 * whatever ends it, so that none is ever stale, and there is no folder that must exist
 * and be private. In return anybody may take a name that is not his own; so who asks for
 * an eventfd looks who serves it (SO_PEERCRED), as the server looks who asks.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "eventfd/eventfd.h"
#include "io/error.h"
#include "object/name.h"
#include "process/fdpass.h"
#include "socket/connect.h"
#include "socket/listen.h"

static void format_served_address(struct socket_address *address, const struct name *name)
{
	char text[sizeof address->text];
	snprintf(text, sizeof text, "@ipctool/efd/%u%.*s", (unsigned)geteuid(),
	         NAME_EVENTFD_BYTES_MAX + 1, name->text);
	socket_address_parse(address, text);
	strcpy(address->text, name->text);
}

bool eventfd_is_name(const char *text)
{
	return *text == '/' || *text == '_' || (*text >= 'a' && *text <= 'z') ||
	       (*text >= 'A' && *text <= 'Z');
}

/* The same user, or root, who reaches every eventfd anyway. */
static bool is_trusted_peer(const struct ucred *peer)
{
	return peer->uid == geteuid() || peer->uid == 0;
}

/* -------------------------------------------------------------------- serve */

/* Nobody is waited for: one byte always has room in a new connection. */
static void send_eventfd(int connection, int fd)
{
	struct ucred peer;
	if (socket_peer_credentials(connection, &peer) == 0 && is_trusted_peer(&peer))
		fdpass_send(connection, "", 1, fd, MSG_DONTWAIT);
	close(connection);
}

static enum status serve_eventfd(const struct socket_endpoint *endpoint, int fd,
                                 const char *name)
{
	for (;;) {
		int connection = socket_accept(endpoint, &DEADLINE_NEVER);
		if (connection >= 0) {
			send_eventfd(connection, fd);
			continue;
		}
		if (!socket_accept_may_retry(errno) || deadline_sleep(10000000) < 0)
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
	socket_close(&endpoint);
	return status;
}

enum status eventfd_serve(const struct eventfd_attributes *attributes, const char *text)
{
	struct name name;
	struct socket_address address;
	struct termsig termsig;
	int fd = -1;
	if (!eventfd_is_name(text))
		return error_usage("'%s' is no name: it says a descriptor or a process",
		                   text);
	enum status status = name_parse(&name, NAME_EVENTFD, text);
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

/* --------------------------------------------------------------------- ask */

static enum status receive_eventfd(struct eventfd *event, int connection,
                                   const char *name, const struct deadline *deadline)
{
	struct pollfd ready = {.fd = connection, .events = POLLIN};
	struct ucred server;
	struct fdpass_ancillary ancillary;
	char byte;
	if (socket_peer_credentials(connection, &server) < 0)
		return error_errno("%s", name);
	if (!is_trusted_peer(&server))
		return error_as(STATUS_FAILED,
		                "%s: not trusted: another user (uid %u) serves that name",
		                name, (unsigned)server.uid);
	if (deadline_poll(deadline, &ready, 1) < 0)
		return errno == ETIMEDOUT
		           ? error_as(STATUS_TIMED_OUT,
		                      "%s: its server, pid %d, does not answer", name,
		                      (int)server.pid)
		           : error_errno("%s", name);
	if (fdpass_receive(connection, &byte, 1, &ancillary, 0) < 0)
		return error_errno("%s", name);
	if (ancillary.fd < 0)
		return error_as(STATUS_FAILED, "%s: its server, pid %d, gave nothing",
		                name, (int)server.pid);
	event->fd = ancillary.fd;
	return eventfd_check(event);
}

enum status eventfd_open_served(struct eventfd *event, const char *text)
{
	/* a server waits for nobody; one that is stopped must not stop us */
	static const struct timeout moment = {.kind = TIMEOUT_AFTER,
	                                      .nanoseconds = 5000000000};
	struct deadline deadline = deadline_start(moment);
	struct name name;
	struct socket_address address;
	struct socket_endpoint endpoint;
	*event = (struct eventfd){.fd = -1};
	enum status status = name_parse(&name, NAME_EVENTFD, text);
	if (status != STATUS_OK)
		return status;
	strcpy(event->name, name.text);
	format_served_address(&address, &name);
	status = socket_connect(&endpoint, &address, SOCKET_STREAM, false, &deadline);
	if (status != STATUS_OK)
		return status;
	status = receive_eventfd(event, endpoint.fd, name.text, &deadline);
	socket_close(&endpoint);
	if (status != STATUS_OK)
		eventfd_close(event);
	return status;
}

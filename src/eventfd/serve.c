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
#include "io/report.h"
#include "object/name.h"
#include "process/fdpass.h"
#include "socket/socket.h"

static void address_of(struct address *address, const struct name *name)
{
	char text[sizeof address->text];
	snprintf(text, sizeof text, "@ipctool/efd/%u%.*s", (unsigned)geteuid(),
	         NAME_EVENT_BYTES_MAX + 1, name->text);
	address_parse(address, text);
	strcpy(address->text, name->text);
}

bool event_is_name(const char *text)
{
	return *text == '/' || *text == '_' || (*text >= 'a' && *text <= 'z') ||
	       (*text >= 'A' && *text <= 'Z');
}

/* The same user, or root, who reaches every eventfd anyway. */
static bool is_trusted(const struct ucred *peer)
{
	return peer->uid == geteuid() || peer->uid == 0;
}

/* -------------------------------------------------------------------- serve */

/* Nobody is waited for: one byte always has room in a new connection. */
static void hand_out(int connection, int fd)
{
	struct ucred peer;
	if (socket_peer(connection, &peer) == 0 && is_trusted(&peer))
		pass_send(connection, "", 1, fd, MSG_DONTWAIT);
	close(connection);
}

static enum status serve(const struct endpoint *endpoint, int fd, const char *name)
{
	static const struct deadline for_ever;
	for (;;) {
		int connection = socket_accept(endpoint, &for_ever);
		if (connection >= 0) {
			hand_out(connection, fd);
			continue;
		}
		if (!socket_may_accept_later(errno) || deadline_pause(10000000) < 0)
			return fail("%s", name);
	}
}

static enum status listen_and_serve(const struct address *address, int fd,
                                    const struct name *name)
{
	static const struct socket_place anywhere;
	struct endpoint endpoint;
	enum status status = socket_listen(&endpoint, address, SOCKET_STREAM, &anywhere);
	if (status != STATUS_DONE)
		return status;
	status = serve(&endpoint, fd, name->text);
	socket_close(&endpoint);
	return status;
}

enum status event_serve(const struct event_shape *shape, const char *text)
{
	struct name name;
	struct address address;
	struct interrupt interrupt;
	int fd = -1;
	if (!event_is_name(text))
		return usage_error("'%s' is no name: it says a descriptor or a process",
		                   text);
	enum status status = name_parse(&name, NAME_EVENT, text);
	if (status == STATUS_DONE)
		status = event_make(&fd, shape, 0);
	if (status != STATUS_DONE)
		return status;
	address_of(&address, &name);
	interrupt_begin(&interrupt);
	status = listen_and_serve(&address, fd, &name);
	close(fd);
	return interrupt_end(&interrupt, status);
}

/* --------------------------------------------------------------------- ask */

static enum status ask(struct event *event, int connection, const char *name,
                       const struct deadline *deadline)
{
	struct pollfd ready = {.fd = connection, .events = POLLIN};
	struct ucred server;
	struct passed passed;
	char byte;
	if (socket_peer(connection, &server) < 0)
		return fail("%s", name);
	if (!is_trusted(&server))
		return fail_as(STATUS_FAILED,
		               "%s: not trusted: another user (uid %u) serves that name",
		               name, (unsigned)server.uid);
	if (deadline_poll(deadline, &ready, 1) < 0)
		return errno == ETIMEDOUT
		           ? fail_as(STATUS_TIMED_OUT,
		                     "%s: its server, pid %d, does not answer", name,
		                     (int)server.pid)
		           : fail("%s", name);
	if (pass_receive(connection, &byte, 1, &passed, 0) < 0)
		return fail("%s", name);
	if (passed.fd < 0)
		return fail_as(STATUS_FAILED, "%s: its server, pid %d, gave nothing",
		               name, (int)server.pid);
	event->fd = passed.fd;
	return event_check(event);
}

enum status event_open_served(struct event *event, const char *text)
{
	/* a server waits for nobody; one that is stopped must not stop us */
	static const struct patience moment = {.kind = AT_MOST,
	                                       .nanoseconds = 5000000000};
	struct deadline deadline = deadline_after(moment);
	struct name name;
	struct address address;
	struct endpoint endpoint;
	*event = (struct event){.fd = -1};
	enum status status = name_parse(&name, NAME_EVENT, text);
	if (status != STATUS_DONE)
		return status;
	strcpy(event->name, name.text);
	address_of(&address, &name);
	status = socket_connect(&endpoint, &address, SOCKET_STREAM, false, &deadline);
	if (status != STATUS_DONE)
		return status;
	status = ask(event, endpoint.fd, name.text, &deadline);
	socket_close(&endpoint);
	if (status != STATUS_DONE)
		event_close(event);
	return status;
}

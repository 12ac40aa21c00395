/*
 * socklisten - wait for connections to a local socket and serve them
 *
 * One connection between standard input and output, or a command for each. See bind(2),
 * listen(2), accept(2), unix(7).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "applet.h"
#include "base/termsig.h"
#include "io/output.h"
#include "io/report.h"
#include "process/fdpass.h"
#include "socket/relay.h"
#include "socket/serve.h"
#include "socket/socket.h"

struct socklisten {
	struct patience patience;
	struct mode mode;
	int64_t count, parallel;
	enum socket_type type;
	bool keep, replace_stale, peercred;
};

enum { GROUP_COUNT = 2, GROUP_TYPE, PARALLEL = 16, PARALLEL_MAX = 4096 };

static const struct socklisten defaults = {.mode = {.bits = 0600}};

static const struct option_row options[] = {
    TIMEOUT(socklisten, patience),
    NUMBER('c', "count", socklisten, count, GROUP_COUNT, "N", 1, INT64_MAX,
           "end after N connections (default 1 without COMMAND)"),
    FLAG('k', "keep", socklisten, keep, GROUP_COUNT,
         "serve one connection after the other, for ever"),
    MODE(socklisten, mode, "permission bits of the file, exactly these (default 0600)"),
    NUMBER('P', "parallel", socklisten, parallel, 0, "N", 1, PARALLEL_MAX,
           "run at most N commands at once (default 16)"),
    SOCKET_TYPES(socklisten, type, GROUP_TYPE, "", ""),
    FLAG(0, "replace-stale", socklisten, replace_stale, 0,
         "replace a socket file that no socket belongs to any more"),
    FLAG(0, "peercred", socklisten, peercred, 0,
         "say on standard error who connects: pid, uid, gid"),
    END_OF_OPTIONS,
};

static bool is_last(const struct socklisten *given, int64_t served)
{
	return !given->keep && served >= (given->count > 0 ? given->count : 1);
}

/* ------------------------------------------------------ between input and output */

static enum status relay_one(const struct socklisten *given, struct relay *relay)
{
	enum status status = STATUS_DONE;
	if (given->peercred)
		status = socket_say_peer(relay->fd, relay->type, relay->name);
	return status == STATUS_DONE ? relay_run(relay) : status;
}

static enum status relay_connections(const struct socklisten *given,
                                     struct endpoint *endpoint)
{
	struct relay relay = {.type = endpoint->type, .name = endpoint->address->text};
	enum status status = STATUS_DONE;
	int64_t served = 0;
	do {
		struct deadline deadline = deadline_after(given->patience);
		relay.fd = socket_accept(endpoint, &deadline);
		if (relay.fd < 0)
			return first_failure(status, socket_wait_failed(endpoint));
		/* who comes after the last one shall not wait in vain */
		if (is_last(given, ++served))
			socket_close(endpoint);
		enum status one = relay_one(given, &relay);
		close(relay.fd);
		status = first_failure(status, one);
		if (one != STATUS_DONE && !relay.peer_failed)
			return status;
	} while (!is_last(given, served));
	return status;
}

/* --------------------------------------------------------------------- datagrams */

static enum status print_datagram(const struct socklisten *given,
                                  const struct endpoint *endpoint)
{
	struct passed passed;
	ssize_t length = socket_next_length(endpoint->fd);
	char *bytes = length >= 0 ? malloc((size_t)length + 1) : NULL;
	if (bytes == NULL)
		return errno == EAGAIN ? STATUS_DONE
		                       : fail("%s", endpoint->address->text);
	length = pass_receive(endpoint->fd, bytes, (size_t)length, &passed, 0);
	if (passed.fd >= 0)
		close(passed.fd);
	if (given->peercred && passed.has_sender)
		socket_say_credentials(&passed.sender);
	enum status status =
	    length > 0 ? output_write(bytes, (size_t)length) : STATUS_DONE;
	free(bytes);
	return status;
}

static enum status print_datagrams(const struct socklisten *given,
                                   const struct endpoint *endpoint)
{
	struct output output;
	enum status status = output_begin(&output);
	for (int64_t n = 0;
	     status == STATUS_DONE && (given->count == 0 || n < given->count); n++) {
		struct deadline deadline = deadline_after(given->patience);
		if (deadline_ready(&deadline, endpoint->fd, POLLIN, output.reader) < 0)
			return errno == EPIPE ? STATUS_READER_GONE
			                      : socket_wait_failed(endpoint);
		status = print_datagram(given, endpoint);
	}
	return status;
}

/* --------------------------------------------------------------------------- run */

static enum status serve(const struct socklisten *given, struct endpoint *endpoint,
                         char **command)
{
	struct service service = {.endpoint = endpoint,
	                          .command = command,
	                          .most = given->parallel > 0 ? (int)given->parallel
	                                                      : PARALLEL,
	                          .count = given->count,
	                          .patience = given->patience};
	return socket_serve(&service);
}

static enum status listen_at(const struct socklisten *given,
                             const struct address *address, char **command)
{
	struct socket_place place = {.mode = given->mode.bits,
	                             .replace_stale = given->replace_stale};
	struct endpoint endpoint;
	struct interrupt interrupt;
	interrupt_begin(&interrupt);
	enum status status = socket_listen(&endpoint, address, given->type, &place);
	if (status == STATUS_DONE) {
		status = command != NULL ? serve(given, &endpoint, command)
		         : given->type == SOCKET_DGRAM
		             ? print_datagrams(given, &endpoint)
		             : relay_connections(given, &endpoint);
		socket_close(&endpoint);
	}
	return interrupt_end(&interrupt, status);
}

/* Stays NULL where there is none. */
static enum status find_command(char ***command, int argc, char **argv)
{
	if (argc == 1)
		return STATUS_DONE;
	if (strcmp(argv[1], "--") != 0)
		return usage_error("unexpected '%s': a command stands behind --",
		                   argv[1]);
	if (argc == 2)
		return usage_error("missing COMMAND");
	*command = argv + 2;
	return STATUS_DONE;
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct socklisten *given = opts;
	struct address address;
	char **command = NULL;
	enum status status = address_parse(&address, argv[0]);
	if (status == STATUS_DONE)
		status = find_command(&command, argc, argv);
	if (status != STATUS_DONE)
		return status;
	if (given->mode.given && address.is_abstract)
		return usage_error("'%s' has no file and no mode: whoever knows the name "
		                   "may connect",
		                   address.text);
	if (command != NULL && given->type == SOCKET_DGRAM)
		return usage_error("--dgram: there are no connections, and no COMMAND "
		                   "for each");
	if (command == NULL && given->parallel > 0)
		return usage_error("-P is for a COMMAND");
	return listen_at(given, &address, command);
}

APPLET(socklisten, .summary = "wait for connections to a local socket and serve them",
       .self = {.operands = "ADDRESS [-- COMMAND [ARG...]]",
                .least_operands = 1,
                .most_operands = ANY_NUMBER,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(socklisten),
                .run = run});

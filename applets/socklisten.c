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
#include "io/error.h"
#include "io/output.h"
#include "process/fdpass.h"
#include "socket/relay.h"
#include "socket/serve.h"
#include "socket/socket.h"

struct socklisten {
	struct timeout timeout;
	struct value_mode mode;
	int64_t count, parallel;
	enum socket_type type;
	bool keep, replace_stale, peercred;
};

enum { GROUP_COUNT = 2, GROUP_TYPE, PARALLEL_DEFAULT = 16, PARALLEL_MAX = 4096 };

static const struct socklisten defaults = {.mode = {.bits = 0600}};

static const struct option_row options[] = {
    TIMEOUT(socklisten, timeout),
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

static bool socklisten_is_last(const struct socklisten *given, int64_t served)
{
	return !given->keep && served >= (given->count > 0 ? given->count : 1);
}

/* ------------------------------------------------------ between input and output */

static enum status socklisten_relay_one(const struct socklisten *given,
                                        struct relay *relay)
{
	enum status status = STATUS_OK;
	if (given->peercred)
		status = socket_print_peer(relay->fd, relay->type, relay->name);
	return status == STATUS_OK ? relay_run(relay) : status;
}

static enum status socklisten_relay_connections(const struct socklisten *given,
                                                struct socket_endpoint *endpoint)
{
	struct relay relay = {.type = endpoint->type, .name = endpoint->address->text};
	enum status status = STATUS_OK;
	int64_t served = 0;
	do {
		struct deadline deadline = deadline_start(given->timeout);
		relay.fd = socket_accept(endpoint, &deadline);
		if (relay.fd < 0)
			return status_first_failure(status,
			                            socket_report_wait_error(endpoint));
		/* who comes after the last one shall not wait in vain */
		if (socklisten_is_last(given, ++served))
			socket_close(endpoint);
		enum status one = socklisten_relay_one(given, &relay);
		close(relay.fd);
		status = status_first_failure(status, one);
		if (one != STATUS_OK && !relay.peer_failed)
			return status;
	} while (!socklisten_is_last(given, served));
	return status;
}

/* --------------------------------------------------------------------- datagrams */

static enum status socklisten_print_datagram(const struct socklisten *given,
                                             const struct socket_endpoint *endpoint)
{
	struct fdpass_ancillary ancillary;
	ssize_t length = socket_next_length(endpoint->fd);
	char *bytes = length >= 0 ? malloc((size_t)length + 1) : NULL;
	if (bytes == NULL)
		return errno == EAGAIN ? STATUS_OK
		                       : error_errno("%s", endpoint->address->text);
	length = fdpass_receive(endpoint->fd, bytes, (size_t)length, &ancillary, 0);
	if (ancillary.fd >= 0)
		close(ancillary.fd);
	if (given->peercred && ancillary.has_sender)
		socket_print_credentials(&ancillary.sender);
	enum status status = length > 0 ? output_write(bytes, (size_t)length) : STATUS_OK;
	free(bytes);
	return status;
}

static enum status socklisten_print_datagrams(const struct socklisten *given,
                                              const struct socket_endpoint *endpoint)
{
	struct output output;
	enum status status = output_begin(&output);
	for (int64_t n = 0;
	     status == STATUS_OK && (given->count == 0 || n < given->count); n++) {
		struct deadline deadline = deadline_start(given->timeout);
		if (deadline_poll_fd(&deadline, endpoint->fd, POLLIN, output.reader) < 0)
			return errno == EPIPE ? STATUS_SIGPIPE
			                      : socket_report_wait_error(endpoint);
		status = socklisten_print_datagram(given, endpoint);
	}
	return status;
}

/* --------------------------------------------------------------------------- run */

static enum status socklisten_serve(const struct socklisten *given,
                                    struct socket_endpoint *endpoint, char **command)
{
	struct socket_server server = {
	    .endpoint = endpoint,
	    .command = command,
	    .max_commands = given->parallel > 0 ? (int)given->parallel : PARALLEL_DEFAULT,
	    .count = given->count,
	    .timeout = given->timeout};
	return socket_serve(&server);
}

static enum status socklisten_listen(const struct socklisten *given,
                                     const struct socket_address *address, char **command)
{
	struct socket_bind_options bind_options = {.mode = given->mode.bits,
	                                           .replace_stale = given->replace_stale};
	struct socket_endpoint endpoint;
	struct termsig termsig;
	termsig_begin(&termsig);
	enum status status =
	    socket_listen(&endpoint, address, given->type, &bind_options);
	if (status == STATUS_OK) {
		status = command != NULL ? socklisten_serve(given, &endpoint, command)
		         : given->type == SOCKET_DGRAM
		             ? socklisten_print_datagrams(given, &endpoint)
		             : socklisten_relay_connections(given, &endpoint);
		socket_close(&endpoint);
	}
	return termsig_end(&termsig, status);
}

/* Stays NULL where there is none. */
static enum status socklisten_find_command(char ***command, int argc, char **argv)
{
	if (argc == 1)
		return STATUS_OK;
	if (strcmp(argv[1], "--") != 0)
		return error_usage("unexpected '%s': a command stands behind --",
		                   argv[1]);
	if (argc == 2)
		return error_usage("missing COMMAND");
	*command = argv + 2;
	return STATUS_OK;
}

static enum status socklisten_run(const void *opts, int argc, char **argv)
{
	const struct socklisten *given = opts;
	struct socket_address address;
	char **command = NULL;
	enum status status = socket_address_parse(&address, argv[0]);
	if (status == STATUS_OK)
		status = socklisten_find_command(&command, argc, argv);
	if (status != STATUS_OK)
		return status;
	if (given->mode.given && address.is_abstract)
		return error_usage("'%s' has no file and no mode: whoever knows the name "
		                   "may connect",
		                   address.text);
	if (command != NULL && given->type == SOCKET_DGRAM)
		return error_usage("--dgram: there are no connections, and no COMMAND "
		                   "for each");
	if (command == NULL && given->parallel > 0)
		return error_usage("-P is for a COMMAND");
	return socklisten_listen(given, &address, command);
}

APPLET(socklisten, .summary = "wait for connections to a local socket and serve them",
       .self = {.operands = "ADDRESS [-- COMMAND [ARG...]]",
                .operand_kinds = {OPERAND_ADDRESS, OPERAND_DASHDASH, OPERAND_COMMAND},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(socklisten),
                .run = socklisten_run});

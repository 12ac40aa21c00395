/* SPDX-License-Identifier: MIT */
/*
 * sockrecv - receive messages on a socket
 *
 * As mqrecv receives them from a queue; but here the receiver creates the socket. See
 * recv(2), unix(7).
 */
#include "applet.h"
#include "base/deadline.h"
#include "base/frontend.h"
#include "base/termsig.h"
#include "io/error.h"
#include "process/exec.h"
#include "socket/connect.h"
#include "socket/listen.h"
#include "socket/output.h"
#include "socket/received_fd.h"
#include "stream/framing.h"

struct sockrecv {
	struct timeout timeout;
	struct value_mode mode;
	int64_t count;
	bool all, follow, fd, fds;
	enum framing framing;
	enum socket_type type;
	const char *into;
	bool connect, wait, replace_stale, peercred, verbose;
};

enum { GROUP_COUNT = 2, GROUP_FRAMING, GROUP_TYPE };

static const struct sockrecv defaults = {
    .mode = {.bits = 0600}, .count = 1, .framing = FRAMING_LINES};

static const struct option_row options[] = {
    WAIT_OPTIONS(sockrecv, timeout),
    RECEIVE_OPTIONS(sockrecv, count, all, follow, GROUP_COUNT,
                    "receive all messages of one connection"),
    FLAG(0, "fd", sockrecv, fd, GROUP_COUNT,
         "receive a descriptor, for COMMAND or for the shell"),
    FLAG(0, "fds", sockrecv, fds, GROUP_COUNT,
         "the same with all descriptors of a message"),
    FRAMING_OPTIONS(sockrecv, framing, GROUP_FRAMING),
    INTO(sockrecv, into, 0, SHELL_VARIABLE_MESSAGES, EXCLUDES("follow fd fds json")),
    MODE(sockrecv, mode, "permission bits of the file, exactly these"),
    SOCKET_TYPES(sockrecv, type, GROUP_TYPE, "at ", "", EXCLUDES("all connect")),
    SOCKET_REPLACE_STALE(sockrecv, replace_stale),
    FLAG('C', "connect", sockrecv, connect, 0,
         "connect to the socket at ADDRESS, which another process listens on",
         EXCLUDES("mode replace-stale")),
    FLAG('w', "wait", sockrecv, wait, 0, "with -C: wait until a process listens",
         REQUIRES("connect")),
    SOCKET_PEERCRED(sockrecv, peercred, "each peer"),
    VERBOSE(sockrecv, verbose),
    END_OF_OPTIONS,
};

static bool sockrecv_takes_fds(const struct sockrecv *given)
{
	return given->fd || given->fds;
}

static enum status sockrecv_connect(struct socket_endpoint *endpoint,
                                    const struct socket_address *address,
                                    const struct sockrecv *given, enum socket_type type)
{
	struct socket_connect_options connect_options = {
	    .type = type, .takes_fds = sockrecv_takes_fds(given), .wait = given->wait};
	struct deadline deadline = deadline_start(given->timeout);
	enum status status =
	    socket_connect(endpoint, address, &connect_options, &deadline);
	if (status != STATUS_OK)
		return status;
	if (endpoint->type != SOCKET_DGRAM) {
		/* a peer that waits for the end of file before it answers need not wait
		 */
		shutdown(endpoint->fd, SHUT_WR);
		return STATUS_OK;
	}
	socket_close(endpoint);
	return error_as(STATUS_FAILED,
	                "%s: a datagram socket has no connection to receive from",
	                address->text);
}

static enum status sockrecv_open_endpoint(struct socket_endpoint *endpoint,
                                          const struct socket_address *address,
                                          const struct sockrecv *given,
                                          enum socket_type type)
{
	bool is_local = address->family == SOCKET_LOCAL;
	struct socket_bind_options bind_options = {.mode = given->mode.bits,
	                                           .takes_fds = sockrecv_takes_fds(given),
	                                           .verbose = given->verbose && !is_local,
	                                           .replace_stale = given->replace_stale};
	return given->connect ? sockrecv_connect(endpoint, address, given, type)
	                      : socket_listen(endpoint, address, type, &bind_options);
}

/* The kind of an inherited socket is known only when it is open. */
static enum status sockrecv_check_inherited(const struct sockrecv *given,
                                            struct socket_endpoint *endpoint)
{
	enum status status =
	    socket_check_local(endpoint, given->peercred, "--peercred", "credentials");
	if (status == STATUS_OK)
		status = socket_check_local(endpoint, sockrecv_takes_fds(given),
		                            given->fds ? "--fds" : "--fd",
		                            "descriptors to pass");
	if (status != STATUS_OK)
		socket_close(endpoint);
	return status;
}

static enum status sockrecv_receive_fd(const struct sockrecv *given,
                                       struct socket_endpoint *endpoint,
                                       struct received_fd *received)
{
	struct deadline deadline = deadline_start(given->timeout);
	return received_fd_receive(received, endpoint, given->connect, given->peercred,
	                           &deadline);
}

static enum status sockrecv_receive_messages(const struct sockrecv *given,
                                             struct socket_endpoint *endpoint)
{
	struct socket_output output = {.framing = given->framing,
	                               .count = given->count,
	                               .all = given->all,
	                               .follow = given->follow,
	                               .peercred = given->peercred,
	                               .into = given->into,
	                               .verbose = given->verbose,
	                               .timeout = given->timeout};
	return socket_output_messages(&output, endpoint, given->connect);
}

/* Receive everything and close the socket. *received is set with --fd and --fds only. */
static enum status sockrecv_receive(const struct socket_address *address,
                                    const struct sockrecv *given, enum socket_type type,
                                    struct received_fd *received)
{
	struct socket_endpoint endpoint;
	struct termsig termsig;
	termsig_begin(&termsig);
	enum status status = sockrecv_open_endpoint(&endpoint, address, given, type);
	if (status == STATUS_OK)
		status = sockrecv_check_inherited(given, &endpoint);
	if (status == STATUS_OK)
		status = sockrecv_takes_fds(given)
		             ? sockrecv_receive_fd(given, &endpoint, received)
		             : sockrecv_receive_messages(given, &endpoint);
	return shell_variable_status(status, termsig_end(&termsig, status));
}

static enum status sockrecv_check_command(const struct sockrecv *given, char **command)
{
	bool takes_fds = sockrecv_takes_fds(given);
	if (command != NULL && !takes_fds)
		return error_usage("COMMAND requires --fd or --fds");
	if (command == NULL && takes_fds && !frontend_is_builtin())
		return error_usage("--fd%s requires COMMAND: only a builtin can keep a "
		                   "descriptor open in the shell",
		                   given->fds ? "s" : "");
	return command == NULL && takes_fds ? received_fd_check_variables(given->fds)
	                                    : STATUS_OK;
}

static enum status sockrecv_check_address(const struct sockrecv *given,
                                          const struct socket_address *address,
                                          enum socket_type *type)
{
	*type = given->type;
	enum status status = socket_address_check_mode(address, &given->mode);
	if (status == STATUS_OK)
		status = socket_address_check_options(address, type, given->peercred,
		                                      given->fds  ? "--fds"
		                                      : given->fd ? "--fd"
		                                                  : NULL);
	if (status == STATUS_OK)
		status = socket_address_check_replace(address, given->replace_stale);
	return status;
}

static enum status sockrecv_run(const void *opts, int argc, char **argv)
{
	const struct sockrecv *given = opts;
	struct socket_address address;
	struct received_fd received = {.all = given->fds};
	enum socket_type type = given->type;
	char **command = NULL;
	(void)argc;
	enum status status = socket_address_parse(&address, argv[0]);
	if (status == STATUS_OK)
		status = exec_parse_optional(&command, argv + 1);
	if (status == STATUS_OK)
		status = sockrecv_check_address(given, &address, &type);
	if (status == STATUS_OK)
		status = sockrecv_check_command(given, command);
	if (status != STATUS_OK)
		return status;
	status = sockrecv_receive(&address, given, type, &received);
	if (!sockrecv_takes_fds(given))
		return status;
	if (status != STATUS_OK)
		return command != NULL ? status_before_command(status) : status;
	return command != NULL ? received_fd_run_command(&received, command)
	                       : received_fd_keep_open(&received);
}

APPLET(sockrecv, .summary = "receive messages on a socket", .group = APPLETS_SOCKETS,
       .example = "sockrecv --dgram -m 622 -c 3 ./box >mail &",
       .self = {.operands = "ADDRESS [-- COMMAND [ARG...]]",
                .operand_kinds = {OPERAND_ADDRESS, OPERAND_DASHDASH, OPERAND_COMMAND},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(sockrecv),
                .run = sockrecv_run});

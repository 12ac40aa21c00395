/* SPDX-License-Identifier: MIT */
/*
 * sockconnect - connect standard input and output to a socket
 *
 * Both directions at the same time, until both have ended. See connect(2), unix(7).
 */
#include "applet.h"
#include "base/deadline.h"
#include "socket/connect.h"
#include "socket/relay.h"

struct sockconnect {
	struct timeout timeout, answer;
	enum socket_type type;
	bool wait, keep_open, peercred;
};

enum { GROUP_TYPE = 2 };

static const struct option_row options[] = {
    WAIT_OPTIONS(sockconnect, timeout),
    FLAG('w', "wait", sockconnect, wait, 0, "wait until a process listens"),
    FLAG('k', "keep-open", sockconnect, keep_open, 0,
         "keep the sending side open until the peer closes"),
    DURATION(0, "answer", sockconnect, answer, 0, "DURATION",
             "wait at most DURATION for an answer: status 124 after it"),
    SOCKET_TYPES(sockconnect, type, GROUP_TYPE, "", " only"),
    SOCKET_PEERCRED(sockconnect, peercred, "the peer"),
    END_OF_OPTIONS,
};

static enum status sockconnect_relay(const struct sockconnect *given,
                                     const struct socket_endpoint *endpoint)
{
	struct relay relay = {.fd = endpoint->fd,
	                      .type = endpoint->type,
	                      .name = endpoint->address->text,
	                      .keep_open = given->keep_open,
	                      .answer = given->answer,
	                      .peercred = given->peercred};
	return relay_run(&relay);
}

static enum status sockconnect_run(const void *opts, int argc, char **argv)
{
	const struct sockconnect *given = opts;
	struct socket_address address;
	struct socket_endpoint endpoint;
	enum socket_type type = given->type;
	struct socket_connect_options connect_options = {.wait = given->wait};
	struct deadline deadline = deadline_start(given->timeout);
	(void)argc;
	enum status status = socket_address_parse(&address, argv[0]);
	if (status == STATUS_OK)
		status =
		    socket_address_check_options(&address, &type, given->peercred, NULL);
	connect_options.type = type;
	if (status == STATUS_OK)
		status = socket_connect(&endpoint, &address, &connect_options, &deadline);
	if (status != STATUS_OK)
		return status;
	status = sockconnect_relay(given, &endpoint);
	socket_close(&endpoint);
	return status;
}

APPLET(sockconnect, .summary = "connect standard input and output to a socket",
       .group = APPLETS_SOCKETS,
       .example = "echo \"hello, socket\" | sockconnect -w ./upper",
       .self = {.operands = "ADDRESS",
                .operand_kinds = {OPERAND_ADDRESS},
                .min_operands = 1,
                .max_operands = 1,
                .options = options,
                OPTIONS_OF(sockconnect),
                .run = sockconnect_run});

/* SPDX-License-Identifier: MIT */
/*
 * socklisten - wait for connections to a socket and serve them
 *
 * One connection between standard input and output, or a command for each. See bind(2),
 * listen(2), accept(2), unix(7).
 */
#include "applet.h"
#include "base/heed_term.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/readiness.h"
#include "process/exec.h"
#include "socket/broadcast.h"
#include "socket/listen.h"
#include "socket/output.h"
#include "socket/relay.h"
#include "socket/serve.h"

struct socklisten {
	struct timeout timeout, limit;
	struct value_mode mode;
	int64_t count, parallel, per_user, ready_fd, readers;
	enum socket_type type;
	bool keep, broadcast, drain, replace_stale, peercred, verbose;
};

enum { GROUP_COUNT = 2, GROUP_TYPE, PARALLEL_MAX = 4096 };

static const struct socklisten defaults = {
    .mode = {.bits = 0600}, .parallel = 16, .ready_fd = -1};

static const struct option_row options[] = {
    TIMEOUT(socklisten, timeout),
    NUMBER('c', "count", socklisten, count, GROUP_COUNT, "N", 1, INT64_MAX,
           "exit after N connections (default 1 without COMMAND)"),
    FLAG('k', "keep", socklisten, keep, GROUP_COUNT,
         "serve one connection after the other, without limit"),
    FLAG(0, "broadcast", socklisten, broadcast, GROUP_COUNT,
         "send each line of standard input to every connection",
         EXCLUDES("dgram limit COMMAND")),
    NUMBER(0, "readers", socklisten, readers, 0, "N", 1, BROADCAST_READERS_MAX,
           "read no input before N are connected", REQUIRES("broadcast")),
    MODE(socklisten, mode, "permission bits of the file, exactly these"),
    NUMBER('P', "parallel", socklisten, parallel, 0, "N", 1, PARALLEL_MAX,
           "run at most N commands at the same time", REQUIRES("COMMAND")),
    NUMBER(0, "per-user", socklisten, per_user, 0, "N", 1, PARALLEL_MAX,
           "refuse a connection of a user who has N commands", REQUIRES("COMMAND")),
    DURATION(0, "limit", socklisten, limit, 0, "DURATION",
             "end each connection after DURATION (of COMMAND: that of -t)",
             EXCLUDES("dgram")),
    FLAG(0, "drain", socklisten, drain, 0,
         "at TERM accept no more, and let the commands finish", REQUIRES("COMMAND")),
    READINESS_FD(socklisten, ready_fd),
    SOCKET_TYPES(socklisten, type, GROUP_TYPE, "", "", EXCLUDES("COMMAND")),
    SOCKET_REPLACE_STALE(socklisten, replace_stale),
    SOCKET_PEERCRED(socklisten, peercred, "each peer"),
    FLAG('v', "verbose", socklisten, verbose, 0,
         "report on standard error what is listened on"),
    END_OF_OPTIONS,
};

/* Of a connection with a command: that of --timeout, unless --limit sets another one. */
static struct timeout socklisten_command_limit(const struct socklisten *given)
{
	bool is_default = given->limit.kind == TIMEOUT_NONE &&
	                  given->timeout.kind == TIMEOUT_AFTER &&
	                  given->timeout.nanoseconds > 0;
	return is_default ? given->timeout : given->limit;
}

static enum status socklisten_run_commands(const struct socklisten *given,
                                           struct socket_endpoint *endpoint,
                                           char **command, bool ignores_term)
{
	struct socket_server server = {.endpoint = endpoint,
	                               .command = command,
	                               .max_commands = (int)given->parallel,
	                               .max_per_user = (int)given->per_user,
	                               .count = given->count,
	                               .timeout = given->timeout,
	                               .limit = socklisten_command_limit(given),
	                               .drain = given->drain,
	                               .ignores_term = ignores_term};
	return socket_serve(&server);
}

static enum status socklisten_relay(const struct socklisten *given,
                                    struct socket_endpoint *endpoint)
{
	struct relay_server server = {.endpoint = endpoint,
	                              .count = given->keep        ? 0
	                                       : given->count > 0 ? given->count
	                                                          : 1,
	                              .timeout = given->timeout,
	                              .limit = given->limit,
	                              .peercred = given->peercred};
	return relay_serve(&server);
}

static enum status socklisten_broadcast(const struct socklisten *given,
                                        const struct socket_endpoint *endpoint)
{
	struct broadcast broadcast = {.endpoint = endpoint,
	                              .readers = given->readers,
	                              .timeout = given->timeout,
	                              .peercred = given->peercred};
	return broadcast_run(&broadcast);
}

static enum status socklisten_print_datagrams(const struct socklisten *given,
                                              const struct socket_endpoint *endpoint)
{
	struct socket_output output = {.count = given->count,
	                               .timeout = given->timeout,
	                               .peercred = given->peercred};
	return socket_output_datagrams(&output, endpoint);
}

static enum status socklisten_check_inherited(const struct socklisten *given,
                                              const struct socket_endpoint *endpoint)
{
	enum status status = socket_check_local(endpoint, given->per_user > 0,
	                                        "--per-user", "credentials");
	return status == STATUS_OK ? socket_check_local(endpoint, given->peercred,
	                                                "--peercred", "credentials")
	                           : status;
}

/* --dgram excludes them already; udp, and what an inherited socket is, are known here. */
static enum status socklisten_check_datagrams(const struct socklisten *given,
                                              const struct socket_endpoint *endpoint,
                                              char **command)
{
	const char *refused = command != NULL                     ? "COMMAND"
	                      : given->broadcast                  ? "--broadcast"
	                      : given->limit.kind != TIMEOUT_NONE ? "--limit"
	                                                          : NULL;
	if (endpoint->type != SOCKET_DGRAM || refused == NULL)
		return STATUS_OK;
	return error_usage("%s cannot be used with '%s': datagrams have no connections",
	                   refused, endpoint->address->text);
}

static enum status socklisten_serve(const struct socklisten *given,
                                    struct socket_endpoint *endpoint, char **command,
                                    bool ignores_term)
{
	enum status status = socklisten_check_datagrams(given, endpoint, command);
	if (status == STATUS_OK)
		status = socklisten_check_inherited(given, endpoint);
	if (status == STATUS_OK)
		status = readiness_notify(given->ready_fd);
	if (status != STATUS_OK)
		return status;
	if (command != NULL)
		return socklisten_run_commands(given, endpoint, command, ignores_term);
	if (given->broadcast)
		return socklisten_broadcast(given, endpoint);
	return endpoint->type == SOCKET_DGRAM
	           ? socklisten_print_datagrams(given, endpoint)
	           : socklisten_relay(given, endpoint);
}

/* A command may receive descriptors from its peer. */
static enum status socklisten_listen(const struct socklisten *given,
                                     const struct socket_address *address,
                                     enum socket_type type, char **command)
{
	struct socket_bind_options bind_options = {.mode = given->mode.bits,
	                                           .takes_fds = command != NULL,
	                                           .verbose = given->verbose,
	                                           .replace_stale = given->replace_stale};
	struct socket_endpoint endpoint;
	struct heed_term heed_term;
	struct termsig termsig;
	heed_term_begin(&heed_term);
	termsig_begin(&termsig);
	enum status status = socket_listen(&endpoint, address, type, &bind_options);
	if (status == STATUS_OK) {
		status =
		    socklisten_serve(given, &endpoint, command, heed_term.was_ignored);
		status = status_first_failure(status, socket_close(&endpoint));
	}
	status = termsig_end(&termsig, status);
	heed_term_end(&heed_term);
	return status;
}

static enum status socklisten_check(const struct socklisten *given,
                                    const struct socket_address *address,
                                    enum socket_type *type)
{
	*type = given->type;
	enum status status = socket_address_choose_type(address, type);
	if (status == STATUS_OK)
		status = socket_address_check_mode(address, &given->mode);
	if (status == STATUS_OK)
		status = socket_address_check_replace(address, given->replace_stale);
	if (status == STATUS_OK)
		status = socket_address_check_local(address, given->peercred,
		                                    "--peercred", "credentials");
	if (status == STATUS_OK)
		status = socket_address_check_local(address, given->per_user > 0,
		                                    "--per-user", "credentials");
	if (status == STATUS_OK && given->broadcast && given->readers == 0 &&
	    given->timeout.kind != TIMEOUT_NONE)
		status = error_usage("--timeout requires --readers with --broadcast");
	return status == STATUS_OK ? readiness_check(given->ready_fd) : status;
}

static enum status socklisten_run(const void *opts, int argc, char **argv)
{
	const struct socklisten *given = opts;
	struct socket_address address;
	enum socket_type type = given->type;
	char **command = NULL;
	(void)argc;
	enum status status = socket_address_parse(&address, argv[0]);
	if (status == STATUS_OK)
		status = exec_parse_optional(&command, argv + 1);
	if (status == STATUS_OK)
		status = socklisten_check(given, &address, &type);
	return status == STATUS_OK ? socklisten_listen(given, &address, type, command)
	                           : status;
}

APPLET(socklisten, .summary = "wait for connections to a socket and serve them",
       .group = APPLETS_SOCKETS, .example = "socklisten -c 2 ./upper -- tr a-z A-Z &",
       .self = {.operands = "ADDRESS [-- COMMAND [ARG...]]",
                .operand_kinds = {OPERAND_ADDRESS, OPERAND_DASHDASH, OPERAND_COMMAND},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(socklisten),
                .run = socklisten_run});

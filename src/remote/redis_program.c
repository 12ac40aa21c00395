/* SPDX-License-Identifier: MIT */
/*
 * ipctool-redis: messages to and from a stream of Redis.
 */
#include <string.h>
#include <unistd.h>

#include "applet.h"
#include "io/error.h"
#include "process/exec.h"
#include "remote/consume.h"
#include "remote/main.h"
#include "remote/publish.h"
#include "remote/redis.h"
#include "remote/redis_status.h"
#include "remote/url.h"

enum { REDIS_PORT = 6379 };

/* The options for a connection. */
struct redis_access {
	const char *user, *password_file;
	int64_t database;
};

/* Options that all have, whose structs have a struct redis_access `access`. */
#define ACCESS_OPTIONS(s)                                                                \
	STRING(0, "user", s, access.user, 0, "NAME", "the user, in place of the URL's"), \
	    STRING(0, "password-file", s, access.password_file, 0, "FILE",               \
	           "the first line of FILE is the password", .value = OPERAND_FILE),     \
	    NUMBER(0, "database", s, access.database, 0, "N", 0, INT32_MAX,              \
	           "use database N, not that of the URL")

/* A server, and the texts that it refers to. */
struct redis_target {
	struct redis_server server;
	struct remote_url url;
	char path[REMOTE_URL_TEXT_MAX + 2];
};

/* "redis://HOST/N": the number of the database. */
static const char *read_database(struct redis_server *server, const char *text)
{
	struct value_error reason;
	if (*text == '\0')
		return NULL;
	return value_number(text, 0, INT32_MAX, &server->database, &reason) != NULL
	           ? "has a database that is not a number"
	           : NULL;
}

static const char *read_address(struct redis_target *target)
{
	struct redis_server *server = &target->server;
	struct remote_url *url = &target->url;
	int64_t port = REDIS_PORT;
	struct value_error reason;
	if (strcmp(url->scheme, "rediss") == 0)
		return "asks for TLS, which hiredis lacks here: see TLS in "
		       "ipctool-redis(1)";
	if (strcmp(url->scheme, "unix") == 0) {
		if (url->host[0] != '\0' || url->path[0] == '\0')
			return "has no path of a socket after unix://";
		target->path[0] = '/';
		strcpy(target->path + 1, url->path);
		server->path = target->path;
		return NULL;
	}
	if (url->port[0] != '\0')
		value_number(url->port, 1, 65535, &port, &reason);
	server->host = url->host[0] != '\0' ? url->host : "127.0.0.1";
	server->port = (int)port;
	return read_database(server, url->path);
}

/* The server that the URL names; the text loses its password. */
static enum status find_server(struct redis_target *target,
                               const struct redis_access *access, char *text)
{
	struct redis_server *server = &target->server;
	struct remote_url *url = &target->url;
	*server = (struct redis_server){.shown = url->shown};
	const char *wrong = remote_url_parse(url, text, "redis rediss unix");
	if (wrong == NULL)
		wrong = read_address(target);
	if (wrong != NULL)
		return error_usage("the URL %s", wrong);
	if (access->database >= 0)
		server->database = access->database;
	char variable[REMOTE_URL_SECRET_MAX + 1];
	bool has_variable = remote_url_take_variable(variable, "REDISCLI_AUTH");
	enum status status = STATUS_OK;
	if (access->password_file != NULL)
		status = remote_url_read_secret(url->password, access->password_file);
	else if (has_variable && !url->has_password)
		strcpy(url->password, variable);
	if (access->user != NULL)
		server->user = access->user;
	else if (url->has_user)
		server->user = url->user;
	if (access->password_file != NULL || url->has_password || has_variable)
		server->password = url->password;
	else if (server->user != NULL)
		return error_usage("user '%s' has no password", server->user);
	return status;
}

/* ------------------------------------------------------------------- publish */

struct redis_publish {
	struct redis_access access;
	struct timeout timeout;
	struct publish_options publish;
	int64_t max_length, replicas;
};

static const struct redis_publish publish_defaults = {
    .access = {.database = -1}, .publish = {.window = PUBLISH_WINDOW}};

static const struct option_row publish_options[] = {
    TIMEOUT(redis_publish, timeout),
    PUBLISH_OPTIONS(redis_publish, publish),
    NUMBER(0, "maxlen", redis_publish, max_length, 0, "N", 1, INT64_MAX,
           "let the stream forget its oldest entries beyond about N"),
    NUMBER(0, "replicas", redis_publish, replicas, 0, "N", 1, 100,
           "a message is stored when N replicas have it"),
    ACCESS_OPTIONS(redis_publish),
    END_OF_OPTIONS,
};

static enum status publish_call(const void *opts, int argc, char **argv)
{
	const struct redis_publish *given = opts;
	struct redis_target target;
	struct redis_session session;
	const struct redis_options options = {.stream = argv[1],
	                                      .max_length = given->max_length,
	                                      .replicas = given->replicas};
	(void)argc;
	enum status status = find_server(&target, &given->access, argv[0]);
	if (status != STATUS_OK)
		return status;
	redis_open_publish(&session, &target.server, &options);
	struct deadline deadline = deadline_start(given->timeout);
	if (given->timeout.kind != TIMEOUT_NONE)
		status = redis_link_await(&session.link, &deadline);
	if (status == STATUS_OK)
		status = publish_run(&session.base, &given->publish);
	session.base.engine->close(&session.base);
	return status;
}

static const struct subcommand redis_publish = {
    .name = "publish",
    .summary = "add the messages of standard input to a stream",
    .operands = "URL STREAM",
    .operand_kinds = {OPERAND_TEXT, OPERAND_TEXT},
    .min_operands = 2,
    .max_operands = 2,
    .options = publish_options,
    .defaults = &publish_defaults,
    OPTIONS_OF(redis_publish),
    .example = "mqrecv -F --exec --stay --window 64 /jobs -- ipctool redis publish "
               "redis://h s",
    .run = publish_call,
};

/* ------------------------------------------------------------------- consume */

struct redis_consume {
	struct redis_access access;
	struct consume_options consume;
	const char *consumer, *dead;
	struct timeout idle;
	bool create, remove;
};

static const struct redis_consume consume_defaults = {
    .access = {.database = -1},
    .consume = CONSUME_DEFAULTS,
    .idle = {TIMEOUT_AFTER, 30 * 1000000000LL},
};

static const struct option_row consume_options[] = {
    TIMEOUT(redis_consume, consume.timeout),
    CONSUME_OPTIONS(redis_consume, consume),
    STRING(0, "consumer", redis_consume, consumer, 0, "NAME",
           "be the consumer NAME of the group, not the name of this host"),
    DURATION(0, "idle", redis_consume, idle, 0, "DURATION",
             "take over what a consumer has not kept for DURATION"),
    STRING(0, "dead", redis_consume, dead, 0, "STREAM2",
           "dead-letter stream: move what is given up to STREAM2"),
    FLAG(0, "delete", redis_consume, remove, 0,
         "delete what is done from the stream, not only from the group"),
    FLAG('e', "create", redis_consume, create, 0,
         "make the stream and the group if they do not exist"),
    ACCESS_OPTIONS(redis_consume),
    END_OF_OPTIONS,
};

static enum status consume_call(const void *opts, int argc, char **argv)
{
	const struct redis_consume *given = opts;
	struct redis_target target;
	struct redis_session session;
	char host[256];
	char **command;
	struct redis_options options = {
	    .stream = argv[1],
	    .group = argv[2],
	    .consumer = given->consumer,
	    .dead = given->dead,
	    .idle = given->idle.nanoseconds,
	    .create = given->create,
	    .remove = given->remove,
	};
	(void)argc;
	if (options.idle < 1000000)
		return status_before_command(
		    error_usage("--idle is less than a millisecond"));
	if (given->consume.delay.nanoseconds > options.idle)
		return status_before_command(
		    error_usage("--delay is longer than --idle"));
	if (options.consumer == NULL) {
		if (gethostname(host, sizeof host) < 0)
			return error_errno_as(STATUS_RUN_ERROR, "gethostname");
		host[sizeof host - 1] = '\0';
		options.consumer = host;
	}
	enum status status = exec_parse(&command, argv + 3);
	if (status == STATUS_OK)
		status = find_server(&target, &given->access, argv[0]);
	if (status == STATUS_OK)
		status = redis_open_consume(&session, &target.server, &options);
	if (status != STATUS_OK)
		return status_before_command(status);
	status = consume_run(&session.base, &given->consume, command);
	session.base.engine->close(&session.base);
	return status;
}

static const struct subcommand redis_consume = {
    .name = "consume",
    .summary = "give the messages of a stream to a COMMAND that answers for each",
    .operands = "URL STREAM GROUP [--] COMMAND [ARG...]",
    .operand_kinds = {OPERAND_TEXT, OPERAND_TEXT, OPERAND_TEXT, OPERAND_COMMAND},
    .min_operands = 4,
    .max_operands = OPERANDS_UNLIMITED,
    .options = consume_options,
    .defaults = &consume_defaults,
    OPTIONS_OF(redis_consume),
    .runs_command = true,
    .example = "ipctool redis consume -P redis://h s g -- mqsend -NP --ack /jobs",
    .run = consume_call,
};

/* -------------------------------------------------------------------- status */

struct redis_show {
	struct redis_access access;
	struct timeout timeout;
	bool json;
};

static const struct redis_show status_defaults = {.access = {.database = -1}};

static const struct option_row status_options[] = {
    TIMEOUT(redis_show, timeout),
    JSON(redis_show, json, 0),
    ACCESS_OPTIONS(redis_show),
    END_OF_OPTIONS,
};

static enum status status_call(const void *opts, int argc, char **argv)
{
	const struct redis_show *given = opts;
	struct redis_target target;
	(void)argc;
	enum status status = find_server(&target, &given->access, argv[0]);
	if (status != STATUS_OK)
		return status;
	target.server.must_answer = given->timeout.kind == TIMEOUT_NONE;
	return redis_status_print(&target.server, argv + 1, given->json, given->timeout);
}

static const struct subcommand redis_status = {
    .name = "status",
    .summary = "print what the groups of streams have not read, and what is pending",
    .operands = "URL [STREAM...]",
    .operand_kinds = {OPERAND_TEXT, OPERAND_TEXT | OPERAND_REPEATED},
    .min_operands = 1,
    .max_operands = OPERANDS_UNLIMITED,
    .options = status_options,
    .defaults = &status_defaults,
    OPTIONS_OF(redis_show),
    .example = "ipctool redis status redis://h",
    .run = status_call,
};

/* ------------------------------------------------------------------- program */

static const struct applet redis = {
    .name = "ipctool-redis",
    .summary = "messages to and from streams of Redis",
    .example = "mqrecv -F --exec --stay /q -- ipctool-redis publish redis://h jobs",
    .subcommands = (const struct subcommand *const[]){&redis_publish, &redis_consume,
                                                      &redis_status, NULL},
};

int main(int argc, char **argv)
{
	return remote_main(&redis, argc, argv);
}

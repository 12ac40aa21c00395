/* SPDX-License-Identifier: MIT */
/*
 * ipctool-nats: messages of queues to JetStream and back.
 */
#include <string.h>

#include "applet.h"
#include "base/call.h"
#include "io/error.h"
#include "process/exec.h"
#include "remote/consume.h"
#include "remote/main.h"
#include "remote/nats.h"
#include "remote/publish.h"

/* -------------------------------------------------------------------- publish */

struct nats_publish_options {
	struct nats_login login;
	struct publish_options publish;
	const char *create;
	unsigned retention;
	struct timeout duplicates;
};

static const struct nats_publish_options publish_defaults = {
    .publish = {.window = PUBLISH_WINDOW}};

static const struct option_row publish_rows[] = {
    WAIT_OPTIONS(nats_publish_options, login.timeout),
    PUBLISH_OPTIONS(nats_publish_options, publish),
    STRING(0, "create", nats_publish_options, create, 0, "STREAM",
           "create STREAM for SUBJECT, if no stream stores it"),
    WORD(0, "retention", nats_publish_options, retention, 0, "WORD",
         "limits interest workqueue",
         "until when STREAM keeps a message: limits, interest, workqueue",
         REQUIRES("create")),
    DURATION(0, "duplicates", nats_publish_options, duplicates, 0, "DURATION",
             "STREAM recognizes an ID for DURATION", REQUIRES("create")),
    NATS_LOGIN_OPTIONS(nats_publish_options, login),
    END_OF_OPTIONS,
};

static enum status create_stream(struct nats_session *session, const char *subject,
                                 const struct nats_publish_options *given)
{
	static const jsRetentionPolicy policies[] = {js_LimitsPolicy, js_InterestPolicy,
	                                             js_WorkQueuePolicy};
	jsStreamConfig config;
	jsStreamConfig_Init(&config);
	config.Name = given->create;
	config.Subjects = &subject;
	config.SubjectsLen = 1;
	config.Retention = policies[given->retention];
	if (given->duplicates.kind == TIMEOUT_AFTER)
		config.Duplicates = given->duplicates.nanoseconds;
	natsStatus status = js_AddStream(NULL, session->js, &config, NULL, NULL);
	return status == NATS_OK ? STATUS_OK
	                         : nats_report(session, status, given->create);
}

/* The server does not say that nothing stores a message, if something receives it. */
static enum status check_subject(struct nats_session *session, const char *subject,
                                 const struct nats_publish_options *given)
{
	jsOptions options;
	jsStreamNamesList *names = NULL;
	if (strpbrk(subject, "*> \t\r\n") != NULL || *subject == '\0')
		return error_usage("'%s' is not a subject to publish to", subject);
	jsOptions_Init(&options);
	options.Stream.Info.SubjectsFilter = subject;
	natsStatus done = js_StreamNames(&names, session->js, &options, NULL);
	bool found = names != NULL && names->Count > 0;
	jsStreamNamesList_Destroy(names);
	if (done != NATS_OK && done != NATS_NOT_FOUND)
		return nats_report(session, done, subject);
	if (found)
		return STATUS_OK;
	if (given->create != NULL)
		return create_stream(session, subject, given);
	return error_as(STATUS_NOT_FOUND,
	                "%s: no stream stores the subject %s (--create makes one)",
	                session->shown, subject);
}

static enum status publish_subject(const void *options, int argc, char **argv)
{
	const struct nats_publish_options *given = options;
	struct nats_session session;
	(void)argc;
	enum status status = nats_open(&session, argv[0], &given->login);
	session.subject = argv[1];
	if (status == STATUS_OK)
		status = check_subject(&session, argv[1], given);
	if (status == STATUS_OK)
		status = publish_run(&session.session, &given->publish);
	nats_close(&session.session);
	return status;
}

static const struct subcommand publish = {
    .name = "publish",
    .summary = "messages of standard input to a stream; a line for each that is stored",
    .operands = "URL SUBJECT",
    .operand_kinds = {OPERAND_TEXT, OPERAND_TEXT},
    .min_operands = 2,
    .max_operands = 2,
    .options = publish_rows,
    .defaults = &publish_defaults,
    OPTIONS_OF(nats_publish_options),
    .run = publish_subject,
};

/* -------------------------------------------------------------------- consume */

struct nats_consume_options {
	struct nats_login login;
	struct consume_options consume;
	const char *filter, *dead, *remember;
	struct timeout ack_wait;
	bool create;
};

static const struct nats_consume_options consume_defaults = {
    .consume = CONSUME_DEFAULTS, .ack_wait = {TIMEOUT_AFTER, 30000000000}};

static const struct option_row consume_rows[] = {
    WAIT_OPTIONS_RUN(nats_consume_options, login.timeout),
    CONSUME_OPTIONS(nats_consume_options, consume),
    STRING(0, "dead", nats_consume_options, dead, 0, "SUBJECT",
           "publish a message that is given up to SUBJECT"),
    STRING(0, "remember", nats_consume_options, remember, 0, "FILE",
           "keep in FILE which messages are done, for the next process",
           .value = OPERAND_FILE),
    FLAG('e', "create", nats_consume_options, create, 0,
         "create CONSUMER if it does not exist"),
    STRING(0, "filter", nats_consume_options, filter, 0, "SUBJECT",
           "it receives only messages of SUBJECT", REQUIRES("create")),
    DURATION(0, "ack-wait", nats_consume_options, ack_wait, 0, "DURATION",
             "another one receives a message that is unanswered for DURATION",
             REQUIRES("create")),
    NATS_LOGIN_OPTIONS(nats_consume_options, login),
    END_OF_OPTIONS,
};

static natsStatus create_consumer(struct nats_session *session, jsConsumerInfo **info,
                                  const struct nats_consume_options *given,
                                  jsErrCode *code)
{
	const int64_t least = 1000;
	jsConsumerConfig config;
	jsConsumerConfig_Init(&config);
	config.Durable = session->consumer;
	config.AckPolicy = js_AckExplicit;
	config.AckWait = given->ack_wait.nanoseconds;
	config.FilterSubject = given->filter;
	/* of all machines together */
	config.MaxAckPending = given->consume.window * 16;
	if (config.MaxAckPending < least)
		config.MaxAckPending = least;
	return js_AddConsumer(info, session->js, session->stream, &config, NULL, code);
}

static enum status check_consumer_config(struct nats_session *session,
                                         const jsConsumerConfig *config)
{
	const int64_t longest = 10000000000;
	if (config->DeliverSubject != NULL && *config->DeliverSubject != '\0')
		return error_as(STATUS_RUN_ERROR,
		                "%s: the consumer %s of %s is not a pull consumer",
		                session->shown, session->consumer, session->stream);
	if (config->AckPolicy != js_AckExplicit)
		return error_as(STATUS_RUN_ERROR,
		                "%s: the consumer %s of %s has not the explicit "
		                "acknowledgement policy",
		                session->shown, session->consumer, session->stream);
	int64_t interval = config->AckWait / 3;
	session->session.keep_interval =
	    interval > 0 && interval < longest ? interval : longest;
	return STATUS_OK;
}

static enum status find_consumer(struct nats_session *session,
                                 const struct nats_consume_options *given)
{
	jsConsumerInfo *info = NULL;
	jsErrCode code = 0;
	natsStatus done = js_GetConsumerInfo(&info, session->js, session->stream,
	                                     session->consumer, NULL, &code);
	if (done == NATS_NOT_FOUND && code != JSStreamNotFoundErr && given->create)
		done = create_consumer(session, &info, given, &code);
	enum status status;
	if (done == NATS_OK)
		status = check_consumer_config(session, info->Config);
	else if (code == JSStreamNotFoundErr)
		status = error_as(STATUS_NOT_FOUND, "%s: %s: no such stream",
		                  session->shown, session->stream);
	else if (done == NATS_NOT_FOUND)
		status =
		    error_as(STATUS_NOT_FOUND, "%s: %s has no consumer %s (-e makes one)",
		             session->shown, session->stream, session->consumer);
	else
		status = nats_report(session, done, session->consumer);
	jsConsumerInfo_Destroy(info);
	return status;
}

static enum status consume_stream(const void *options, int argc, char **argv)
{
	const struct nats_consume_options *given = options;
	struct consume_options common = given->consume;
	struct nats_session session;
	char **command;
	(void)argc;
	if (exec_parse(&command, argv + 3) != STATUS_OK)
		return STATUS_RUN_ERROR;
	enum status status = nats_open(&session, argv[0], &given->login);
	session.stream = argv[1];
	session.consumer = argv[2];
	session.dead_subject = session.subject = given->dead;
	if (status == STATUS_OK)
		status = find_consumer(&session, given);
	if (status == STATUS_OK)
		status = nats_consume_begin(&session, given->remember);
	if (status != STATUS_OK) {
		nats_close(&session.session);
		return status_before_command(status);
	}
	common.timeout = given->login.timeout;
	status = consume_run(&session.session, &common, command);
	nats_close(&session.session);
	return status;
}

static const struct subcommand consume = {
    .name = "consume",
    .summary = "messages of a stream to COMMAND, which answers a line for each",
    .operands = "URL STREAM CONSUMER [--] COMMAND...",
    .operand_kinds = {OPERAND_TEXT, OPERAND_TEXT, OPERAND_TEXT, OPERAND_COMMAND},
    .min_operands = 4,
    .max_operands = OPERANDS_UNLIMITED,
    .runs_command = true,
    .options = consume_rows,
    .defaults = &consume_defaults,
    OPTIONS_OF(nats_consume_options),
    .run = consume_stream,
};

/* --------------------------------------------------------------------- status */

struct nats_status_options {
	struct nats_login login;
	bool json;
};

static const struct option_row status_rows[] = {
    WAIT_OPTIONS(nats_status_options, login.timeout),
    JSON(nats_status_options, json, 0),
    NATS_LOGIN_OPTIONS(nats_status_options, login),
    END_OF_OPTIONS,
};

static enum status print_streams(const void *options, int argc, char **argv)
{
	const struct nats_status_options *given = options;
	struct nats_session session;
	enum status status = nats_open(&session, argv[0], &given->login);
	if (status == STATUS_OK)
		status =
		    nats_print_status(&session, argc > 1 ? argv[1] : NULL, given->json);
	nats_close(&session.session);
	return status;
}

static const struct subcommand status_of_streams = {
    .name = "status",
    .summary = "how many messages streams have, and what their consumers lack",
    .operands = "URL [STREAM]",
    .operand_kinds = {OPERAND_TEXT, OPERAND_TEXT},
    .min_operands = 1,
    .max_operands = 2,
    .options = status_rows,
    OPTIONS_OF(nats_status_options),
    .run = print_streams,
};

static const struct applet program = {
    .name = "ipctool-nats",
    .summary = "messages of queues to NATS JetStream and back",
    .example = "mqrecv -F --exec --stay /q -- ipctool-nats publish nats://h jobs",
    .subcommands =
        (const struct subcommand *const[]){&publish, &consume, &status_of_streams, NULL},
};

int main(int argc, char **argv)
{
	return remote_main(&program, argc, argv);
}

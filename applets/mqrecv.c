/* SPDX-License-Identifier: MIT */
/*
 * mqrecv - receive messages from a message queue
 *
 * Receives the oldest message of the highest priority, see mq_receive(3), or of the type
 * that is requested, see msgrcv(2). A message that cannot be written is put back.
 */

#include "applet.h"
#include "io/error.h"
#include "pool/pool.h"
#include "process/exec.h"
#include "queue/queue.h"
#include "queue/receive.h"

struct mqrecv {
	struct queue_receive_options receive;
	int64_t type, lowest, except; /* 0: not given */
	int64_t peek;
};

enum { GROUP_COUNT = 2, GROUP_CHOICE, GROUP_FRAMING };

enum { NOT_GIVEN = -1 };

static const struct mqrecv defaults = {.receive = {.count = 1, .framing = FRAMING_LINES},
                                       .peek = NOT_GIVEN};

static const struct option_row options[] = {
    WAIT_OPTIONS(mqrecv, receive.timeout),
    RECEIVE_OPTIONS(mqrecv, receive.count, receive.all, receive.follow, GROUP_COUNT,
                    "receive until the queue is empty"),
    NUMBER('p', "type", mqrecv, type, GROUP_CHOICE, "TYPE", 1, INT64_MAX,
           "System V: the first of this type"),
    NUMBER(0, "lowest", mqrecv, lowest, GROUP_CHOICE, "TYPE", 1, INT64_MAX,
           "System V: the first of the lowest type up to this one"),
    NUMBER(0, "except", mqrecv, except, GROUP_CHOICE, "TYPE", 1, INT64_MAX,
           "System V: the first of another type"),
    NUMBER(0, "peek", mqrecv, peek, GROUP_CHOICE, "INDEX", 0, INT64_MAX,
           "System V: copy the message at INDEX, from 0, and leave it there",
           EXCLUDES("follow timeout")),
    FRAMING_OPTIONS(mqrecv, receive.framing, GROUP_FRAMING),
    INTO(mqrecv, receive.into, GROUP_FRAMING, SHELL_VARIABLE_MESSAGES,
         EXCLUDES("follow")),
    FLAG('P', "priorities", mqrecv, receive.with_priority, 0,
         "write PRIO and a tab before each message"),
    VERBOSE(mqrecv, receive.verbose),
    PROGRESS(mqrecv, receive.progress),
    END_OF_OPTIONS,
};

static struct queue_choice mqrecv_choice(const struct mqrecv *given)
{
	if (given->type != 0)
		return (struct queue_choice){QUEUE_CHOOSE_TYPE, given->type};
	if (given->lowest != 0)
		return (struct queue_choice){QUEUE_CHOOSE_LOWEST, given->lowest};
	if (given->except != 0)
		return (struct queue_choice){QUEUE_CHOOSE_EXCEPT, given->except};
	if (given->peek != NOT_GIVEN)
		return (struct queue_choice){QUEUE_CHOOSE_COPY, given->peek};
	return (struct queue_choice){0};
}

static enum status mqrecv_check_choice(const struct mqrecv *given,
                                       const struct name *name)
{
	enum queue_choice_kind kind = mqrecv_choice(given).kind;
	if (kind != QUEUE_CHOOSE_FIRST && name->family != NAME_FAMILY_SYSTEM_V)
		return error_usage(
		    "%s: --type, --lowest, --except and --peek require a System V "
		    "queue",
		    name->text);
	return STATUS_OK;
}

static enum status mqrecv_run(const void *opts, int argc, char **argv)
{
	const struct mqrecv *given = opts;
	struct name name;
	struct queue queue;
	(void)argc;
	enum status status = name_parse(&name, NAME_QUEUE, argv[0]);
	if (status == STATUS_OK)
		status = mqrecv_check_choice(given, &name);
	if (status == STATUS_OK)
		status = queue_open(&queue, &name, QUEUE_RECEIVE);
	if (status != STATUS_OK)
		return status;
	queue.choice = mqrecv_choice(given);
	status = queue_receive_messages(&queue, &given->receive);
	queue_close(&queue);
	return status;
}

/* ------------------------------------------------------- a command for each */

static const struct pool_options exec_defaults = {.count = 1, .workers = 1, .window = 1};

static const struct option_row exec_options[] = {
    WAIT_OPTIONS_RUN(pool_options, timeout),
    RECEIVE_OPTIONS(pool_options, count, all, follow, GROUP_COUNT,
                    "receive until the queue is empty"),
    NUMBER('P', "workers", pool_options, workers, 0, "WORKERS", 1, POOL_WORKERS_MAX,
           "run at most WORKERS commands at once"),
    NUMBER(0, "retry", pool_options, retries, 0, "N", 0, POOL_RETRIES_MAX,
           "put the message of a failed command back, at most N times"),
    DURATION(0, "delay", pool_options, delay, 0, "DURATION",
             "wait DURATION before that, twice as long each further time"),
    STRING(0, "dead", pool_options, dead_letter, 0, "QUEUE",
           "dead-letter queue: move the message of a job that is given up to QUEUE",
           .value = OPERAND_QUEUE),
    FLAG(0, "dead-reason", pool_options, dead_reason, 0,
         "begin a dead letter with a line: tries, status, queue", REQUIRES("dead")),
    STRING(0, "in-flight", pool_options, inflight, 0, "QUEUE2",
           "keep a message on QUEUE2 while its command runs", .value = OPERAND_QUEUE),
    FLAG(0, "stay", pool_options, stay, 0,
         "COMMAND stays: netstrings on standard input, a line of answer for each",
         EXCLUDES("keep-order")),
    NUMBER(0, "window", pool_options, window, 0, "N", 1, POOL_WINDOW_MAX,
           "give a worker at most N messages before its answers", REQUIRES("stay")),
    FLAG(0, "priorities", pool_options, with_priority, 0,
         "give PRIO and a tab before each message", REQUIRES("stay")),
    FLAG(0, "id", pool_options, with_id, 0,
         "give an id and a tab before each message, the same at each try",
         REQUIRES("stay")),
    STRINGS(0, "until-pid", pool_options, until, 0, "PID",
            "receive until process PID has ended and the queue is empty",
            .value = OPERAND_PID, EXCLUDES("count nonblock")),
    FLAG(0, "drain", pool_options, drain, 0,
         "receive without limit; after SIGTERM until the queue is empty",
         EXCLUDES("count nonblock")),
    RATE(pool_options, period, "start at most N commands a second"),
    DURATION(0, "limit", pool_options, limit, 0, "DURATION",
             "terminate a command that runs longer: its job has failed"),
    STRING(0, "workers-file", pool_options, workers_file, 0, "FILE",
           "read the number of workers from FILE, again and again", .value = OPERAND_FILE,
           EXCLUDES("workers")),
    STRING(0, "joblog", pool_options, job_log, 0, "FILE",
           "append a line of JSON to FILE for each command", .value = OPERAND_FILE),
    FLAG('k', "keep-order", pool_options, keep_order, 0,
         "write the outputs in the order of the messages"),
    VERBOSE(pool_options, verbose),
    PROGRESS(pool_options, progress),
    END_OF_OPTIONS,
};

static enum status mqrecv_exec_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	char **command;
	enum status status = exec_parse(&command, argv + 1);
	return status == STATUS_OK ? pool_run(opts, argv[0], command)
	                           : status_before_command(status);
}

static const struct subcommand mqrecv_exec = {
    .name = "--exec",
    .summary = "run a command for each message",
    .example = "mqrecv -a --exec --in-flight /doing /todo -- echo did {}",
    .operands = "QUEUE [--] COMMAND [ARG...]",
    .operand_kinds = {OPERAND_QUEUE, OPERAND_COMMAND},
    .min_operands = 2,
    .max_operands = OPERANDS_UNLIMITED,
    .options = exec_options,
    .defaults = &exec_defaults,
    OPTIONS_OF(pool_options),
    .run = mqrecv_exec_run,
    .runs_command = true,
};

static const struct subcommand *const subcommands[] = {&mqrecv_exec, NULL};

APPLET(mqrecv, .summary = "receive messages from a message queue",
       .group = APPLETS_QUEUES, .example = "mqrecv -aP /all",
       .self = {.operands = "QUEUE",
                .operand_kinds = {OPERAND_QUEUE},
                .min_operands = 1,
                .max_operands = 1,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(mqrecv),
                .run = mqrecv_run,
                .handles_sigpipe = true},
       .subcommands = subcommands);

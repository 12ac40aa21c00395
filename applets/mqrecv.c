/*
 * mqrecv - receive messages from a message queue
 *
 * Takes the oldest message of the highest priority, see mq_receive(3), or of the type
 * that is asked for, see msgrcv(2). What was taken and cannot be written is put back.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "applet.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/output.h"
#include "io/progress.h"
#include "io/report.h"
#include "pool/pool.h"
#include "queue/queue.h"
#include "stream/batch.h"
#include "stream/frame.h"

struct mqrecv {
	struct timeout timeout;
	int64_t count;
	int64_t type, lowest, except; /* 0: not given */
	int64_t peek;
	enum value_when progress;
	enum framing framing;
	bool all, follow, with_priority, verbose;
};

enum { GROUP_COUNT = 2, GROUP_CHOICE, GROUP_FRAMING };

enum { NOT_GIVEN = -1 };

static const struct mqrecv defaults = {
    .count = 1, .peek = NOT_GIVEN, .framing = FRAMING_LINES};

static const struct option_row options[] = {
    WAIT_OPTIONS(mqrecv, timeout),
    NUMBER('c', "count", mqrecv, count, GROUP_COUNT, "N", 1, INT64_MAX,
           "receive N messages (default 1)"),
    FLAG('a', "all", mqrecv, all, GROUP_COUNT, "receive all that are there, then stop"),
    FLAG('F', "follow", mqrecv, follow, GROUP_COUNT, "receive for ever"),
    NUMBER('p', "type", mqrecv, type, GROUP_CHOICE, "TYPE", 1, INT64_MAX,
           "System V: the first of this type"),
    NUMBER(0, "lowest", mqrecv, lowest, GROUP_CHOICE, "TYPE", 1, INT64_MAX,
           "System V: the first of the lowest type up to this one"),
    NUMBER(0, "except", mqrecv, except, GROUP_CHOICE, "TYPE", 1, INT64_MAX,
           "System V: the first of another type"),
    NUMBER(0, "peek", mqrecv, peek, GROUP_CHOICE, "INDEX", 0, INT64_MAX,
           "System V: copy the message at INDEX, from 0, and leave it there"),
    FRAMING(mqrecv, framing, GROUP_FRAMING),
    FLAG('P', "priorities", mqrecv, with_priority, 0,
         "write PRIO and a tab in front of each message"),
    VERBOSE(mqrecv, verbose),
    PROGRESS(mqrecv, progress),
    END_OF_OPTIONS,
};

/* Where messages come from and go to, and the one in hand. */
struct mqrecv_receiver {
	const struct mqrecv *given;
	struct queue queue;
	struct frame_writer writer; /* holds the message's bytes */
	struct output output;
	size_t length;
	int64_t priority;
	int64_t received; /* and written */
	struct progress progress;
	bool batches; /* taken together what is there, and written together */
	struct batch batch;
};

/* ------------------------------------------------------ what is not lost */

/* Messages in hand that were not written. */
struct mqrecv_unwritten {
	const struct batch_message *messages;
	size_t count;
	size_t partly;                    /* bytes of the first that were written */
	const struct batch_message *last; /* one more, behind them; NULL: none */
};

/* How many of them could be put back, in their order; *why not all. */
static size_t mqrecv_put_back(const struct mqrecv_receiver *in,
                              const struct mqrecv_unwritten *unwritten, const char **why)
{
	/* where a receiver makes room meanwhile, a full queue is worth a moment */
	static const struct timeout moment = {.kind = TIMEOUT_AFTER,
	                                      .nanoseconds = 1000000000};
	struct deadline deadline = deadline_start(moment);
	*why = "no permission to send it back";
	if (!in->queue.may_send)
		return 0;
	for (size_t i = 0; i < unwritten->count; i++) {
		const struct batch_message *message = &unwritten->messages[i];
		if (queue_send(&in->queue, message->bytes, message->length,
		               message->priority, &deadline) == 0)
			continue;
		*why = errno == ETIMEDOUT || errno == EINTR ? "the queue is full"
		                                            : error_text(errno);
		return i;
	}
	return unwritten->count;
}

/* "the message of 3 bytes, priority 1, was put back", or how many were. */
static void mqrecv_describe_fate(const struct mqrecv_unwritten *unwritten, size_t back,
                                 const char *why, char *text, size_t size)
{
	const struct batch_message *message = unwritten->messages;
	size_t count = unwritten->count;
	if (count > 1 && back == count)
		snprintf(text, size, "%zu messages were put back", back);
	else if (count > 1)
		snprintf(text, size, "%zu messages were put back, %zu are lost: %s", back,
		         count - back, why);
	else
		snprintf(text, size, "the message of %zu bytes, priority %lld, %s%s",
		         message->length, (long long)message->priority,
		         back == 1 ? "was put back" : "is lost: ", back == 1 ? "" : why);
}

/* Standard output failed with errno while messages were in hand. */
static enum status mqrecv_write_failed(const struct mqrecv_receiver *in,
                                       const struct mqrecv_unwritten *unwritten)
{
	struct output_failure failure = output_failure();
	const char *why;
	char partly[64] = "", fate[192];
	if (unwritten->partly > 0)
		snprintf(partly, sizeof partly, " after a part of it (%zu bytes)",
		         unwritten->partly);
	if (in->queue.choice.kind == QUEUE_CHOOSE_COPY)
		return failure.status == STATUS_FAILED
		           ? error_as(failure.status, "standard output: %s%s",
		                      failure.reason, partly)
		           : failure.status;
	size_t back = mqrecv_put_back(in, unwritten, &why);
	mqrecv_describe_fate(unwritten, back, why, fate, sizeof fate);
	if (back < unwritten->count || failure.status == STATUS_FAILED)
		error_as(failure.status, "standard output: %s%s; %s", failure.reason,
		         partly, fate);
	return failure.status;
}

/* ----------------------------------------------------------------- the loop */

/* How long to wait for the next one: -t is for all of them, but for -a and -F. */
static struct deadline mqrecv_next_deadline(const struct mqrecv_receiver *in,
                                            const struct deadline *whole)
{
	static const struct timeout none = {.kind = TIMEOUT_ZERO};
	const struct mqrecv *given = in->given;
	if (given->follow)
		return deadline_start(given->timeout);
	if (given->all && (in->received > 0 || given->timeout.kind == TIMEOUT_NONE))
		return deadline_start(none);
	return *whole;
}

static bool mqrecv_receive_message(struct mqrecv_receiver *in,
                                   const struct deadline *deadline)
{
	ssize_t length = queue_receive(&in->queue, in->writer.message, &in->priority,
	                               deadline, in->output.reader);
	in->length = length < 0 ? 0 : (size_t)length;
	return length >= 0;
}

static struct batch_message mqrecv_received_message(const struct mqrecv_receiver *in)
{
	return (struct batch_message){
	    .bytes = in->writer.message, .length = in->length, .priority = in->priority};
}

/* Write the one that was taken. */
static enum status mqrecv_write_message(struct mqrecv_receiver *in)
{
	size_t written;
	if (frame_write(&in->writer, &in->output, in->length, in->priority, &written) <
	    0) {
		struct batch_message message = mqrecv_received_message(in);
		struct mqrecv_unwritten unwritten = {
		    .messages = &message, .count = 1, .partly = written};
		return mqrecv_write_failed(in, &unwritten);
	}
	in->received++;
	if (in->queue.choice.kind == QUEUE_CHOOSE_COPY)
		in->queue.choice.number++;
	if (in->given->verbose)
		report_info("Read %zu bytes; priority = %lld", in->length,
		            (long long)in->priority);
	return STATUS_OK;
}

/*
 * Write those that were kept; `more` is 1 where another one has been taken after them,
 * else 0: that is put back behind them where they cannot be written.
 */
static enum status mqrecv_flush(struct mqrecv_receiver *in, size_t more)
{
	struct batch *batch = &in->batch;
	size_t count = batch->count, complete, partly;
	if (count == 0)
		return STATUS_OK;
	if (batch_write(batch, &in->output, &complete, &partly) < 0) {
		/* there is room for one more than are ever written */
		batch->messages[count] = mqrecv_received_message(in);
		struct mqrecv_unwritten unwritten = {.messages =
		                                         batch->messages + complete,
		                                     .count = count + more - complete,
		                                     .partly = partly};
		in->received += (int64_t)complete;
		batch->count = 0;
		return mqrecv_write_failed(in, &unwritten);
	}
	in->received += (int64_t)count;
	return STATUS_OK;
}

/*
 * Keep the one that was taken for the others that may be there. Several are in hand only
 * while the output takes them all without waiting: who waits for a reader that does not
 * read may have to put back what it has, on a queue that others have filled meanwhile.
 */
static enum status mqrecv_batch_message(struct mqrecv_receiver *in)
{
	struct batch_message message = mqrecv_received_message(in);
	size_t length = in->length;
	const char *text = frame_encode(&in->writer, &length, in->priority);
	if (!batch_has_room(&in->batch, length)) {
		enum status status = mqrecv_flush(in, 1);
		if (status != STATUS_OK)
			return status;
	}
	if (in->batch.count == 0 &&
	    (!batch_has_room(&in->batch, length) || !output_is_writable(&in->output)))
		return mqrecv_write_message(in);
	batch_add(&in->batch, text, length, &message);
	return STATUS_OK;
}

static enum status mqrecv_nothing_received(const struct mqrecv_receiver *in)
{
	struct error_prefix prefix;
	if (in->given->all && in->received > 0 && errno == EAGAIN)
		return STATUS_OK;
	return queue_error(&in->queue, QUEUE_RECEIVING,
	                   error_after(&prefix, (uint64_t)in->received, "received"));
}

/* The next one: with others in hand no time is spent, and then those are written first.
 */
static enum status mqrecv_one(struct mqrecv_receiver *in, const struct deadline *whole)
{
	static const struct timeout none = {.kind = TIMEOUT_ZERO};
	bool holds_batch = in->batch.count > 0;
	struct deadline deadline =
	    holds_batch ? deadline_start(none) : mqrecv_next_deadline(in, whole);
	if (mqrecv_receive_message(in, &deadline))
		return in->batches ? mqrecv_batch_message(in) : mqrecv_write_message(in);
	if (!holds_batch)
		return mqrecv_nothing_received(in);
	int error = errno;
	enum status status = mqrecv_flush(in, 0);
	errno = error;
	return status != STATUS_OK || error == EAGAIN ? status
	                                              : mqrecv_nothing_received(in);
}

static enum status mqrecv_all(struct mqrecv_receiver *in)
{
	const struct mqrecv *given = in->given;
	bool endless = given->all || given->follow;
	struct deadline whole = deadline_start(given->timeout);
	enum status status = output_begin(&in->output);
	bool ended = false;
	while (status == STATUS_OK && !ended &&
	       (endless || in->received + (int64_t)in->batch.count < given->count)) {
		int64_t before = in->received + (int64_t)in->batch.count;
		bool holds_batch = in->batch.count > 0;
		status = mqrecv_one(in, &whole);
		progress_set(&in->progress, in->received);
		/* -a, and there was no more */
		ended = !holds_batch && in->received + (int64_t)in->batch.count == before;
	}
	return status == STATUS_OK ? mqrecv_flush(in, 0) : status;
}

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
		    "%s: --type, --lowest, --except and --peek are for System "
		    "V queues; a POSIX queue gives the highest priority",
		    name->text);
	if (kind == QUEUE_CHOOSE_COPY &&
	    (given->follow || given->timeout.kind == TIMEOUT_AFTER))
		return error_usage(
		    "--peek waits for nothing: --follow and --timeout do not "
		    "go with it");
	return STATUS_OK;
}

/* One alone is not worth the memory; a copy, or what is told of, is not in hand. */
static bool mqrecv_is_worth_batching(const struct mqrecv_receiver *in)
{
	const struct mqrecv *given = in->given;
	return (given->count > 1 || given->all || given->follow) && !given->verbose &&
	       in->queue.choice.kind != QUEUE_CHOOSE_COPY;
}

static enum status mqrecv_receive_with_progress(struct mqrecv_receiver *in)
{
	const struct mqrecv *given = in->given;
	bool endless = given->all || given->follow;
	progress_begin(&in->progress, given->progress, PROGRESS_MESSAGES,
	               endless ? PROGRESS_END_UNKNOWN : given->count);
	enum status status = mqrecv_all(in);
	progress_set(&in->progress, in->received);
	progress_end(&in->progress);
	return status;
}

static enum status mqrecv_receive(struct mqrecv_receiver *in, const char *name)
{
	enum status status = STATUS_OK;
	size_t longest = (size_t)in->queue.size;
	in->batches = mqrecv_is_worth_batching(in);
	if (!frame_writer_begin(&in->writer, in->given->framing, in->given->with_priority,
	                        name, longest))
		status =
		    error_errno("%s: a buffer for messages of %zu bytes", name, longest);
	else if (in->batches && !batch_begin(&in->batch))
		status =
		    error_errno("%s: a buffer for messages of %zu bytes", name, longest);
	else
		status = mqrecv_receive_with_progress(in);
	if (in->batches)
		batch_end(&in->batch);
	frame_writer_end(&in->writer);
	return status;
}

static enum status mqrecv_run(const void *opts, int argc, char **argv)
{
	struct mqrecv_receiver in = {.given = opts};
	struct name name;
	struct termsig termsig;
	(void)argc;
	enum status status = name_parse(&name, NAME_QUEUE, argv[0]);
	if (status == STATUS_OK)
		status = mqrecv_check_choice(opts, &name);
	if (status == STATUS_OK)
		status = queue_open(&in.queue, &name, QUEUE_RECEIVE);
	if (status != STATUS_OK)
		return status;
	in.queue.choice = mqrecv_choice(opts);
	termsig_block(&termsig);
	status = mqrecv_receive(&in, name.text);
	queue_close(&in.queue);
	return termsig_end(&termsig, status);
}

/* ------------------------------------------------------- a command for each */

struct mqrecv_exec {
	struct timeout timeout, delay;
	int64_t count, workers, retries;
	const char *dead_letter, *inflight;
	bool all, follow, keep_order, verbose;
};

static const struct mqrecv_exec mqrecv_exec_defaults = {.count = 1, .workers = 1};

static const struct option_row mqrecv_exec_options[] = {
    WAIT_OPTIONS_RUN(mqrecv_exec, timeout),
    NUMBER('c', "count", mqrecv_exec, count, GROUP_COUNT, "N", 1, INT64_MAX,
           "take N messages (default 1)"),
    FLAG('a', "all", mqrecv_exec, all, GROUP_COUNT, "take all that are there, then stop"),
    FLAG('F', "follow", mqrecv_exec, follow, GROUP_COUNT, "take messages for ever"),
    NUMBER('P', "workers", mqrecv_exec, workers, 0, "WORKERS", 1, POOL_WORKERS_MAX,
           "run at most WORKERS commands at once (default 1)"),
    NUMBER(0, "retry", mqrecv_exec, retries, 0, "N", 0, POOL_RETRIES_MAX,
           "put the message of a command that failed back, at most N times"),
    DURATION(0, "delay", mqrecv_exec, delay, 0, "DURATION",
             "after DURATION, and twice as long each time"),
    STRING(0, "dead", mqrecv_exec, dead_letter, 0, "QUEUE",
           "put what is given up on QUEUE instead of reporting it"),
    STRING(0, "in-flight", mqrecv_exec, inflight, 0, "QUEUE2",
           "keep a message on QUEUE2 while its command runs"),
    FLAG('k', "keep-order", mqrecv_exec, keep_order, 0,
         "write the outputs in the order of the messages"),
    VERBOSE(mqrecv_exec, verbose),
    END_OF_OPTIONS,
};

static enum status mqrecv_exec_run(const void *opts, int argc, char **argv)
{
	const struct mqrecv_exec *given = opts;
	struct queue queue;
	struct name name;
	char **command = argv + (strcmp(argv[1], "--") == 0 ? 2 : 1);
	if (command == argv + argc)
		return status_before_command(error_usage("missing COMMAND"));
	enum status status = name_parse(&name, NAME_QUEUE, argv[0]);
	if (status == STATUS_OK && name.family != NAME_FAMILY_POSIX)
		status = error_usage("%s: --exec is for POSIX queues: those of System V "
		                     "cannot be polled",
		                     argv[0]);
	if (status == STATUS_OK)
		status = queue_open(&queue, &name, QUEUE_RECEIVE);
	if (status != STATUS_OK)
		return status_before_command(status);
	struct pool_options pool = {
	    .workers = given->workers,
	    .count = given->all || given->follow ? 0 : given->count,
	    .until_empty = given->all,
	    .timeout = given->timeout,
	    .retries = given->retries,
	    .delay = given->delay.nanoseconds,
	    .dead_letter = given->dead_letter,
	    .inflight = given->inflight,
	    .keep_order = given->keep_order,
	    .verbose = given->verbose,
	    .command = command,
	};
	status = pool_run(&queue, &pool);
	queue_close(&queue);
	return status;
}

static const struct subcommand mqrecv_exec_subcommand = {
    .name = "--exec",
    .summary = "run a command for each message",
    .operands = "QUEUE [--] COMMAND [ARG...]",
    .min_operands = 2,
    .max_operands = OPERANDS_UNLIMITED,
    .options = mqrecv_exec_options,
    .defaults = &mqrecv_exec_defaults,
    OPTIONS_OF(mqrecv_exec),
    .run = mqrecv_exec_run,
    .runs_command = true,
};

static const struct subcommand *const subcommands[] = {&mqrecv_exec_subcommand, NULL};

APPLET(mqrecv, .summary = "receive messages from a message queue",
       .self = {.operands = "QUEUE",
                .min_operands = 1,
                .max_operands = 1,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(mqrecv),
                .run = mqrecv_run,
                .handles_sigpipe = true},
       .subcommands = subcommands);

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
#include "io/output.h"
#include "io/progress.h"
#include "io/report.h"
#include "pool/pool.h"
#include "queue/queue.h"
#include "stream/batch.h"
#include "stream/frame.h"

struct mqrecv {
	struct patience patience;
	int64_t count;
	int64_t type, lowest, except; /* 0: not given */
	int64_t peek;
	enum when progress;
	enum framing framing;
	bool all, follow, with_priority, verbose;
};

enum { GROUP_COUNT = 2, GROUP_CHOICE, GROUP_FRAMING };

enum { NOT_GIVEN = -1 };

static const struct mqrecv defaults = {
    .count = 1, .peek = NOT_GIVEN, .framing = FRAMING_LINES};

static const struct option_row options[] = {
    PATIENCE(mqrecv, patience),
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
struct receiving {
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
struct unwritten {
	const struct batched *messages;
	size_t count;
	size_t partly;              /* bytes of the first that were written */
	const struct batched *last; /* one more, behind them; NULL: none */
};

/* How many of them could be put back, in their order; *why not all. */
static size_t put_back(const struct receiving *in, const struct unwritten *unwritten,
                       const char **why)
{
	/* where a receiver makes room meanwhile, a full queue is worth a moment */
	static const struct patience moment = {.kind = AT_MOST,
	                                       .nanoseconds = 1000000000};
	struct deadline deadline = deadline_after(moment);
	*why = "no permission to send it back";
	if (!in->queue.may_send)
		return 0;
	for (size_t i = 0; i < unwritten->count; i++) {
		const struct batched *message = &unwritten->messages[i];
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
static void tell_of(const struct unwritten *unwritten, size_t back, const char *why,
                    char *text, size_t size)
{
	const struct batched *message = unwritten->messages;
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
static enum status not_written(const struct receiving *in,
                               const struct unwritten *unwritten)
{
	int error = errno;
	bool interrupted = error == EINTR && interrupt_pending() != 0;
	enum status status = interrupted      ? STATUS_SIGNAL
	                     : error == EPIPE ? STATUS_READER_GONE
	                                      : STATUS_FAILED;
	const char *reason = interrupted ? "interrupted" : error_text(error);
	const char *why;
	char partly[64] = "", fate[192];
	if (unwritten->partly > 0)
		snprintf(partly, sizeof partly, " after a part of it (%zu bytes)",
		         unwritten->partly);
	if (in->queue.choice.kind == CHOOSE_COPY)
		return status == STATUS_FAILED
		           ? fail_as(status, "standard output: %s%s", reason, partly)
		           : status;
	size_t back = put_back(in, unwritten, &why);
	tell_of(unwritten, back, why, fate, sizeof fate);
	if (back < unwritten->count || status == STATUS_FAILED)
		fail_as(status, "standard output: %s%s; %s", reason, partly, fate);
	return status;
}

/* ----------------------------------------------------------------- the loop */

/* How long to wait for the next one: -t is for all of them, but for -a and -F. */
static struct deadline next_deadline(const struct receiving *in,
                                     const struct deadline *whole)
{
	static const struct patience none = {.kind = NOT_AT_ALL};
	const struct mqrecv *given = in->given;
	if (given->follow)
		return deadline_after(given->patience);
	if (given->all && (in->received > 0 || given->patience.kind == FOR_EVER))
		return deadline_after(none);
	return *whole;
}

static bool take(struct receiving *in, const struct deadline *deadline)
{
	ssize_t length = queue_receive(&in->queue, in->writer.message, &in->priority,
	                               deadline, in->output.reader);
	in->length = length < 0 ? 0 : (size_t)length;
	return length >= 0;
}

static struct batched taken_one(const struct receiving *in)
{
	return (struct batched){
	    .bytes = in->writer.message, .length = in->length, .priority = in->priority};
}

/* Write the one that was taken. */
static enum status pass_on(struct receiving *in)
{
	size_t written;
	if (frame_write(&in->writer, &in->output, in->length, in->priority, &written) <
	    0) {
		struct batched message = taken_one(in);
		struct unwritten unwritten = {
		    .messages = &message, .count = 1, .partly = written};
		return not_written(in, &unwritten);
	}
	in->received++;
	if (in->queue.choice.kind == CHOOSE_COPY)
		in->queue.choice.number++;
	if (in->given->verbose)
		say("Read %zu bytes; priority = %lld", in->length,
		    (long long)in->priority);
	return STATUS_DONE;
}

/*
 * Write those that were kept; `more` is 1 where another one has been taken after them,
 * else 0: that is put back behind them where they cannot be written.
 */
static enum status flush(struct receiving *in, size_t more)
{
	struct batch *batch = &in->batch;
	size_t count = batch->count, gone, partly;
	if (count == 0)
		return STATUS_DONE;
	if (batch_write(batch, &in->output, &gone, &partly) < 0) {
		/* there is room for one more than are ever written */
		batch->messages[count] = taken_one(in);
		struct unwritten unwritten = {.messages = batch->messages + gone,
		                              .count = count + more - gone,
		                              .partly = partly};
		in->received += (int64_t)gone;
		batch->count = 0;
		return not_written(in, &unwritten);
	}
	in->received += (int64_t)count;
	return STATUS_DONE;
}

/*
 * Keep the one that was taken for the others that may be there. Several are in hand only
 * while the output takes them all without waiting: who waits for a reader that does not
 * read may have to put back what it has, on a queue that others have filled meanwhile.
 */
static enum status keep(struct receiving *in)
{
	struct batched message = taken_one(in);
	size_t length = in->length;
	const char *text = frame_text(&in->writer, &length, in->priority);
	if (!batch_has_room(&in->batch, length)) {
		enum status status = flush(in, 1);
		if (status != STATUS_DONE)
			return status;
	}
	if (in->batch.count == 0 &&
	    (!batch_has_room(&in->batch, length) || !output_is_ready(&in->output)))
		return pass_on(in);
	batch_add(&in->batch, text, length, &message);
	return STATUS_DONE;
}

static enum status nothing_taken(const struct receiving *in)
{
	char before[48] = "";
	if (in->given->all && in->received > 0 && errno == EAGAIN)
		return STATUS_DONE;
	if (in->received > 0)
		snprintf(before, sizeof before,
		         "%lld message%s received, then: ", (long long)in->received,
		         in->received > 1 ? "s" : "");
	return queue_failed(&in->queue, QUEUE_RECEIVING, before);
}

/* The next one: with others in hand no time is spent, and then those are written first.
 */
static enum status receive_one(struct receiving *in, const struct deadline *whole)
{
	static const struct patience none = {.kind = NOT_AT_ALL};
	bool in_hand = in->batch.count > 0;
	struct deadline deadline =
	    in_hand ? deadline_after(none) : next_deadline(in, whole);
	if (take(in, &deadline))
		return in->batches ? keep(in) : pass_on(in);
	if (!in_hand)
		return nothing_taken(in);
	int error = errno;
	enum status status = flush(in, 0);
	errno = error;
	return status != STATUS_DONE || error == EAGAIN ? status : nothing_taken(in);
}

static enum status receive_all(struct receiving *in)
{
	const struct mqrecv *given = in->given;
	bool endless = given->all || given->follow;
	struct deadline whole = deadline_after(given->patience);
	enum status status = output_begin(&in->output);
	bool ended = false;
	while (status == STATUS_DONE && !ended &&
	       (endless || in->received + (int64_t)in->batch.count < given->count)) {
		int64_t before = in->received + (int64_t)in->batch.count;
		bool in_hand = in->batch.count > 0;
		status = receive_one(in, &whole);
		progress_at(&in->progress, in->received);
		/* -a, and there was no more */
		ended = !in_hand && in->received + (int64_t)in->batch.count == before;
	}
	return status == STATUS_DONE ? flush(in, 0) : status;
}

static struct queue_choice choice_of(const struct mqrecv *given)
{
	if (given->type != 0)
		return (struct queue_choice){CHOOSE_TYPE, given->type};
	if (given->lowest != 0)
		return (struct queue_choice){CHOOSE_LOWEST, given->lowest};
	if (given->except != 0)
		return (struct queue_choice){CHOOSE_OTHERS, given->except};
	if (given->peek != NOT_GIVEN)
		return (struct queue_choice){CHOOSE_COPY, given->peek};
	return (struct queue_choice){0};
}

static enum status check_choice(const struct mqrecv *given, const struct name *name)
{
	enum queue_choosing kind = choice_of(given).kind;
	if (kind != CHOOSE_FIRST && name->family != FAMILY_SYSTEM_V)
		return usage_error(
		    "%s: --type, --lowest, --except and --peek are for System "
		    "V queues; a POSIX queue gives the highest priority",
		    name->text);
	if (kind == CHOOSE_COPY && (given->follow || given->patience.kind == AT_MOST))
		return usage_error(
		    "--peek waits for nothing: --follow and --timeout do not "
		    "go with it");
	return STATUS_DONE;
}

/* One alone is not worth the memory; a copy, or what is told of, is not in hand. */
static bool is_worth_batching(const struct receiving *in)
{
	const struct mqrecv *given = in->given;
	return (given->count > 1 || given->all || given->follow) && !given->verbose &&
	       in->queue.choice.kind != CHOOSE_COPY;
}

static enum status show_and_receive(struct receiving *in)
{
	const struct mqrecv *given = in->given;
	bool endless = given->all || given->follow;
	progress_begin(&in->progress, given->progress, PROGRESS_MESSAGES,
	               endless ? PROGRESS_END_UNKNOWN : given->count);
	enum status status = receive_all(in);
	progress_at(&in->progress, in->received);
	progress_end(&in->progress);
	return status;
}

static enum status receive(struct receiving *in, const char *name)
{
	enum status status = STATUS_DONE;
	size_t longest = (size_t)in->queue.size;
	in->batches = is_worth_batching(in);
	if (!frame_writer_begin(&in->writer, in->given->framing, in->given->with_priority,
	                        name, longest))
		status = fail("%s: a buffer for messages of %zu bytes", name, longest);
	else if (in->batches && !batch_begin(&in->batch))
		status = fail("%s: a buffer for messages of %zu bytes", name, longest);
	else
		status = show_and_receive(in);
	if (in->batches)
		batch_end(&in->batch);
	frame_writer_end(&in->writer);
	return status;
}

static enum status run(const void *opts, int argc, char **argv)
{
	struct receiving in = {.given = opts};
	struct name name;
	struct interrupt interrupt;
	(void)argc;
	enum status status = name_parse(&name, NAME_QUEUE, argv[0]);
	if (status == STATUS_DONE)
		status = check_choice(opts, &name);
	if (status == STATUS_DONE)
		status = queue_open(&in.queue, &name, QUEUE_RECEIVE);
	if (status != STATUS_DONE)
		return status;
	in.queue.choice = choice_of(opts);
	interrupt_defer(&interrupt);
	status = receive(&in, name.text);
	queue_close(&in.queue);
	return interrupt_end(&interrupt, status);
}

/* ------------------------------------------------------- a command for each */

struct exec {
	struct patience patience, delay;
	int64_t count, workers, retries;
	const char *dead, *in_flight;
	bool all, follow, keep_order, verbose;
};

static const struct exec exec_defaults = {.count = 1, .workers = 1};

static const struct option_row exec_options[] = {
    PATIENCE_TO_RUN(exec, patience),
    NUMBER('c', "count", exec, count, GROUP_COUNT, "N", 1, INT64_MAX,
           "take N messages (default 1)"),
    FLAG('a', "all", exec, all, GROUP_COUNT, "take all that are there, then stop"),
    FLAG('F', "follow", exec, follow, GROUP_COUNT, "take messages for ever"),
    NUMBER('P', "workers", exec, workers, 0, "WORKERS", 1, JOBS_WORKERS_MAX,
           "run at most WORKERS commands at once (default 1)"),
    NUMBER(0, "retry", exec, retries, 0, "N", 0, JOBS_RETRIES_MAX,
           "put the message of a command that failed back, at most N times"),
    DURATION(0, "delay", exec, delay, 0, "DURATION",
             "after DURATION, and twice as long each time"),
    TEXT(0, "dead", exec, dead, 0, "QUEUE",
         "put what is given up on QUEUE instead of reporting it"),
    TEXT(0, "in-flight", exec, in_flight, 0, "QUEUE2",
         "keep a message on QUEUE2 while its command runs"),
    FLAG('k', "keep-order", exec, keep_order, 0,
         "write the outputs in the order of the messages"),
    VERBOSE(exec, verbose),
    END_OF_OPTIONS,
};

static enum status run_exec(const void *opts, int argc, char **argv)
{
	const struct exec *given = opts;
	struct queue queue;
	struct name name;
	char **command = argv + (strcmp(argv[1], "--") == 0 ? 2 : 1);
	if (command == argv + argc)
		return status_before_command(usage_error("missing COMMAND"));
	enum status status = name_parse(&name, NAME_QUEUE, argv[0]);
	if (status == STATUS_DONE && name.family != FAMILY_POSIX)
		status = usage_error("%s: --exec is for POSIX queues: those of System V "
		                     "cannot be polled",
		                     argv[0]);
	if (status == STATUS_DONE)
		status = queue_open(&queue, &name, QUEUE_RECEIVE);
	if (status != STATUS_DONE)
		return status_before_command(status);
	struct jobs jobs = {
	    .workers = given->workers,
	    .count = given->all || given->follow ? 0 : given->count,
	    .until_empty = given->all,
	    .patience = given->patience,
	    .retries = given->retries,
	    .delay = given->delay.nanoseconds,
	    .dead = given->dead,
	    .in_flight = given->in_flight,
	    .keep_order = given->keep_order,
	    .verbose = given->verbose,
	    .command = command,
	};
	status = jobs_run(&queue, &jobs);
	queue_close(&queue);
	return status;
}

static const struct form forms[] = {
    {.name = "--exec",
     .summary = "run a command for each message",
     .operands = "QUEUE [--] COMMAND [ARG...]",
     .least_operands = 2,
     .most_operands = ANY_NUMBER,
     .options = exec_options,
     .defaults = &exec_defaults,
     OPTIONS_OF(exec),
     .run = run_exec,
     .runs_command = true},
    {0},
};

APPLET(mqrecv, .summary = "receive messages from a message queue",
       .self = {.operands = "QUEUE",
                .least_operands = 1,
                .most_operands = 1,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(mqrecv),
                .run = run,
                .guards_itself = true},
       .verbs = forms);

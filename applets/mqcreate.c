/*
 * mqcreate - make message queues
 *
 * The depth and the size are the queue's for life: the kernel can change
 * neither afterwards. See mq_open(3), mq_overview(7).
 */
#include <stdio.h>

#include "applet.h"
#include "mq.h"
#include "report.h"

struct mqcreate {
	bool ensure, verbose;
	struct mode mode;
	int64_t depth, size; /* 0: not given */
};

static const struct mqcreate defaults = {.mode = {.bits = 0600}};

static const struct option_row options[] = {
    ENSURE(mqcreate, ensure),
    MODE(mqcreate, mode, "permission bits, exactly these (default 0600)"),
    NUMBER('d', "depth", mqcreate, depth, 0, "DEPTH", 1, INT32_MAX,
           "hold at most DEPTH messages"),
    SIZE('s', "size", mqcreate, size, 0, "SIZE", 1,
         "take messages of at most SIZE bytes"),
    VERBOSE(mqcreate, verbose),
    END_OF_OPTIONS,
};

/* What is not as it was asked for: "depth 10 instead of 20, mode 0600 …". */
struct differences {
	char text[160];
	size_t length;
};

static void compare(struct differences *differences, const char *what, bool octal,
                    int64_t is, int64_t wanted)
{
	if (is == wanted)
		return;
	size_t room = sizeof differences->text - differences->length;
	int length = snprintf(
	    differences->text + differences->length, room,
	    octal ? "%s%s %04llo instead of %04llo" : "%s%s %lld instead of %lld",
	    differences->length > 0 ? ", " : "", what, (long long)is, (long long)wanted);
	differences->length += (size_t)length;
}

/* It exists: hold what was asked for explicitly against what it is. */
static enum status check(const struct mqcreate *given, const struct queue *queue)
{
	struct queue_facts facts;
	struct differences differences = {0};
	enum status status = queue_facts(queue, &facts);
	if (status != STATUS_DONE)
		return status;
	if (given->depth != 0)
		compare(&differences, "depth", false, facts.depth, given->depth);
	if (given->size != 0)
		compare(&differences, "size", false, facts.size, given->size);
	if (given->mode.given)
		compare(&differences, "mode", true, facts.mode, given->mode.bits);
	if (differences.length > 0)
		return fail_as(STATUS_EXISTS, "%s: exists already, with %s",
		               queue->name->text, differences.text);
	return STATUS_DONE;
}

static enum status create_one(const struct mqcreate *given, const char *text)
{
	struct name name;
	struct queue existing;
	struct queue_shape shape = {.depth = given->depth, .size = given->size};
	enum status status = name_parse(&name, NAME_QUEUE, text);
	if (status != STATUS_DONE)
		return status;
	status = queue_create(&name, &shape, given->mode.bits,
	                      given->ensure ? &existing : NULL);
	if (status == STATUS_DONE && given->verbose)
		say("Created %s", name.text);
	if (status != STATUS_EXISTS || !given->ensure)
		return status;
	status = check(given, &existing);
	queue_close(&existing);
	return status;
}

static enum status run(const void *opts, int argc, char **argv)
{
	enum status status = STATUS_DONE;
	for (int i = 0; i < argc; i++)
		status = first_failure(status, create_one(opts, argv[i]));
	return status;
}

APPLET(mqcreate, .summary = "make message queues",
       .self = {.operands = "QUEUE...",
                .least_operands = 1,
                .most_operands = ANY_NUMBER,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(mqcreate),
                .run = run});

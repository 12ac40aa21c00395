#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "io/input.h"
#include "io/report.h"
#include "stream/sender.h"

const char *feed_so_far(struct so_far *so_far, const struct feed *feed)
{
	so_far->text[0] = '\0';
	if (feed->sent > 0)
		snprintf(so_far->text, sizeof so_far->text,
		         "%llu message%s sent, then: ", (unsigned long long)feed->sent,
		         feed->sent > 1 ? "s" : "");
	return so_far->text;
}

/*
 * The turns are a schedule, so that one that is late makes none of the others late. Of
 * what a stall held up no more than CREDIT is made up for. -1 with errno.
 */
static int wait_for_turn(struct feed *feed)
{
	enum { CREDIT = 100000000 };
	int64_t begin = deadline_clock();
	if (feed->turn == 0)
		feed->turn = begin;
	if (feed->turn > begin && deadline_pause(feed->turn - begin) < 0)
		return -1;
	if (feed->turn < begin - CREDIT)
		feed->turn = begin - CREDIT;
	feed->turn += feed->period;
	return 0;
}

/* The time until its turn is not the other end's: after it, each waits anew. */
static enum status send_one(struct feed *feed, const struct frame *frame,
                            struct deadline *deadline)
{
	if (feed->period > 0) {
		if (wait_for_turn(feed) < 0)
			return fail("%s", feed->name);
		*deadline = deadline_after(feed->patience);
	}
	if (interrupt_pending() != 0) {
		errno = EINTR;
		return fail("%s", feed->name);
	}
	enum status status = feed->send(feed->to, frame, deadline);
	feed->sent += status == STATUS_DONE;
	progress_at(&feed->progress, (int64_t)feed->sent);
	return status;
}

/* ------------------------------------------------------------- operands */

/* Take an operand apart; what is wrong with it is said before anything is sent. */
static enum status read_operand(const struct feed *feed, struct frame *frame,
                                const char *text)
{
	size_t length = strlen(text);
	*frame =
	    (struct frame){.bytes = text, .length = length, .priority = feed->priority};
	const char *wrong = NULL;
	if (feed->priorities != NULL)
		wrong = frame_split_priority(frame, feed->priorities, text, length);
	if (wrong != NULL)
		return usage_error("message '%.64s' %s", text, wrong);
	return feed->longest > 0 && frame->length > feed->longest
	           ? feed->too_long(feed->to, frame)
	           : STATUS_DONE;
}

static enum status send_operands(struct feed *feed, char **messages)
{
	struct deadline deadline = deadline_after(feed->patience);
	enum status status = STATUS_DONE;
	for (char **p = messages; *p != NULL && status == STATUS_DONE; p++) {
		struct frame frame;
		read_operand(feed, &frame, *p);
		status = send_one(feed, &frame, &deadline);
	}
	return status;
}

enum status feed_operands(struct feed *feed, char **messages)
{
	struct frame frame;
	struct interrupt interrupt;
	int64_t count = 0;
	enum status status = STATUS_DONE;
	while (messages[count] != NULL && status == STATUS_DONE)
		status = read_operand(feed, &frame, messages[count++]);
	if (status != STATUS_DONE)
		return status;
	/* nothing is in hand, but no line of the progress is left half done */
	if (feed->when == WHEN_NEVER)
		return send_operands(feed, messages);
	interrupt_begin(&interrupt);
	progress_begin(&feed->progress, feed->when, PROGRESS_MESSAGES, count);
	status = send_operands(feed, messages);
	progress_end(&feed->progress);
	return interrupt_end(&interrupt, status);
}

/* ------------------------------------------------------- standard input */

/* The input ended or cannot be used: which, and how far we came. */
static enum status end_of_input(const struct feed *feed, enum frame_result result,
                                const struct frame *frame)
{
	struct so_far so_far;
	const char *before = feed_so_far(&so_far, feed);
	switch (result) {
	case FRAME_MESSAGE:
	case FRAME_MORE:
	case FRAME_END: return STATUS_DONE;
	case FRAME_TOO_LONG: return feed->too_long(feed->to, frame);
	case FRAME_BROKEN:
		return fail_as(STATUS_FAILED, "%s: %sstandard input: message %llu %s",
		               feed->name, before, (unsigned long long)feed->sent + 1,
		               frame->bytes);
	case FRAME_FAILED: break;
	}
	return fail("%s: %sstandard input", feed->name, before);
}

/*
 * How many messages there are is seen at the end only; of a file one can say how much has
 * been sent, and from that how many there should be.
 */
static void expect(struct feed *feed, int64_t bytes, int64_t done)
{
	if (bytes > 0 && done > 0)
		feed->progress.end =
		    (int64_t)((double)feed->sent * (double)bytes / (double)done);
}

static enum status send_stream(struct feed *feed, struct frame_reader *reader)
{
	struct frame frame;
	int64_t bytes = feed->progress.shown ? input_length() : -1, done = 0;
	enum frame_result result = FRAME_END;
	enum status status = STATUS_DONE;
	while (status == STATUS_DONE && interrupt_pending() == 0 &&
	       (result = frame_next(reader, &frame)) == FRAME_MESSAGE) {
		/* the pace of the input is not the other end's: each waits anew */
		struct deadline deadline = deadline_after(feed->patience);
		if (feed->priorities == NULL)
			frame.priority = feed->priority;
		status = send_one(feed, &frame, &deadline);
		if (status == STATUS_DONE)
			done += (int64_t)reader->taken;
		expect(feed, bytes, done);
	}
	frame_reader_end(reader, status == STATUS_DONE && result == FRAME_MESSAGE);
	return status != STATUS_DONE ? status : end_of_input(feed, result, &frame);
}

enum status feed_input(struct feed *feed, enum framing framing)
{
	struct frame_reader reader;
	struct interrupt interrupt;
	if (!frame_reader_begin(&reader, framing, feed->priorities, feed->longest))
		return fail("%s: a buffer for messages of %zu bytes", feed->name,
		            feed->longest);
	/* what was read ahead is in hand: it is given back before a signal ends us */
	interrupt_begin(&interrupt);
	progress_begin(&feed->progress, feed->when, PROGRESS_MESSAGES,
	               PROGRESS_END_UNKNOWN);
	enum status status = send_stream(feed, &reader);
	progress_end(&feed->progress);
	return interrupt_end(&interrupt, status);
}

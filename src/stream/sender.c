/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/input.h"
#include "stream/sender.h"

const char *sender_sent_prefix(struct error_prefix *prefix, const struct sender *sender)
{
	return error_after(prefix, sender->sent, "sent");
}

enum status sender_before_wait(const struct sender *sender)
{
	return sender->answers != NULL ? answers_write(sender->answers) : STATUS_OK;
}

/*
 * The times of the messages are a schedule, so that a late one does not delay the others;
 * after a stall at most CREDIT nanoseconds are caught up. 0, or -1 with errno.
 */
static int wait_for_turn(struct sender *sender)
{
	enum { CREDIT = 100000000 };
	int64_t begin = deadline_clock();
	if (sender->next_turn == 0)
		sender->next_turn = begin;
	if (sender->next_turn > begin && deadline_sleep(sender->next_turn - begin) < 0)
		return -1;
	if (sender->next_turn < begin - CREDIT)
		sender->next_turn = begin - CREDIT;
	sender->next_turn += sender->period;
	return 0;
}

/* With a period, the timeout begins when it is the time of the message. */
static enum status sender_send_one(struct sender *sender, const struct frame *frame,
                                   struct deadline *deadline)
{
	if (sender->period > 0) {
		enum status status = sender_before_wait(sender);
		if (status != STATUS_OK)
			return status;
		if (wait_for_turn(sender) < 0)
			return error_errno("%s", sender->name);
		*deadline = deadline_start(sender->timeout);
	}
	if (termsig_pending() != 0) {
		errno = EINTR;
		return error_errno("%s", sender->name);
	}
	enum status status = sender->send(sender->target, frame, deadline);
	sender->sent += status == STATUS_OK;
	progress_set(&sender->progress, (int64_t)sender->sent);
	return status;
}

/* ------------------------------------------------------------- operands */

/* Split an operand into priority and message; reports what is wrong with it. */
static enum status parse_message_operand(const struct sender *sender, struct frame *frame,
                                         const char *text)
{
	size_t length = strlen(text);
	*frame =
	    (struct frame){.bytes = text, .length = length, .priority = sender->priority};
	const char *wrong = NULL;
	if (sender->priorities != NULL)
		wrong = frame_split_priority(frame, sender->priorities, text, length);
	if (wrong != NULL)
		return error_usage("message '%.64s' %s", text, wrong);
	return sender->longest > 0 && frame->length > sender->longest
	           ? sender->report_too_long(sender->target, frame)
	           : STATUS_OK;
}

static enum status sender_send_each(struct sender *sender, char **messages)
{
	struct deadline deadline = deadline_start(sender->timeout);
	enum status status = STATUS_OK;
	for (char **p = messages; *p != NULL && status == STATUS_OK; p++) {
		struct frame frame;
		parse_message_operand(sender, &frame, *p);
		status = sender_send_one(sender, &frame, &deadline);
	}
	return status;
}

enum status sender_send_operands(struct sender *sender, char **messages)
{
	struct frame frame;
	struct termsig termsig;
	int64_t count = 0;
	enum status status = STATUS_OK;
	while (messages[count] != NULL && status == STATUS_OK)
		status = parse_message_operand(sender, &frame, messages[count++]);
	if (status != STATUS_OK)
		return status;
	/* no message is held, but the line of the progress must be completed */
	if (sender->when == VALUE_WHEN_NEVER)
		return sender_send_each(sender, messages);
	termsig_begin(&termsig);
	progress_begin(&sender->progress, sender->when, PROGRESS_MESSAGES, count);
	status = sender_send_each(sender, messages);
	progress_end(&sender->progress);
	return termsig_end(&termsig, status);
}

/* ------------------------------------------------------- standard input */

/* The input ended or cannot be used: report which, and how many messages were sent. */
static enum status report_end_of_input(const struct sender *sender,
                                       enum frame_result result,
                                       const struct frame *frame)
{
	struct error_prefix prefix;
	const char *before = sender_sent_prefix(&prefix, sender);
	switch (result) {
	case FRAME_MESSAGE:
	case FRAME_MORE:
	case FRAME_END: return STATUS_OK;
	case FRAME_TOO_LONG: return sender->report_too_long(sender->target, frame);
	case FRAME_BROKEN:
		return error_as(STATUS_FAILED, "%s: %sstandard input: message %llu %s",
		                sender->name, before,
		                (unsigned long long)sender->sent + 1, frame->bytes);
	case FRAME_FAILED: break;
	}
	return error_errno("%s: %sstandard input", sender->name, before);
}

/*
 * The number of messages is known only at the end. Of a file it is estimated from the
 * bytes that have been sent.
 */
static void estimate_total(struct sender *sender, int64_t bytes, int64_t done)
{
	if (bytes > 0 && done > 0)
		sender->progress.end =
		    (int64_t)((double)sender->sent * (double)bytes / (double)done);
}

/* The next message; no answer is held while standard input is read. */
static enum status sender_next(const struct sender *sender, struct frame_reader *reader,
                               struct frame *frame, enum frame_result *result)
{
	enum status status = STATUS_OK;
	*result = frame_next_held(reader, frame);
	if (*result == FRAME_MORE) {
		status = sender_before_wait(sender);
		if (status == STATUS_OK)
			*result = frame_next(reader, frame);
	}
	return status;
}

static enum status sender_answer(const struct sender *sender)
{
	return sender->answers != NULL ? answers_add(sender->answers, STATUS_OK)
	                               : STATUS_OK;
}

/*
 * The stream has ended; `failed` if with a message that could not be sent. STATUS_SIGPIPE
 * is that of a message that was not sent because the answers have no reader.
 */
static enum status sender_end_answers(const struct sender *sender, bool failed,
                                      enum status status)
{
	if (sender->answers == NULL)
		return status;
	if (failed && status < STATUS_SIGNAL)
		answers_add(sender->answers, status);
	enum status answered = answers_end(sender->answers);
	return status == STATUS_OK || (status == STATUS_SIGPIPE && answered != STATUS_OK)
	           ? answered
	           : status;
}

static enum status sender_send_stream(struct sender *sender, struct frame_reader *reader)
{
	struct frame frame;
	int64_t bytes = sender->progress.shown ? input_remaining() : -1, done = 0;
	enum frame_result result = FRAME_END;
	enum status status = STATUS_OK, sent = STATUS_OK;
	while (status == STATUS_OK && termsig_pending() == 0 &&
	       (status = sender_next(sender, reader, &frame, &result)) == STATUS_OK &&
	       result == FRAME_MESSAGE) {
		/* the time to read a message does not count: each has its own timeout */
		struct deadline deadline = deadline_start(sender->timeout);
		if (sender->priorities == NULL)
			frame.priority = sender->priority;
		status = sent = sender_send_one(sender, &frame, &deadline);
		if (status == STATUS_OK) {
			done += (int64_t)reader->consumed;
			status = sender_answer(sender);
		}
		estimate_total(sender, bytes, done);
	}
	frame_reader_end(reader, sent == STATUS_OK && result == FRAME_MESSAGE);
	if (status == STATUS_OK)
		status = report_end_of_input(sender, result, &frame);
	bool failed =
	    sent != STATUS_OK || result == FRAME_TOO_LONG || result == FRAME_BROKEN;
	return sender_end_answers(sender, failed, status);
}

static enum status sender_send_reader(struct sender *sender, struct frame_reader *reader)
{
	progress_begin(&sender->progress, sender->when, PROGRESS_MESSAGES,
	               PROGRESS_END_UNKNOWN);
	enum status status = sender_send_stream(sender, reader);
	progress_end(&sender->progress);
	return status;
}

static enum status sender_send_acknowledged(struct sender *sender,
                                            struct frame_reader *reader)
{
	struct answers answers;
	enum status status = answers_begin(&answers, sender->name);
	if (status != STATUS_OK) {
		frame_reader_free(reader);
		return status;
	}
	sender->answers = &answers;
	status = sender_send_reader(sender, reader);
	sender->answers = NULL;
	return status;
}

enum status sender_send_input(struct sender *sender, enum framing framing)
{
	struct frame_reader reader;
	struct termsig termsig;
	if (!frame_reader_begin(&reader, framing, sender->priorities, sender->longest))
		return error_errno("%s: a buffer for messages of %zu bytes", sender->name,
		                   sender->longest);
	/* the input that was read ahead is held: its offset is set before a signal ends
	 * this */
	termsig_begin(&termsig);
	return termsig_end(&termsig, sender->acknowledge
	                                 ? sender_send_acknowledged(sender, &reader)
	                                 : sender_send_reader(sender, &reader));
}

/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/termsig.h"
#include "base/value.h"
#include "io/error.h"
#include "stream/answers.h"

enum { LINE_LENGTH_MAX = 4 }; /* "124" and a newline */

static const char sent_line[] = "0\n";

enum status answers_begin(struct answers *answers, const char *name)
{
	answers->name = name;
	answers->failure = (struct output_failure){.status = STATUS_OK};
	answers->unanswered = answers->length = answers->sent = 0;
	return output_begin(&answers->output);
}

/* After a signal output_try_write() fails if it has to wait for the reader first. */
static size_t write_at_once(struct answers *answers)
{
	if (termsig_pending() == 0 || !output_is_writable(&answers->output))
		return 0;
	ssize_t written =
	    output_write_nonblock(&answers->output, answers->text, answers->length);
	return written < 0 ? 0 : (size_t)written;
}

/* All lines but the last one are "0". */
static size_t count_answered(const struct answers *answers, size_t written)
{
	size_t lines = written / strlen(sent_line);
	return lines < answers->sent ? lines : answers->sent;
}

enum status answers_write(struct answers *answers)
{
	size_t first = 0, rest = 0;
	if (answers->length == 0)
		return answers->failure.status;
	if (answers->failure.status == STATUS_OK) {
		first = write_at_once(answers);
		if (first < answers->length &&
		    output_try_write(&answers->output, answers->text + first,
		                     answers->length - first, &rest) < 0)
			answers->failure = output_failure();
	}
	if (answers->failure.status != STATUS_OK)
		answers->unanswered +=
		    answers->sent - count_answered(answers, first + rest);
	answers->length = answers->sent = 0;
	return answers->failure.status;
}

enum status answers_add(struct answers *answers, enum status answer)
{
	char digits[LINE_LENGTH_MAX];
	char *end = digits + LINE_LENGTH_MAX;
	*--end = '\n';
	const char *line = value_format_decimal(end, (uint64_t)answer);
	size_t length = (size_t)(end + 1 - line);
	memcpy(answers->text + answers->length, line, length);
	answers->length += length;
	answers->sent += answer == STATUS_OK;
	bool has_room = sizeof answers->text - answers->length >= LINE_LENGTH_MAX;
	return has_room && answers->failure.status == STATUS_OK ? STATUS_OK
	                                                        : answers_write(answers);
}

enum status answers_end(struct answers *answers)
{
	answers_write(answers);
	const struct output_failure *failure = &answers->failure;
	size_t count = answers->unanswered;
	if (count > 0)
		return error_as(failure->status,
		                "%s: %zu message%s sent, but not acknowledged: %s: %s",
		                answers->name, count, count == 1 ? " was" : "s were",
		                failure->name, failure->reason);
	return failure->status == STATUS_FAILED
	           ? error_as(failure->status, "%s: %s", failure->name, failure->reason)
	           : failure->status;
}

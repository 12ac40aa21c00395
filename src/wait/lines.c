/* SPDX-License-Identifier: MIT */
/*
 * line:REGEX: a line of standard input that contains a match.
 *
 * All of these sources see the same lines. Not a byte after the line is read, so that
 * another command reads on there.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/vec.h"
#include "io/error.h"
#include "wait/source.h"

enum { WAIT_LINE_MAX = 1 << 20 };

static enum status wait_line_open(struct wait_source *source)
{
	const char *reason = ere_compile(&source->as.line.ere, source->rest);
	if (reason != NULL)
		return error_usage("'%s' is not a regular expression: %s", source->rest,
		                   reason);
	if (source->as.line.ere == NULL)
		return error_errno("%s", source->rest);
	source->as.line.next = source->lines->first;
	source->lines->first = source;
	source->waitable.fd = STDIN_FILENO;
	return STATUS_OK;
}

static int wait_line_append(struct wait_lines *lines, const char *bytes, size_t length)
{
	while (lines->size - lines->length <= length) {
		char *grown = vec_grow(lines->bytes, &lines->size, 1);
		if (grown == NULL)
			return -1;
		lines->bytes = grown;
	}
	memcpy(lines->bytes + lines->length, bytes, length);
	lines->length += length;
	lines->bytes[lines->length] = '\0';
	return 0;
}

/* How many bytes can be read without a wait; a file, or one that does not say: 1. */
static int wait_line_available(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	int bytes = 0;
	if (poll(&input, 1, 0) <= 0)
		return 0;
	return ioctl(STDIN_FILENO, FIONREAD, &bytes) == 0 && bytes > 0 ? bytes : 1;
}

/*
 * Read a block of a file, which is left behind the line, or a byte of anything else. 1:
 * the line is whole; 0: not yet; -1 with errno.
 */
static int wait_line_read_part(struct wait_lines *lines, bool seekable)
{
	char block[4096];
	ssize_t length = read(STDIN_FILENO, block, seekable ? sizeof block : 1);
	if (length < 0)
		return -1;
	const char *newline = memchr(block, '\n', (size_t)length);
	size_t used = newline != NULL ? (size_t)(newline - block) : (size_t)length;
	if (newline != NULL && seekable &&
	    lseek(STDIN_FILENO, (off_t)used + 1 - length, SEEK_CUR) < 0)
		return -1;
	if (wait_line_append(lines, block, used) < 0)
		return -1;
	lines->at_end = length == 0;
	return newline != NULL || (lines->at_end && lines->length > 0) ||
	       lines->length >= WAIT_LINE_MAX;
}

static int wait_line_read(struct wait_lines *lines)
{
	bool seekable = lseek(STDIN_FILENO, 0, SEEK_CUR) >= 0;
	int available = 0, whole = 0;
	if (lines->is_whole)
		lines->length = 0;
	lines->is_whole = false;
	while (whole == 0 && !lines->at_end) {
		if (available-- <= 0 && (available = wait_line_available() - 1) < 0)
			return 0;
		whole = wait_line_read_part(lines, seekable);
		if (whole < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
	}
	lines->is_whole = whole > 0;
	return whole;
}

/* Which sources does the line match? */
static bool wait_line_match(const struct wait_lines *lines)
{
	bool any = false;
	for (struct wait_source *each = lines->first; each != NULL;
	     each = each->as.line.next)
		if (ere_matches(each->as.line.ere, lines->bytes, lines->length)) {
			each->as.line.matched = true;
			each->waitable.due = true;
			any = true;
		}
	return any;
}

static bool wait_line_is_pending(const struct wait_lines *lines)
{
	const struct wait_source *each = lines->first;
	while (each != NULL && (!each->as.line.matched || each->waitable.done))
		each = each->as.line.next;
	return each != NULL;
}

static int wait_line_check(struct wait_source *source)
{
	struct wait_lines *lines = source->lines;
	while (!wait_line_is_pending(lines)) {
		int whole = lines->at_end ? 0 : wait_line_read(lines);
		if (whole > 0 && wait_line_match(lines))
			break;
		source->waitable.done = whole == 0 && lines->at_end;
		if (whole <= 0)
			return whole;
	}
	bool matched = source->as.line.matched;
	source->as.line.matched = false;
	if (matched)
		wait_event_add_bare(&source->event, "text", lines->bytes);
	return matched;
}

static void wait_line_close(struct wait_source *source)
{
	ere_free(source->as.line.ere);
}

const struct wait_kind wait_line_kind = {
    .prefix = "line:",
    .repeat = WAIT_EACH,
    .open = wait_line_open,
    .check = wait_line_check,
    .close = wait_line_close,
};

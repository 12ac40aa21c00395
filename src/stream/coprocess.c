/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/value.h"
#include "stream/coprocess.h"
#include "stream/frame.h"

/* The longest answer, and its newline. */
enum { ANSWER_MAX = sizeof "dead" };

/* ----------------------------------------------------------- begin and end */

static void close_end(int *fd)
{
	fd_close_keep_errno(*fd);
	*fd = -1;
}

int coprocess_begin(struct coprocess *coprocess, int worker[2])
{
	int input[2], output[2];
	if (pipe2(input, O_CLOEXEC) < 0)
		return -1;
	if (pipe2(output, O_CLOEXEC) < 0) {
		close_end(&input[0]);
		close_end(&input[1]);
		return -1;
	}
	*coprocess = (struct coprocess){.to = input[1], .from = output[0]};
	fcntl(coprocess->to, F_SETFL, O_NONBLOCK);
	fcntl(coprocess->from, F_SETFL, O_NONBLOCK);
	worker[0] = input[0];
	worker[1] = output[1];
	return 0;
}

uint64_t coprocess_bytes_read(const struct coprocess *coprocess)
{
	int unread = 0;
	if (coprocess->to < 0)
		return coprocess->read;
	/* pipe(7): what a pipe holds stays there when its reader is closed */
	ioctl(coprocess->to, FIONREAD, &unread);
	return coprocess->given - (coprocess->end - coprocess->begin) - (uint64_t)unread;
}

void coprocess_close_input(struct coprocess *coprocess)
{
	coprocess->read = coprocess_bytes_read(coprocess);
	close_end(&coprocess->to);
}

void coprocess_end(struct coprocess *coprocess)
{
	coprocess_close_input(coprocess);
	close_end(&coprocess->from);
	free(coprocess->output);
	coprocess->output = NULL;
}

/* ---------------------------------------------------------------- messages */

bool coprocess_has_room(const struct coprocess *coprocess)
{
	return coprocess->to >= 0 && coprocess->end - coprocess->begin < COPROCESS_BATCH;
}

/*
 * Room for `length` bytes at the end. A message that is written in part is kept as a
 * whole: count_written() begins with its length.
 */
static bool make_room(struct coprocess *coprocess, size_t length)
{
	size_t kept = coprocess->end - coprocess->next;
	size_t room =
	    kept + length < COPROCESS_BATCH ? COPROCESS_BATCH : 2 * (kept + length);
	if (coprocess->room - coprocess->end >= length)
		return true;
	if (coprocess->next > 0)
		memmove(coprocess->output, coprocess->output + coprocess->next, kept);
	coprocess->begin -= coprocess->next;
	coprocess->end = kept;
	coprocess->next = 0;
	if (coprocess->room - coprocess->end >= length)
		return true;
	char *output = realloc(coprocess->output, room);
	if (output == NULL)
		return false;
	coprocess->output = output;
	coprocess->room = room;
	return true;
}

int coprocess_give(struct coprocess *coprocess, const struct coprocess_message *message)
{
	char room[FRAME_HEADROOM + COPROCESS_ID_MAX + 1], *end = room + sizeof room;
	const char *head = frame_write_head(end, FRAMING_NETSTRING, message->id,
	                                    message->priority, message->length);
	size_t head_length = (size_t)(end - head);
	if (!make_room(coprocess, head_length + message->length + 1)) {
		errno = ENOMEM;
		return -1;
	}
	char *to = mempcpy(coprocess->output + coprocess->end, head, head_length);
	if (message->length > 0)
		to = mempcpy(to, message->bytes, message->length);
	*to++ = ',';
	coprocess->end = (size_t)(to - coprocess->output);
	coprocess->given += head_length + message->length + 1;
	coprocess->unwritten++;
	coprocess->unanswered++;
	return 0;
}

/* Which messages are written completely? Each begins with its length. */
static void count_written(struct coprocess *coprocess)
{
	if (coprocess->begin == coprocess->end) {
		coprocess->begin = coprocess->next = coprocess->end = 0;
		coprocess->unwritten = 0;
		return;
	}
	for (;;) {
		const char *at = coprocess->output + coprocess->next;
		size_t length = 0;
		while (value_is_digit(*at))
			length = 10 * length + (size_t)(*at++ - '0');
		size_t after = (size_t)(at + 1 - coprocess->output) + length + 1;
		if (after > coprocess->begin)
			return;
		coprocess->next = after;
		coprocess->unwritten--;
	}
}

int coprocess_flush(struct coprocess *coprocess)
{
	while (coprocess->to >= 0 && coprocess->begin < coprocess->end) {
		ssize_t written =
		    write(coprocess->to, coprocess->output + coprocess->begin,
		          coprocess->end - coprocess->begin);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EAGAIN)
			return 0;
		if (written < 0) {
			coprocess_close_input(coprocess);
			return -1;
		}
		coprocess->begin += (size_t)written;
		count_written(coprocess);
	}
	return 0;
}

/* ----------------------------------------------------------------- answers */

ssize_t coprocess_read(struct coprocess *coprocess)
{
	size_t kept = coprocess->answers_end - coprocess->answers_begin;
	ssize_t length;
	memmove(coprocess->answers, coprocess->answers + coprocess->answers_begin, kept);
	coprocess->answers_begin = 0;
	coprocess->answers_end = kept;
	do
		length = read(coprocess->from, coprocess->answers + kept,
		              sizeof coprocess->answers - kept);
	while (length < 0 && errno == EINTR);
	if (length == 0)
		close_end(&coprocess->from);
	coprocess->answers_end += length > 0 ? (size_t)length : 0;
	return length;
}

/* The status that these bytes are, or -1. */
static int parse_answer(const char *text, size_t length)
{
	int status = 0;
	if (length == 4 && memcmp(text, "dead", 4) == 0)
		return COPROCESS_DEAD;
	if (length == 0 || length > 3)
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (!value_is_digit(text[i]))
			return -1;
		status = 10 * status + text[i] - '0';
	}
	return status <= UINT8_MAX ? status : -1;
}

static enum coprocess_answer is_broken(struct coprocess *coprocess, const char *why)
{
	coprocess->broken = why;
	return COPROCESS_BROKEN;
}

enum coprocess_answer coprocess_next_answer(struct coprocess *coprocess, int *status)
{
	const char *text = coprocess->answers + coprocess->answers_begin;
	size_t length = coprocess->answers_end - coprocess->answers_begin;
	if (coprocess->broken != NULL)
		return COPROCESS_BROKEN;
	const char *newline = length > 0 ? memchr(text, '\n', length) : NULL;
	if (newline == NULL && length < ANSWER_MAX)
		return COPROCESS_NO_ANSWER;
	*status = newline != NULL ? parse_answer(text, (size_t)(newline - text)) : -1;
	if (*status < 0)
		return is_broken(coprocess, "answered a line that is not a status");
	if (coprocess->unanswered == coprocess->unwritten)
		return is_broken(coprocess, "answered a message that it was not given");
	coprocess->answers_begin += (size_t)(newline - text) + 1;
	coprocess->unanswered--;
	return COPROCESS_ANSWER;
}

void coprocess_poll_fds(const struct coprocess *coprocess, struct pollfd fds[2])
{
	bool writes = coprocess->begin < coprocess->end;
	fds[0] = (struct pollfd){.fd = coprocess->to, .events = writes ? POLLOUT : 0};
	fds[1] = (struct pollfd){.fd = coprocess->from, .events = POLLIN};
}

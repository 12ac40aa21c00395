/* SPDX-License-Identifier: MIT */
/*
 * What the programs of other engines are given, as far as it does not need the libraries
 * of these: remote/url.h, each part of a URL, the argument without its password, a text
 * for messages without it; and the same URL when its parts are encoded. remote/prefix.h,
 * the id and the priority before a message. stream/coprocess.h: any answers of a worker
 * that reads as slowly as it likes; those to messages that it was not given.
 *
 * Runs: 150000 of at most 200 bytes
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fuzz.h"
#include "remote/prefix.h"
#include "remote/url.h"
#include "stream/coprocess.h"

/* ------------------------------------------------------------------------- a URL */

/* "a%20b": false if it is not valid, or longer than `longest` bytes. */
static bool decode(char *to, size_t longest, const char *from)
{
	size_t length = 0;
	for (; *from != '\0'; from++) {
		char digits[3] = "", *end = digits;
		unsigned long byte = (unsigned char)*from;
		if (*from == '%') {
			strncpy(digits, from + 1, 2);
			byte = strtoul(digits, &end, 16);
			/* strtoul(3) takes "+1", " 1" and "0x" as well */
			if (end != digits + 2 || byte == 0 ||
			    strspn(digits, "0123456789abcdefABCDEF") != 2)
				return false;
			from += 2;
		}
		if (length == longest)
			return false;
		to[length++] = (char)byte;
	}
	to[length] = '\0';
	return true;
}

/* As remote/url.h has it. `text` is cut into parts. */
static bool split_url(struct remote_url *url, char *text)
{
	char *rest = strstr(text, "://"), *at, *end;
	if (rest == NULL)
		return false;
	*rest = '\0';
	rest += 3;
	if (strcmp(text, "nats") != 0 && strcmp(text, "tls") != 0)
		return false;
	strcpy(url->scheme, text);
	if ((at = strrchr(rest, '@')) != NULL) {
		*at = '\0';
		char *password = strchr(rest, ':');
		if (password != NULL)
			*password++ = '\0';
		url->has_user = *rest != '\0';
		url->has_password = password != NULL && *password != '\0';
		if (!decode(url->user, REMOTE_URL_SECRET_MAX, rest) ||
		    (url->has_password &&
		     !decode(url->password, REMOTE_URL_SECRET_MAX, password)))
			return false;
		rest = at + 1;
	}
	if ((end = strpbrk(rest, "/?#")) != NULL) {
		if (*end != '/' || !decode(url->path, REMOTE_URL_TEXT_MAX, end + 1))
			return false;
		*end = '\0';
	}
	const char *port = strchr(rest, ':');
	if (*rest == '[') {
		if ((end = strchr(++rest, ']')) == NULL)
			return false;
		port = end[1] != '\0' ? end + 1 : NULL;
		*end = '\0';
	} else if (port != NULL) {
		rest[port - rest] = '\0';
	}
	if (strlen(rest) >= sizeof url->host)
		return false;
	strcpy(url->host, rest);
	if (port == NULL)
		return true;
	bool after_bracket = port > rest && port[-1] == '\0' && *port != '\0';
	if (after_bracket && *port != ':')
		return false;
	size_t digits = strspn(++port, "0123456789");
	if (digits == 0 || digits > 5 || port[digits] != '\0' ||
	    strtol(port, NULL, 10) < 1 || strtol(port, NULL, 10) > 65535)
		return false;
	strcpy(url->port, port);
	return true;
}

/* The argument as others see it afterwards. */
static void hide(char *text)
{
	char *authority = strstr(text, "://");
	char *from = authority != NULL ? authority + 3 : text;
	char *at = strrchr(from, '@');
	for (char *p = from; at != NULL && p < at; p++)
		if (*p == ':') {
			from = p + 1;
			break;
		}
	while (at != NULL && from < at)
		*from++ = 'x';
}

static char *append_encoded(char *to, const char *text)
{
	for (; *text != '\0'; text++)
		to += sprintf(to, "%%%02X", (unsigned)(unsigned char)*text);
	return to;
}

static void check_equal(const struct remote_url *url, const struct remote_url *other,
                        const char *text)
{
	FUZZ_CHECK(strcmp(url->scheme, other->scheme) == 0, "'%s'", text);
	FUZZ_CHECK(url->has_user == other->has_user, "'%s'", text);
	FUZZ_CHECK(url->has_password == other->has_password, "'%s'", text);
	FUZZ_CHECK(strcmp(url->user, other->user) == 0, "'%s': %s", text, url->user);
	FUZZ_CHECK(strcmp(url->password, other->password) == 0, "'%s': %s", text,
	           url->password);
	FUZZ_CHECK(strcmp(url->host, other->host) == 0, "'%s': %s", text, url->host);
	FUZZ_CHECK(strcmp(url->port, other->port) == 0, "'%s': %s", text, url->port);
	FUZZ_CHECK(strcmp(url->path, other->path) == 0, "'%s': %s", text, url->path);
}

/* Each byte of the user, the password and the path as %XX. */
static void check_encoded(const struct remote_url *url, const char *from)
{
	struct remote_url again;
	bool brackets = strchr(url->host, ':') != NULL;
	char *text = fuzz_memory(
	    3 * (strlen(url->user) + strlen(url->password) + strlen(url->path)) +
	    sizeof url->host + 40);
	char *to = text + sprintf(text, "%s://", url->scheme);
	/* a bracket at another place than around an address */
	if (strpbrk(url->host, "[]") != NULL)
		return;
	to = append_encoded(to, url->user);
	if (url->has_password)
		*to++ = ':';
	to = append_encoded(to, url->password);
	if (url->has_user || url->has_password)
		*to++ = '@';
	to += sprintf(to, "%s%s%s%s%s/", brackets ? "[" : "", url->host,
	              brackets ? "]" : "", *url->port != '\0' ? ":" : "", url->port);
	append_encoded(to, url->path);
	FUZZ_CHECK(remote_url_parse(&again, text, "tls nats") == NULL, "'%s'", from);
	check_equal(&again, url, from);
	FUZZ_CHECK(strcmp(again.shown, url->shown) == 0, "'%s': %s", from, again.shown);
}

/* Some parts are as long as they may be: a byte 1 is replaced by many. */
static char *stretch(const char *text, unsigned kind)
{
	static const size_t lengths[] = {255, 256, 1015, 1023, 1024};
	size_t many = lengths[kind % 5];
	const char *one = strchr(text, '\1');
	if (one == NULL)
		return fuzz_copy(text);
	char *longer = fuzz_memory(strlen(text) + many);
	memcpy(longer, text, (size_t)(one - text));
	memset(longer + (one - text), 'a', many);
	strcpy(longer + (one - text) + many, one + 1);
	return longer;
}

static void check_url(struct fuzz_input *input)
{
	static struct remote_url url, expected;
	unsigned kind = fuzz_byte(input);
	char *text = stretch(fuzz_rest(input), kind);
	char *copy = fuzz_copy(text), *hidden = fuzz_copy(text),
	     *shown = fuzz_memory(strlen(text) + 32);
	hide(hidden);
	memset(&expected, 0, sizeof expected);
	bool valid = split_url(&expected, fuzz_copy(text));
	bool brackets = strchr(expected.host, ':') != NULL;
	sprintf(shown, "%s://%s%s%s%s%s%s%s", expected.scheme, brackets ? "[" : "",
	        expected.host, brackets ? "]" : "", *expected.port != '\0' ? ":" : "",
	        expected.port, *expected.path != '\0' ? "/" : "", expected.path);
	valid = valid && strlen(shown) <= REMOTE_URL_TEXT_MAX;
	const char *wrong = remote_url_parse(&url, copy, "nats tls");
	FUZZ_CHECK(valid == (wrong == NULL), "'%s': %s", text,
	           wrong != NULL ? wrong : "accepted");
	FUZZ_CHECK(strcmp(copy, hidden) == 0, "'%s': '%s'", text, copy);
	if (!valid)
		return;
	check_equal(&url, &expected, text);
	FUZZ_CHECK(strcmp(url.shown, shown) == 0, "'%s': '%s'", text, url.shown);
	check_encoded(&url, text);
}

/* --------------------------------------------------- what stands before a message */

static void check_prefix(struct fuzz_input *input)
{
	struct engine_message message;
	struct remote_prefix prefix = {.with_id = fuzz_below(input, 2) != 0,
	                               .with_priority = fuzz_below(input, 2) != 0};
	char id[ENGINE_ID_MAX + 1], expected_id[ENGINE_ID_MAX + 1] = "";
	char digits[20] = "";
	unsigned stretched = fuzz_below(input, 3);
	size_t length = input->left, before = 0, tab;
	bool valid = true;
	const char *bytes = fuzz_bytes(input, &length);
	if (stretched > 0 && memchr(bytes, '\0', length) == NULL) {
		/* an id of 254 bytes and more */
		char *longer = fuzz_memory(length + 253);
		memset(longer, 'i', 253);
		memcpy(longer + 253, bytes, length);
		bytes = longer;
		length += 253;
	}
	/* without a NUL after it */
	char *only = fuzz_memory(length > 0 ? length : 1);
	memcpy(only, bytes, length);
	if (prefix.with_id) {
		for (tab = 0; tab < length && bytes[tab] != '\t'; tab++)
			valid &= bytes[tab] > 32 && bytes[tab] < 127;
		valid &= tab < length && tab >= 1 && tab <= 255;
		if (valid)
			memcpy(expected_id, bytes, tab);
		before = tab + 1;
	}
	if (valid && prefix.with_priority) {
		for (tab = before; tab < length && bytes[tab] != '\t'; tab++)
			valid &= bytes[tab] >= '0' && bytes[tab] <= '9';
		valid &= tab < length && tab > before && tab - before <= 19;
		if (valid)
			memcpy(digits, bytes + before, tab - before);
		errno = 0;
		valid &= strtoll(digits, NULL, 10) >= 0 && errno == 0;
		before = tab + 1;
	}
	const char *wrong = remote_prefix_split(&prefix, &message, id, only, length);
	FUZZ_CHECK((wrong == NULL) == valid, "%s", wrong != NULL ? wrong : "accepted");
	if (!valid)
		return;
	FUZZ_CHECK((message.id != NULL) == prefix.with_id, "%d", prefix.with_id);
	FUZZ_CHECK(message.id == NULL || strcmp(message.id, expected_id) == 0, "%s",
	           message.id);
	FUZZ_CHECK(message.priority ==
	               (prefix.with_priority ? strtoll(digits, NULL, 10) : -1),
	           "%lld", (long long)message.priority);
	FUZZ_CHECK(message.bytes == only + before && message.length == length - before,
	           "%zu bytes of %zu", message.length, length);
}

/* ------------------------------------------------------------------------ a worker */

enum { STREAM_MAX = 1 << 20, MESSAGES_MAX = 256, PAGE = 4096 };

static struct worker {
	struct coprocess coprocess;
	int ends[2];
	/* what it is given: all of it, how much it has read, where messages end */
	char stream[STREAM_MAX];
	size_t length, read, ends_at[MESSAGES_MAX], messages;
	/* what it has written */
	char text[STREAM_MAX];
	size_t written, taken, answered;
	bool broken;
} worker;

static void worker_give(struct fuzz_input *input)
{
	static char bytes[16 * 256];
	unsigned with = fuzz_byte(input);
	int64_t priority = fuzz_byte(input);
	struct coprocess_message message = {.bytes = bytes,
	                                    .length = 16UL * fuzz_byte(input),
	                                    .id = (with & 1) != 0 ? "id" : NULL,
	                                    .priority =
	                                        (with & 2) != 0 ? &priority : NULL};
	char before[64] = "";
	if (worker.messages == MESSAGES_MAX || !coprocess_has_room(&worker.coprocess))
		return;
	memset(bytes, '0' + (int)worker.messages % 10, sizeof bytes);
	FUZZ_CHECK(coprocess_give(&worker.coprocess, &message) == 0, "%d", errno);
	if (message.id != NULL)
		strcat(before, "id\t");
	if (message.priority != NULL)
		sprintf(before + strlen(before), "%d\t", (int)priority);
	char *to = worker.stream + worker.length;
	to += sprintf(to, "%zu:%s", strlen(before) + message.length, before);
	memcpy(to, bytes, message.length);
	to[message.length] = ',';
	worker.length = (size_t)(to + message.length + 1 - worker.stream);
	worker.ends_at[worker.messages++] = worker.length;
}

/* How many messages the worker may have read whole. */
static size_t worker_could_read(void)
{
	int waiting = 0;
	size_t count = 0;
	FUZZ_CHECK(ioctl(worker.ends[0], FIONREAD, &waiting) == 0, "%d", errno);
	while (count < worker.messages &&
	       worker.ends_at[count] <= worker.read + (size_t)waiting)
		count++;
	return count;
}

static void worker_read(size_t most)
{
	char bytes[PAGE];
	int waiting = 0;
	if (ioctl(worker.ends[0], FIONREAD, &waiting) < 0 || waiting == 0)
		return;
	ssize_t length = read(worker.ends[0], bytes, most);
	FUZZ_CHECK(length >= 0 &&
	               memcmp(worker.stream + worker.read, bytes, (size_t)length) == 0,
	           "%zd bytes at %zu", length, worker.read);
	worker.read += (size_t)length;
}

static void worker_write(struct fuzz_input *input)
{
	size_t length = fuzz_below(input, 16);
	const char *bytes = fuzz_bytes(input, &length);
	FUZZ_CHECK(write(worker.ends[1], bytes, length) == (ssize_t)length, "%d", errno);
	memcpy(worker.text + worker.written, bytes, length);
	worker.written += length;
}

/* The number that a line is, "dead" included; -1. */
static int line_status(const char *line)
{
	if (strcmp(line, "dead") == 0)
		return 65;
	size_t digits = strspn(line, "0123456789");
	return digits >= 1 && digits <= 3 && line[digits] == '\0' &&
	               strtol(line, NULL, 10) <= 255
	           ? (int)strtol(line, NULL, 10)
	           : -1;
}

static enum coprocess_answer expect_answer(int *status)
{
	char line[8] = "";
	const char *from = worker.text + worker.taken;
	size_t left = worker.written - worker.taken;
	const char *newline = left > 0 ? memchr(from, '\n', left) : NULL;
	if (worker.broken)
		return COPROCESS_BROKEN;
	if (newline == NULL && left <= strlen("dead"))
		return COPROCESS_NO_ANSWER;
	size_t length = newline != NULL ? (size_t)(newline - from) : sizeof line;
	worker.broken = true;
	if (length >= sizeof line || memchr(from, '\0', length) != NULL)
		return COPROCESS_BROKEN;
	memcpy(line, from, length);
	*status = line_status(line);
	if (*status < 0 || worker.answered == worker_could_read())
		return COPROCESS_BROKEN;
	worker.broken = false;
	worker.taken += length + 1;
	worker.answered++;
	return COPROCESS_ANSWER;
}

static void check_answers(void)
{
	int status = -1, expected_status = -1;
	enum coprocess_answer expected;
	coprocess_read(&worker.coprocess);
	do {
		expected = expect_answer(&expected_status);
		enum coprocess_answer answer =
		    coprocess_next_answer(&worker.coprocess, &status);
		FUZZ_CHECK(answer == expected, "answer %zu: %d, not %d", worker.answered,
		           answer, expected);
		FUZZ_CHECK(answer != COPROCESS_ANSWER || status == expected_status,
		           "answer %zu: %d", worker.answered, status);
		FUZZ_CHECK((worker.coprocess.broken != NULL) == worker.broken, "%zu",
		           worker.answered);
	} while (expected == COPROCESS_ANSWER);
	FUZZ_CHECK(worker.coprocess.unanswered == worker.messages - worker.answered,
	           "%zu, not %zu", worker.coprocess.unanswered,
	           worker.messages - worker.answered);
}

static void check_worker(struct fuzz_input *input)
{
	worker.length = worker.read = worker.messages = 0;
	worker.written = worker.taken = worker.answered = 0;
	worker.broken = false;
	FUZZ_CHECK(coprocess_begin(&worker.coprocess, worker.ends) == 0, "%d", errno);
	/* a second message may not fit */
	FUZZ_CHECK(fcntl(worker.coprocess.to, F_SETPIPE_SZ, PAGE) == PAGE, "%d", errno);
	while (input->left > 0) {
		switch (fuzz_below(input, 5)) {
		case 0: worker_give(input); break;
		case 1: coprocess_flush(&worker.coprocess); break;
		case 2: worker_read(16UL * fuzz_byte(input) + 1); break;
		case 3: worker_write(input); break;
		default: check_answers(); break;
		}
		FUZZ_CHECK(coprocess_bytes_read(&worker.coprocess) == worker.read,
		           "%zu bytes were read", worker.read);
	}
	close(worker.ends[0]);
	close(worker.ends[1]);
	coprocess_end(&worker.coprocess);
}

void fuzz_target(struct fuzz_input *input)
{
	switch (fuzz_below(input, 4)) {
	case 0: check_prefix(input); break;
	case 1: check_worker(input); break;
	default: check_url(input); break;
	}
}

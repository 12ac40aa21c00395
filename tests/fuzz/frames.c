/* SPDX-License-Identifier: MIT */
/*
 * stream/frame.h: a stream that arrives in pieces of any length against a decoder that
 * has the whole of it; and each message written and read back. How far the offset of the
 * input is moved back.
 *
 * Runs: 1000000 of at most 160 bytes
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "stream/frame.h"

enum { LONGEST_MAX = 40, FRAMES_MAX = 200 };

static const struct frame_priorities rules[] = {
    {.min = 0, .max = 32767, .digits = 5, .rule = "out of range"},
    {.min = 1, .max = 25, .digits = 2, .rule = "out of range"},
    {.min = 1, .max = INT64_MAX, .digits = 19, .rule = "out of range"},
};

/* --------------------------------------------------------- the stream, in pieces */

static struct stream {
	const char *bytes;
	size_t length, at;
	uint64_t pieces; /* of 1 to 16 bytes; then the rest at once */
} stream;

ssize_t fuzz_read(void *bytes, size_t size)
{
	size_t length = stream.pieces != 0 ? 1 + (stream.pieces & 15) : stream.length;
	stream.pieces >>= 4;
	FUZZ_CHECK(size > 0, "reads nothing");
	if (length > stream.length - stream.at)
		length = stream.length - stream.at;
	if (length > size)
		length = size;
	memcpy(bytes, stream.bytes + stream.at, length);
	stream.at += length;
	return (ssize_t)length;
}

/* ------------------------------------------------------- a decoder of the whole */

struct decoder {
	enum framing framing;
	const struct frame_priorities *priorities;
	size_t longest;
	const char *at, *end; /* what is left */
	bool whole_read;
};

static const char *expect_broken(void)
{
	return "broken";
}

/* The contents of a frame: the text before the tab, and the message. */
static enum frame_result expect_contents(const struct decoder *decoder,
                                         struct frame *frame, const char *bytes,
                                         size_t length)
{
	const struct frame_priorities *rule = decoder->priorities;
	*frame = (struct frame){.bytes = bytes, .length = length};
	if (rule != NULL) {
		const char *tab = memchr(bytes, '\t', length);
		char digits[24] = "";
		size_t count = tab != NULL ? (size_t)(tab - bytes) : length;
		if (tab == NULL || count == 0 || count > rule->digits)
			return FRAME_BROKEN;
		memcpy(digits, bytes, count);
		if (digits[strspn(digits, "0123456789")] != '\0' ||
		    strlen(digits) != count)
			return FRAME_BROKEN;
		unsigned long long number = strtoull(digits, NULL, 10);
		if (number < (unsigned long long)rule->min ||
		    number > (unsigned long long)rule->max)
			return FRAME_BROKEN;
		*frame = (struct frame){.bytes = tab + 1,
		                        .length = length - count - 1,
		                        .priority = (int64_t)number};
	}
	return frame->length > decoder->longest ? FRAME_TOO_LONG : FRAME_MESSAGE;
}

static enum frame_result expect_netstring(struct decoder *decoder, struct frame *frame)
{
	const char *colon = decoder->at;
	size_t most = decoder->longest +
	              (decoder->priorities != NULL ? decoder->priorities->digits + 1 : 0);
	if (decoder->at == decoder->end)
		return FRAME_END;
	while (colon < decoder->end && *colon >= '0' && *colon <= '9')
		colon++;
	size_t digits = (size_t)(colon - decoder->at);
	if (digits == 0 || digits > 18 || (digits > 1 && *decoder->at == '0') ||
	    colon == decoder->end || *colon != ':')
		return FRAME_BROKEN;
	unsigned long long length = strtoull(decoder->at, NULL, 10);
	if (length > most)
		return FRAME_TOO_LONG;
	const char *contents = colon + 1;
	if (length >= (size_t)(decoder->end - contents) || contents[length] != ',')
		return FRAME_BROKEN;
	decoder->at = contents + length + 1;
	return expect_contents(decoder, frame, contents, length);
}

static enum frame_result expect_next(struct decoder *decoder, struct frame *frame)
{
	const char *begin = decoder->at;
	size_t left = (size_t)(decoder->end - begin);
	*frame = (struct frame){.bytes = expect_broken()};
	if (decoder->framing == FRAMING_NETSTRING)
		return expect_netstring(decoder, frame);
	if (decoder->framing == FRAMING_WHOLE) {
		if (decoder->whole_read)
			return FRAME_END;
		decoder->whole_read = true;
		decoder->at = decoder->end;
		return expect_contents(decoder, frame, begin, left);
	}
	if (left == 0)
		return FRAME_END;
	int delimiter = decoder->framing == FRAMING_LINES ? '\n' : '\0';
	const char *found = memchr(begin, delimiter, left);
	decoder->at = found != NULL ? found + 1 : decoder->end;
	return expect_contents(decoder, frame, begin,
	                       found != NULL ? (size_t)(found - begin) : left);
}

/* --------------------------------------------------------------------- compare */

static void check_frame(const struct decoder *decoder, enum frame_result result,
                        const struct frame *frame, enum frame_result expected_result,
                        const struct frame *expected)
{
	FUZZ_CHECK(result == expected_result, "framing %d: result %d, not %d",
	           decoder->framing, result, expected_result);
	if (result == FRAME_BROKEN)
		FUZZ_CHECK(strlen(frame->bytes) > 0, "no reason");
	if (result == FRAME_TOO_LONG)
		FUZZ_CHECK(frame->length > decoder->longest || frame->truncated,
		           "%zu bytes are not too long", frame->length);
	if (result != FRAME_MESSAGE)
		return;
	FUZZ_CHECK(frame->priority == expected->priority, "priority %lld, not %lld",
	           (long long)frame->priority, (long long)expected->priority);
	FUZZ_CHECK(frame->length == expected->length &&
	               memcmp(frame->bytes, expected->bytes, frame->length) == 0,
	           "%zu bytes, not %zu", frame->length, expected->length);
}

/* The message with its framing is what the decoder reads back. */
static void check_writer(const struct decoder *read, const struct frame *frame)
{
	struct frame_writer writer;
	struct frame again;
	size_t length = frame->length;
	bool with_priority = read->priorities != NULL;
	FUZZ_CHECK(frame_writer_begin(&writer, read->framing, with_priority, "/q",
	                              frame->length),
	           "out of memory");
	memcpy(writer.message, frame->bytes, frame->length);
	const char *text = frame_encode(&writer, &length, frame->priority);
	FUZZ_CHECK(memcmp(writer.message, frame->bytes, frame->length) == 0, "changed");
	struct decoder decoder = *read;
	decoder.whole_read = false;
	decoder.at = text;
	decoder.end = text + length;
	FUZZ_CHECK(expect_next(&decoder, &again) == FRAME_MESSAGE, "'%.*s'", (int)length,
	           text);
	check_frame(&decoder, FRAME_MESSAGE, &again, FRAME_MESSAGE, frame);
	FUZZ_CHECK(decoder.at == decoder.end, "%zu bytes too many",
	           (size_t)(decoder.end - decoder.at));
	frame_writer_end(&writer);
}

void fuzz_target(struct fuzz_input *input)
{
	struct decoder decoder = {
	    .framing = fuzz_below(input, FRAMING_JSON),
	    .longest = fuzz_below(input, LONGEST_MAX),
	};
	unsigned rule = fuzz_below(input, 4);
	bool last_is_done = fuzz_below(input, 2) != 0;
	decoder.priorities = rule < 3 ? &rules[rule] : NULL;
	stream = (struct stream){.pieces = fuzz_word(input), .length = input->left};
	stream.bytes = fuzz_bytes(input, &stream.length);
	decoder.at = stream.bytes;
	decoder.end = stream.bytes + stream.length;

	struct frame_reader reader;
	FUZZ_CHECK(frame_reader_begin(&reader, decoder.framing, decoder.priorities,
	                              decoder.longest),
	           "out of memory");
	struct frame frame, expected;
	enum frame_result result;
	const char *before;
	do {
		before = decoder.at;
		result = frame_next(&reader, &frame);
		check_frame(&decoder, result, &frame, expect_next(&decoder, &expected),
		            &expected);
		if (result == FRAME_MESSAGE)
			check_writer(&decoder, &frame);
	} while (result == FRAME_MESSAGE);
	frame_reader_end(&reader, last_is_done);
	/* what was read and not processed is given back */
	off_t offset = (off_t)stream.at + fuzz_sought();
	if (result == FRAME_END)
		FUZZ_CHECK(offset == (off_t)stream.length, "%lld", (long long)offset);
	else if (!last_is_done)
		FUZZ_CHECK(offset == before - stream.bytes, "%lld, not %lld",
		           (long long)offset, (long long)(before - stream.bytes));
}

/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../check.h"
#include "base/deadline.h"
#include "stream/frame.h"

enum { LONGEST = 2, FRAMES_MAX = 16 };

static const struct frame_priorities priorities = {
    .min = 1, .max = 25, .digits = 2, .rule = "has a priority of more than 25"};

/* What came out of a stream up to its end or its first mistake. */
struct outcome {
	int count;
	enum frame_result last; /* the one that ended it */
	size_t longer;          /* FRAME_TOO_LONG: its length, 0 if it was cut */
	const char *why;        /* FRAME_BROKEN */
	struct frame frames[FRAMES_MAX];
	char bytes[FRAMES_MAX][LONGEST];
};

/* ------------------------------------------------- written naively, of a whole input */

static bool expect_broken(struct outcome *outcome, const char *why)
{
	outcome->last = FRAME_BROKEN;
	outcome->why = why;
	return false;
}

/* The contents of one frame: false if nothing is read after it. */
static bool expect_contents(struct outcome *outcome, const char *bytes, size_t length,
                            bool with_priority)
{
	struct frame frame = {.bytes = bytes, .length = length};
	if (with_priority) {
		size_t digits = 0;
		while (digits < length && bytes[digits] >= '0' && bytes[digits] <= '9')
			frame.priority = 10 * frame.priority + bytes[digits++] - '0';
		if (digits == 0)
			return expect_broken(outcome,
			                     "does not begin with a priority and a tab");
		if (digits > 2 || frame.priority < 1 || frame.priority > 25)
			return expect_broken(outcome, priorities.rule);
		if (digits == length || bytes[digits] != '\t')
			return expect_broken(outcome, "has no tab after the priority");
		frame.bytes += digits + 1;
		frame.length -= digits + 1;
	}
	if (frame.length > LONGEST) {
		outcome->last = FRAME_TOO_LONG;
		outcome->longer = frame.length;
		return false;
	}
	memcpy(outcome->bytes[outcome->count], frame.bytes, frame.length);
	outcome->frames[outcome->count++] = frame;
	return true;
}

static void expect_delimited(struct outcome *outcome, const char *input, size_t length,
                             char delimiter, bool with_priority)
{
	size_t begin = 0;
	outcome->last = FRAME_END;
	for (size_t i = 0; i <= length; i++) {
		bool last = i == length;
		if ((last && begin == length) || (!last && input[i] != delimiter))
			continue;
		if (!expect_contents(outcome, input + begin, i - begin, with_priority))
			return;
		begin = i + 1;
	}
}

static void expect_netstrings(struct outcome *outcome, const char *input, size_t length,
                              bool with_priority)
{
	const char *end = input + length;
	size_t most = LONGEST + (with_priority ? priorities.digits + 1 : 0);
	outcome->last = FRAME_END;
	while (input < end && outcome->last == FRAME_END) {
		const char *colon = input;
		size_t size = 0;
		while (colon < end && *colon >= '0' && *colon <= '9')
			size = 10 * size + (size_t)(*colon++ - '0');
		if (colon == input || (colon < end && *colon != ':'))
			expect_broken(outcome, "is not a netstring, LENGTH:BYTES,");
		else if (colon - input > 1 && *input == '0')
			expect_broken(outcome,
			              "is a netstring whose length begins with 0");
		else if (colon < end && size > most)
			outcome->last = FRAME_TOO_LONG;
		else if (colon == end || (size_t)(end - colon - 1) <= size)
			expect_broken(outcome, "is an incomplete netstring");
		else if (colon[1 + size] != ',')
			expect_broken(outcome, "is a netstring without its comma");
		else if (!expect_contents(outcome, colon + 1, size, with_priority))
			return;
		input = colon + 1 + size + 1;
	}
}

static void expect(struct outcome *outcome, enum framing framing, const char *input,
                   size_t length, bool with_priority)
{
	memset(outcome, 0, sizeof *outcome);
	if (framing == FRAMING_LINES || framing == FRAMING_NUL)
		expect_delimited(outcome, input, length,
		                 framing == FRAMING_LINES ? '\n' : '\0', with_priority);
	else if (framing == FRAMING_NETSTRING)
		expect_netstrings(outcome, input, length, with_priority);
	else if (expect_contents(outcome, input, length, with_priority))
		outcome->last = FRAME_END;
}

/* --------------------------------------------------------- read, in pieces or at once */

/* Each piece arrives by itself: a packet is what one read(2) returns. */
static void run_reader(struct outcome *outcome, enum framing framing, const char *input,
                       size_t length, bool with_priority, size_t first, size_t piece)
{
	struct frame_reader reader;
	int ends[2];
	memset(outcome, 0, sizeof *outcome);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0 ||
	    !frame_reader_begin(&reader, framing, with_priority ? &priorities : NULL,
	                        LONGEST))
		abort();
	reader.fd = ends[0];
	for (size_t at = 0, size = first; at < length; at += size, size = piece) {
		if (size == 0 || size > length - at)
			size = length - at;
		if (write(ends[1], input + at, size) != (ssize_t)size)
			abort();
	}
	close(ends[1]);
	struct frame frame;
	while ((outcome->last = frame_next(&reader, &frame)) == FRAME_MESSAGE) {
		if (outcome->count == FRAMES_MAX || frame.length > LONGEST)
			abort();
		memcpy(outcome->bytes[outcome->count], frame.bytes, frame.length);
		outcome->frames[outcome->count++] = frame;
	}
	if (outcome->last == FRAME_TOO_LONG && !frame.truncated)
		outcome->longer = frame.length;
	if (outcome->last == FRAME_BROKEN)
		outcome->why = frame.bytes;
	frame_reader_end(&reader, true);
	close(ends[0]);
}

/* "00x" breaks two rules, and which one is met first depends on what has come in. */
static bool is_ambiguous(const struct outcome *a, const struct outcome *b)
{
	static const char zero[] = "is a netstring whose length begins with 0";
	return a->why != NULL && b->why != NULL &&
	       (strcmp(a->why, zero) == 0 || strcmp(b->why, zero) == 0);
}

static void compare(const struct outcome *actual, const struct outcome *expected)
{
	CHECK_EQUAL(actual->count, expected->count);
	CHECK_EQUAL(actual->last, expected->last);
	if (!is_ambiguous(actual, expected))
		CHECK_EQUAL(actual->why, expected->why);
	if (actual->longer != 0 && expected->longer != 0)
		CHECK_EQUAL(actual->longer, expected->longer);
	for (int i = 0; i < actual->count && i < expected->count; i++) {
		CHECK_BYTES(actual->bytes[i], actual->frames[i].length,
		            expected->bytes[i], expected->frames[i].length);
		CHECK_EQUAL(actual->frames[i].priority, expected->frames[i].priority);
	}
}

/* At once, in two parts cut at each place, byte by byte. */
static void check_stream(enum framing framing, const char *input, size_t length,
                         bool with_priority)
{
	struct outcome expected, actual;
	char shown[64] = "";
	for (size_t i = 0; i < length && i < 15; i++)
		sprintf(shown + 4 * i, "\\x%02x", (unsigned)(unsigned char)input[i]);
	expect(&expected, framing, input, length, with_priority);
	for (size_t first = 0; first <= length; first++) {
		bool bytewise = first == length && first != 0;
		check_about("framing %d%s, %s in parts of %zu", (int)framing,
		            with_priority ? " with priorities" : "", shown, first);
		run_reader(&actual, framing, input, length, with_priority,
		           bytewise ? 1 : first, bytewise);
		compare(&actual, &expected);
	}
}

/* Every text of up to `longest` letters of an alphabet. */
static void check_texts(enum framing framing, const char *alphabet, size_t letters,
                        size_t longest, bool with_priority)
{
	char text[8];
	size_t count = 1;
	for (size_t length = 0; length <= longest; length++, count *= letters)
		for (size_t n = 0; n < count; n++) {
			size_t rest = n;
			for (size_t i = 0; i < length; i++, rest /= letters)
				text[i] = alphabet[rest % letters];
			check_stream(framing, text, length, with_priority);
		}
}

TEST(lines_are_split_as_a_naive_reader_splits_them)
{
	check_texts(FRAMING_LINES, "\na\0", 3, 5, false);
	check_texts(FRAMING_LINES, "\n2\ta", 4, 4, true);
}

TEST(strings_that_a_NUL_ends_are_split_as_a_naive_reader_splits_them)
{
	check_texts(FRAMING_NUL, "\0a\n", 3, 5, false);
	check_texts(FRAMING_NUL, "\0002\ta", 4, 4, true);
}

TEST(netstrings_are_split_as_a_naive_reader_splits_them)
{
	static const char *const texts[] = {
	    "2:ab,",  "2:ab,0:,1:x,", "1:,,",   "2:ab;",  "2:ab",   "3:abc,",
	    "3:abc",  "0:,0:,0:,",    "00:,",   "02:ab,", "2:ab,x", "2:ab,2",
	    "12:ab,", "-1:a,",        " 2:ab,", "2 :ab,", "2:a,b,", "2:ab,\n"};
	check_texts(FRAMING_NETSTRING, "01:,a", 5, 4, false);
	for (size_t i = 0; i < COUNT(texts); i++)
		check_stream(FRAMING_NETSTRING, texts[i], strlen(texts[i]), false);
}

TEST(netstrings_with_priorities_are_split_as_a_naive_reader_splits_them)
{
	static const char *const texts[] = {
	    "4:7\tab,", "5:25\tab,", "2:7\t,",    "5:26\tab,",   "4:0\tab,",
	    "3:123,",   "1:7,",      "5:7\tabc,", "6:7\tabcd,",  "4:\tabc,",
	    "3:7ab,",   "4:7\tab;",  "0:,",       "2:7\t,2:8\t,"};
	for (size_t i = 0; i < COUNT(texts); i++)
		check_stream(FRAMING_NETSTRING, texts[i], strlen(texts[i]), true);
}

TEST(a_whole_input_is_one_message_even_if_it_is_empty)
{
	check_texts(FRAMING_WHOLE, "\na\0", 3, 4, false);
	check_texts(FRAMING_WHOLE, "2\ta", 3, 5, true);
}

TEST(a_netstring_of_more_digits_than_can_be_counted_is_refused)
{
	struct outcome outcome;
	static const char text[] = "1111111111111111111:";
	run_reader(&outcome, FRAMING_NETSTRING, text, strlen(text), false, 0, 0);
	CHECK_EQUAL(outcome.last, FRAME_BROKEN);
	CHECK_EQUAL(outcome.why, "is a netstring whose length is out of range");
	run_reader(&outcome, FRAMING_NETSTRING, text + 1, strlen(text) - 1, false, 1, 1);
	CHECK_EQUAL(outcome.last, FRAME_TOO_LONG);
}

/* A reader of a pipe, which holds a text and is not closed; the reader does not wait. */
static void begin_pipe(struct frame_reader *reader, const char *text, size_t longest)
{
	int ends[2];
	CHECK_EQUAL(pipe(ends), 0);
	CHECK_EQUAL(write(ends[1], text, strlen(text)), strlen(text));
	CHECK(frame_reader_begin(reader, FRAMING_LINES, NULL, longest));
	reader->fd = ends[0];
	reader->deadline = &DEADLINE_NOW;
}

TEST(a_message_is_seen_as_soon_as_it_has_come_in_whole)
{
	struct frame_reader reader;
	struct frame frame;
	begin_pipe(&reader, "one\ntwo\nthr", 100);
	CHECK_EQUAL(frame_next(&reader, &frame), FRAME_MESSAGE);
	CHECK_BYTES(frame.bytes, frame.length, "one", 3);
	CHECK_EQUAL(frame_next(&reader, &frame), FRAME_MESSAGE);
	CHECK_BYTES(frame.bytes, frame.length, "two", 3);
	CHECK_EQUAL(frame_next(&reader, &frame), FRAME_FAILED);
	CHECK_EQUAL(errno, EAGAIN);
	frame_reader_end(&reader, true);
}

TEST(a_line_that_is_longer_than_the_longest_is_refused_before_its_end)
{
	struct frame_reader reader;
	struct frame frame;
	begin_pipe(&reader, "abcd", 3);
	CHECK_EQUAL(frame_next(&reader, &frame), FRAME_TOO_LONG);
	CHECK(frame.truncated);
	frame_reader_end(&reader, false);
}

/* A reader of a file, which is at its beginning. */
/* In pieces of one size, as a caller does that reads for several readers. */
static size_t read_in_pieces(enum framing framing, const char *text, size_t length,
                             size_t piece, char *out)
{
	struct frame_reader reader;
	struct frame frame;
	size_t used = 0, room, done = 0;
	CHECK(frame_reader_begin_small(&reader, framing, 1 << 20));
	for (bool at_end = false; !at_end;) {
		char *space = frame_reader_space(&reader, &room);
		if (room == 0) {
			CHECK(frame_reader_grow(&reader));
			space = frame_reader_space(&reader, &room);
		}
		size_t part = length - done < piece ? length - done : piece;
		part = part < room ? part : room;
		memcpy(space, text + done, part);
		frame_reader_added(&reader, part);
		done += part;
		at_end = part == 0;
		enum frame_result result;
		while ((result = frame_next_held(&reader, &frame)) == FRAME_MESSAGE) {
			memcpy(out + used, frame.bytes, frame.length);
			used += frame.length;
			out[used++] = '|';
		}
		CHECK_EQUAL(result, at_end ? FRAME_END : FRAME_MORE);
		frame_reader_shrink(&reader);
	}
	frame_reader_free(&reader);
	return used;
}

TEST(a_reader_that_is_fed_in_pieces_of_any_size_returns_the_same_messages)
{
	enum { LONG = 300000 };
	static char text[LONG + 64], expected[LONG + 64], out[LONG + 64];
	static const struct {
		enum framing framing;
		const char *before, *after, *read_before, *read_after;
	} rows[] = {{FRAMING_LINES, "a\n\nbc", "\nd", "a||bc", "|d|"},
	            {FRAMING_NETSTRING, "1:a,0:,300000:", ",1:d,", "a||", "|d|"},
	            {FRAMING_WHOLE, "a\n", "d", "a\n", "d|"}};
	static const size_t pieces[] = {1, 7, 65536, LONG + 64};
	for (size_t row = 0; row < COUNT(rows); row++)
		for (size_t i = 0; i < COUNT(pieces); i++) {
			size_t length = strlen(rows[row].before);
			size_t wanted = strlen(rows[row].read_before);
			check_about("framing %d in pieces of %zu", rows[row].framing,
			            pieces[i]);
			memset(text, 'x', sizeof text);
			memset(expected, 'x', sizeof expected);
			memcpy(text, rows[row].before, length);
			strcpy(text + length + LONG, rows[row].after);
			length += LONG + strlen(rows[row].after);
			memcpy(expected, rows[row].read_before, wanted);
			strcpy(expected + wanted + LONG, rows[row].read_after);
			wanted += LONG + strlen(rows[row].read_after);
			size_t used = read_in_pieces(rows[row].framing, text, length,
			                             pieces[i], out);
			CHECK_BYTES(out, used, expected, wanted);
		}
}

static void begin_file(struct frame_reader *reader, FILE *file, enum framing framing,
                       const struct frame_priorities *with, size_t longest)
{
	fflush(file);
	rewind(file);
	CHECK(frame_reader_begin(reader, framing, with, longest));
	reader->fd = fileno(file);
}

TEST(a_stream_that_is_longer_than_the_buffer_is_read_whole)
{
	enum { LINES = 1000 };
	static char line[LINES];
	struct frame_reader reader;
	struct frame frame;
	FILE *file = tmpfile();
	memset(line, 'x', sizeof line);
	for (int i = 0; i < LINES; i++)
		fprintf(file, "%.*s\n", i, line);
	begin_file(&reader, file, FRAMING_LINES, NULL, LINES);
	for (int i = 0; i < LINES; i++) {
		CHECK_EQUAL(frame_next(&reader, &frame), FRAME_MESSAGE);
		CHECK_EQUAL(frame.length, i);
	}
	CHECK_EQUAL(frame_next(&reader, &frame), FRAME_END);
	frame_reader_end(&reader, true);
	fclose(file);
}

/* The offset of a file after two of its three messages were read. */
static long position_after_two(enum framing framing, const char *text, bool last_is_done)
{
	struct frame_reader reader;
	struct frame frame;
	FILE *file = tmpfile();
	fputs(text, file);
	begin_file(&reader, file, framing, NULL, 10);
	CHECK_EQUAL(frame_next(&reader, &frame), FRAME_MESSAGE);
	CHECK_EQUAL(frame_next(&reader, &frame), FRAME_MESSAGE);
	frame_reader_end(&reader, last_is_done);
	long position = lseek(fileno(file), 0, SEEK_CUR);
	fclose(file);
	return position;
}

TEST(a_file_is_positioned_after_the_last_message_that_was_done)
{
	CHECK_EQUAL(position_after_two(FRAMING_LINES, "one\ntwo\nthree", true), 8);
	CHECK_EQUAL(position_after_two(FRAMING_LINES, "one\ntwo\nthree", false), 4);
	CHECK_EQUAL(position_after_two(FRAMING_NETSTRING, "1:a,2:bc,1:d,", true), 9);
	CHECK_EQUAL(position_after_two(FRAMING_NETSTRING, "1:a,2:bc,1:d,", false), 4);
}

TEST(a_whole_file_that_was_read_is_not_given_back)
{
	struct frame_reader reader;
	struct frame frame;
	FILE *file = tmpfile();
	fputs("all\nof it", file);
	begin_file(&reader, file, FRAMING_WHOLE, NULL, 10);
	CHECK_EQUAL(frame_next(&reader, &frame), FRAME_MESSAGE);
	CHECK_EQUAL(frame_next(&reader, &frame), FRAME_END);
	frame_reader_end(&reader, false);
	CHECK_EQUAL(lseek(fileno(file), 0, SEEK_CUR), 9);
	fclose(file);
}

/* ---------------------------------------------------------------- writing */

static void check_encoded(enum framing framing, bool with_priority, const char *message,
                          size_t length, int64_t priority, const char *expected,
                          size_t expected_length)
{
	struct frame_writer writer;
	CHECK(frame_writer_begin(&writer, framing, with_priority, "/jobs", length));
	memcpy(writer.message, message, length);
	for (int times = 0; times < 2; times++) {
		size_t size = length;
		const char *text = frame_encode(&writer, &size, priority);
		CHECK_BYTES(text, size, expected, expected_length);
		CHECK_BYTES(writer.message, length, message, length);
	}
	frame_writer_end(&writer);
}

#define CHECK_ENCODED(framing, with_priority, message, priority, expected)               \
	check_encoded(framing, with_priority, message, sizeof message - 1, priority,     \
	              expected, sizeof expected - 1)

TEST(a_message_is_written_with_what_belongs_around_it)
{
	CHECK_ENCODED(FRAMING_WHOLE, false, "hello", 7, "hello");
	CHECK_ENCODED(FRAMING_WHOLE, true, "hello", 7, "7\thello");
	CHECK_ENCODED(FRAMING_LINES, false, "hello", 7, "hello\n");
	CHECK_ENCODED(FRAMING_LINES, true, "", 0, "0\t\n");
	CHECK_ENCODED(FRAMING_NUL, false, "a\0b", 7, "a\0b\0");
	CHECK_ENCODED(FRAMING_NETSTRING, false, "hello", 7, "5:hello,");
	CHECK_ENCODED(FRAMING_NETSTRING, false, "", 7, "0:,");
	CHECK_ENCODED(FRAMING_NETSTRING, true, "hello", 10, "8:10\thello,");
	CHECK_ENCODED(FRAMING_NETSTRING, true, "x", INT64_MAX,
	              "21:9223372036854775807\tx,");
}

TEST(a_message_is_written_as_an_object)
{
	CHECK_ENCODED(
	    FRAMING_JSON, false, "Ten", 10,
	    "{\"queue\":\"/jobs\",\"priority\":10,\"size\":3,\"text\":\"Ten\"}\n");
	CHECK_ENCODED(FRAMING_JSON, true, "", 0,
	              "{\"queue\":\"/jobs\",\"priority\":0,\"size\":0,\"text\":\"\"}\n");
	CHECK_ENCODED(
	    FRAMING_JSON, false, "a\0\n", 0,
	    "{\"queue\":\"/jobs\",\"priority\":0,\"size\":3,\"text\":\"a\\u0000\\n\"}\n");
	CHECK_ENCODED(
	    FRAMING_JSON, false, "\xff\xfe\xfd", 1,
	    "{\"queue\":\"/jobs\",\"priority\":1,\"size\":3,\"base64\":\"//79\"}\n");
}

TEST(an_object_has_room_for_a_message_whose_every_byte_is_escaped)
{
	struct frame_writer writer;
	size_t length = 8192;
	CHECK(frame_writer_begin(&writer, FRAMING_JSON, false, "/q", length));
	memset(writer.message, 1, length);
	size_t size = length;
	const char *text = frame_encode(&writer, &size, 0);
	CHECK(size > 6 * length && text[size - 1] == '\n');
	frame_writer_end(&writer);
}

/* Any byte but the one that ends a message. */
static char byte_of_message(enum framing framing, size_t length, size_t i)
{
	char c = (char)(length * 31 + i * 7);
	bool ends = (framing == FRAMING_LINES && c == '\n') ||
	            (framing == FRAMING_NUL && c == '\0');
	return ends ? 'x' : c;
}

static void check_reads_back(enum framing framing)
{
	enum { BYTES_MAX = 300 };
	struct frame_writer writer;
	struct frame_reader reader;
	struct frame frame;
	FILE *file = tmpfile();
	CHECK(frame_writer_begin(&writer, framing, true, "", BYTES_MAX));
	for (size_t length = 0; length <= BYTES_MAX; length++) {
		size_t size = length;
		for (size_t i = 0; i < length; i++)
			writer.message[i] = byte_of_message(framing, length, i);
		const char *text =
		    frame_encode(&writer, &size, (int64_t)(1 + length % 25));
		fwrite(text, 1, size, file);
	}
	frame_writer_end(&writer);
	begin_file(&reader, file, framing, &priorities, BYTES_MAX);
	for (size_t length = 0; length <= BYTES_MAX; length++) {
		char expected[BYTES_MAX];
		check_about("framing %d, %zu bytes", (int)framing, length);
		CHECK_EQUAL(frame_next(&reader, &frame), FRAME_MESSAGE);
		CHECK_EQUAL(frame.priority, 1 + length % 25);
		for (size_t i = 0; i < length; i++)
			expected[i] = byte_of_message(framing, length, i);
		CHECK_BYTES(frame.bytes, frame.length, expected, length);
	}
	CHECK_EQUAL(frame_next(&reader, &frame), FRAME_END);
	frame_reader_end(&reader, true);
	fclose(file);
}

TEST(what_is_written_reads_back)
{
	check_reads_back(FRAMING_NETSTRING);
	check_reads_back(FRAMING_NUL);
	check_reads_back(FRAMING_LINES);
}

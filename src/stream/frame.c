/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/value.h"
#include "io/input.h"
#include "io/json.h"
#include "io/record.h"
#include "stream/frame.h"

enum {
	BLOCK = 65536,
	PRIORITY_ROOM = 20, /* digits of the highest priority, and the tab */
	LENGTH_DIGITS = 18, /* of a length that fits in a size_t */
	FRAME_ROOM = PRIORITY_ROOM + LENGTH_DIGITS + 2, /* around the longest message */
};

/* ---------------------------------------------------------------- reading */

/* A whole input that is too long is detected by one byte more than fits. */
static size_t max_buffer_size(enum framing framing, size_t longest)
{
	return longest + FRAME_ROOM + (framing == FRAMING_WHOLE ? 0 : BLOCK);
}

static bool begin_with_size(struct frame_reader *reader, enum framing framing,
                            const struct frame_priorities *priorities, size_t longest,
                            size_t size)
{
	*reader = (struct frame_reader){.framing = framing,
	                                .priorities = priorities,
	                                .longest = longest,
	                                .buffer = malloc(size),
	                                .size = size};
	if (reader->buffer != NULL)
		return true;
	errno = ENOMEM; /* not EAGAIN, of mmap(2), which is "would block" */
	return false;
}

bool frame_reader_begin(struct frame_reader *reader, enum framing framing,
                        const struct frame_priorities *priorities, size_t longest)
{
	return begin_with_size(reader, framing, priorities, longest,
	                       max_buffer_size(framing, longest));
}

bool frame_reader_begin_small(struct frame_reader *reader, enum framing framing,
                              size_t longest)
{
	return begin_with_size(reader, framing, NULL, longest, BLOCK);
}

size_t frame_reader_larger(const struct frame_reader *reader)
{
	size_t max = max_buffer_size(reader->framing, reader->longest);
	return reader->size < max / 2 ? reader->size * 2 : max;
}

static bool resize_buffer(struct frame_reader *reader, size_t size)
{
	char *buffer = realloc(reader->buffer, size);
	if (buffer == NULL) {
		errno = ENOMEM;
		return false;
	}
	reader->buffer = buffer;
	reader->size = size;
	return true;
}

bool frame_reader_grow(struct frame_reader *reader)
{
	return resize_buffer(reader, frame_reader_larger(reader));
}

bool frame_reader_shrink(struct frame_reader *reader)
{
	if (reader->size <= BLOCK || reader->begin + reader->consumed < reader->end)
		return false;
	reader->begin = reader->end = reader->consumed = reader->scanned = 0;
	return resize_buffer(reader, BLOCK);
}

void frame_reader_free(struct frame_reader *reader)
{
	free(reader->buffer);
	reader->buffer = NULL;
}

void frame_reader_end(struct frame_reader *reader, bool last_is_done)
{
	if (last_is_done)
		reader->begin += reader->consumed;
	if (reader->begin < reader->end)
		lseek(reader->fd, (off_t)reader->begin - (off_t)reader->end, SEEK_CUR);
	frame_reader_free(reader);
}

/* Maximum length of a priority and its tab. */
static size_t max_priority_length(const struct frame_reader *reader)
{
	return reader->priorities != NULL ? reader->priorities->digits + 1 : 0;
}

/* Maximum length of the contents of a frame: the priority and the message. */
static size_t max_contents_length(const struct frame_reader *reader)
{
	return reader->longest + max_priority_length(reader);
}

/* How many bytes to read: of a whole input no more than show that it is too long. */
static size_t bytes_to_read(const struct frame_reader *reader)
{
	size_t room = reader->size - reader->end;
	size_t rest = max_contents_length(reader) + 1 - reader->end;
	return reader->framing == FRAMING_WHOLE && rest < room ? rest : room;
}

static void move_to_begin(struct frame_reader *reader)
{
	if (reader->begin == 0 || reader->size - reader->end >= BLOCK)
		return;
	memmove(reader->buffer, reader->buffer + reader->begin,
	        reader->end - reader->begin);
	reader->end -= reader->begin;
	reader->begin = 0;
}

/* The message that was returned last is processed. */
static void consume_frame(struct frame_reader *reader)
{
	reader->begin += reader->consumed;
	reader->consumed = 0;
	if (reader->begin == reader->end)
		reader->begin = reader->end = 0;
}

char *frame_reader_space(struct frame_reader *reader, size_t *room)
{
	consume_frame(reader);
	move_to_begin(reader);
	*room = bytes_to_read(reader);
	return reader->buffer + reader->end;
}

void frame_reader_added(struct frame_reader *reader, size_t length)
{
	reader->end += length;
	reader->at_eof = length == 0;
}

/* Read at least one byte, or set at_eof. False with errno. */
static bool fill_buffer(struct frame_reader *reader)
{
	move_to_begin(reader);
	ssize_t length = input_read_from(
	    reader->fd, reader->deadline != NULL ? reader->deadline : &DEADLINE_NEVER,
	    reader->buffer + reader->end, bytes_to_read(reader));
	if (length < 0)
		return false;
	frame_reader_added(reader, (size_t)length);
	return true;
}

const char *frame_split_priority(struct frame *frame,
                                 const struct frame_priorities *priorities,
                                 const char *bytes, size_t length)
{
	uint64_t priority = 0;
	size_t digits = 0;
	while (digits < length && digits <= priorities->digits &&
	       value_is_digit(bytes[digits]))
		priority = priority * 10 + (uint64_t)(bytes[digits++] - '0');
	if (digits == 0)
		return "does not begin with a priority and a tab";
	if (digits > priorities->digits || priority > (uint64_t)priorities->max ||
	    priority < (uint64_t)priorities->min)
		return priorities->rule;
	if (digits == length || bytes[digits] != '\t')
		return "has no tab after the priority";
	*frame = (struct frame){.bytes = bytes + digits + 1,
	                        .length = length - digits - 1,
	                        .priority = (int64_t)priority};
	return NULL;
}

static enum frame_result broken_frame(struct frame *frame, const char *why)
{
	*frame = (struct frame){.bytes = why};
	return FRAME_BROKEN;
}

/* The contents of a frame are complete: split them into priority and message. */
static enum frame_result complete_frame(const struct frame_reader *reader,
                                        struct frame *frame, const char *bytes,
                                        size_t length, bool cut)
{
	*frame = (struct frame){.bytes = bytes, .length = length};
	if (reader->priorities != NULL) {
		const char *wrong =
		    frame_split_priority(frame, reader->priorities, bytes, length);
		if (wrong != NULL)
			return broken_frame(frame, wrong);
	}
	frame->truncated = cut;
	return frame->length > reader->longest ? FRAME_TOO_LONG : FRAME_MESSAGE;
}

static enum frame_result next_whole(struct frame_reader *reader, struct frame *frame)
{
	size_t length = reader->end;
	if (!reader->at_eof && length <= max_contents_length(reader))
		return FRAME_MORE;
	reader->consumed = length;
	reader->is_over = true;
	return complete_frame(reader, frame, reader->buffer, length, !reader->at_eof);
}

static enum frame_result next_delimited(struct frame_reader *reader, struct frame *frame,
                                        char delimiter)
{
	const char *from = reader->buffer + reader->begin;
	size_t length = reader->end - reader->begin;
	const char *found =
	    memchr(from + reader->scanned, delimiter, length - reader->scanned);
	reader->scanned = length;
	if (found != NULL)
		length = (size_t)(found - from);
	else if (reader->at_eof && length == 0)
		return FRAME_END;
	else if (!reader->at_eof && length <= max_contents_length(reader))
		return FRAME_MORE;
	reader->scanned = 0;
	reader->consumed = length + (found != NULL);
	return complete_frame(reader, frame, from, length,
	                      found == NULL && !reader->at_eof);
}

static enum frame_result next_netstring(struct frame_reader *reader, struct frame *frame)
{
	const char *from = reader->buffer + reader->begin;
	size_t have = reader->end - reader->begin, digits = 0, length = 0;
	if (reader->at_eof && have == 0)
		return FRAME_END;
	while (digits < have && value_is_digit(from[digits]))
		length = length * 10 + (size_t)(from[digits++] - '0');
	if (digits > LENGTH_DIGITS)
		return broken_frame(frame, "is a netstring whose length is out of range");
	if (digits < have && (digits == 0 || from[digits] != ':'))
		return broken_frame(frame, "is not a netstring, LENGTH:BYTES,");
	if (digits > 1 && from[0] == '0')
		return broken_frame(frame, "is a netstring whose length begins with 0");
	if (digits < have && length > max_contents_length(reader)) {
		size_t prefix = max_priority_length(reader);
		*frame =
		    (struct frame){.length = length - prefix, .truncated = prefix > 0};
		return FRAME_TOO_LONG;
	}
	if (digits < have && have - digits - 1 > length) {
		if (from[digits + 1 + length] != ',')
			return broken_frame(frame, "is a netstring without its comma");
		reader->consumed = digits + 1 + length + 1;
		return complete_frame(reader, frame, from + digits + 1, length, false);
	}
	if (reader->at_eof)
		return broken_frame(frame, "is an incomplete netstring");
	return FRAME_MORE;
}

static enum frame_result next_in_buffer(struct frame_reader *reader, struct frame *frame)
{
	switch (reader->framing) {
	case FRAMING_WHOLE: return next_whole(reader, frame);
	case FRAMING_LINES: return next_delimited(reader, frame, '\n');
	case FRAMING_NUL: return next_delimited(reader, frame, '\0');
	case FRAMING_NETSTRING: return next_netstring(reader, frame);
	case FRAMING_JSON: break;
	}
	return FRAME_END;
}

enum frame_result frame_next_held(struct frame_reader *reader, struct frame *frame)
{
	consume_frame(reader);
	return reader->is_over ? FRAME_END : next_in_buffer(reader, frame);
}

enum frame_result frame_next(struct frame_reader *reader, struct frame *frame)
{
	for (;;) {
		enum frame_result result = frame_next_held(reader, frame);
		if (result != FRAME_MORE)
			return result;
		if (!fill_buffer(reader))
			return FRAME_FAILED;
	}
}

/* ---------------------------------------------------------------- writing */

enum {
	TAILROOM = 1,
	JSON_REST = sizeof ",\"base64\":\"\"}\n",
};

_Static_assert(FRAME_HEADROOM >= LENGTH_DIGITS + 1 + PRIORITY_ROOM, "a netstring's head");
_Static_assert(FRAME_HEADROOM % sizeof(int64_t) == 0, "the message is aligned");

bool frame_writer_begin(struct frame_writer *writer, enum framing framing,
                        bool with_priority, const char *source, size_t longest)
{
	size_t json = framing == FRAMING_JSON
	                  ? RECORD_BYTES_MAX + json_string_max(longest) + JSON_REST
	                  : 1;
	*writer =
	    (struct frame_writer){.framing = framing,
	                          .with_priority = with_priority,
	                          .source = source,
	                          .buffer = malloc(FRAME_HEADROOM + longest + TAILROOM),
	                          .json = malloc(json)};
	if (writer->buffer == NULL || writer->json == NULL) {
		frame_writer_end(writer);
		return false;
	}
	writer->message = writer->buffer + FRAME_HEADROOM;
	return true;
}

void frame_writer_end(struct frame_writer *writer)
{
	free(writer->buffer);
	free(writer->json);
	writer->buffer = writer->json = NULL;
}

/* {"queue":"/jobs","priority":10,"size":3,"text":"Ten"} and a newline: its length. */
static size_t format_json_line(const struct frame_writer *writer, size_t length,
                               int64_t priority)
{
	static const struct record_column columns[] = {
	    {"queue", 0}, {"priority", 0}, {"size", 0}, {NULL, 0}};
	struct record record;
	record_begin(&record, writer->write_head != NULL ? writer->columns : columns,
	             true);
	if (writer->write_head != NULL) {
		writer->write_head(&record, writer->head_argument);
	} else {
		record_text(&record, writer->source);
		record_number(&record, priority);
	}
	record_number(&record, (int64_t)length);
	memcpy(writer->json, record_bytes(&record), record.length);
	char *contents = writer->json + record.length;
	char *at = stpcpy(contents, ",\"text\":");
	size_t size = json_string(at, writer->message, length);
	at += size;
	if (size == 0) {
		at = stpcpy(contents, ",\"base64\":\"");
		at += json_base64(at, writer->message, length);
		*at++ = '"';
	}
	at = stpcpy(at, "}\n");
	return (size_t)(at - writer->json);
}

char *frame_write_head(char *end, enum framing framing, const char *id,
                       const int64_t *priority, size_t length)
{
	char *begin = end;
	if (priority != NULL) {
		*--begin = '\t';
		begin = value_format_decimal(begin, (uint64_t)*priority);
	}
	if (id != NULL) {
		size_t id_length = strlen(id);
		*--begin = '\t';
		begin = memcpy(begin - id_length, id, id_length);
	}
	if (framing == FRAMING_NETSTRING) {
		size_t contents = (size_t)(end - begin) + length;
		*--begin = ':';
		begin = value_format_decimal(begin, contents);
	}
	return begin;
}

/* Write the framing around the message, into the head- and tailroom. */
static const char *add_framing(const struct frame_writer *writer, size_t *length,
                               int64_t priority)
{
	char *begin = frame_write_head(writer->message, writer->framing, NULL,
	                               writer->with_priority ? &priority : NULL, *length);
	char *end = writer->message + *length;
	if (writer->framing != FRAMING_WHOLE)
		*end++ = writer->framing == FRAMING_LINES ? '\n'
		         : writer->framing == FRAMING_NUL ? '\0'
		                                          : ',';
	*length = (size_t)(end - begin);
	return begin;
}

const char *frame_encode(const struct frame_writer *writer, size_t *length,
                         int64_t priority)
{
	if (writer->framing != FRAMING_JSON)
		return add_framing(writer, length, priority);
	*length = format_json_line(writer, *length, priority);
	return writer->json;
}

int frame_write(const struct frame_writer *writer, struct output *output, size_t length,
                int64_t priority, size_t *written)
{
	const char *text = frame_encode(writer, &length, priority);
	return output_try_write(output, text, length, written);
}

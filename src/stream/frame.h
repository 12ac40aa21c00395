/* SPDX-License-Identifier: MIT */
/*
 * Messages to and from a stream of bytes: the whole input, lines, NUL-terminated strings
 * or netstrings ("5:hello,"), each optionally with a priority before it ("10<tab>hello";
 * in a netstring inside it: "8:10<tab>hello,"). The sender defines which priorities are
 * valid; those of a System V queue are types.
 */
#ifndef STREAM_FRAME_H
#define STREAM_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/deadline.h"
#include "io/output.h"
#include "stream/framing.h"

/* The priorities that a message can have. */
struct frame_priorities {
	int64_t min, max;
	int64_t default_priority; /* of a message without one */
	size_t digits;            /* of max */
	const char *rule;         /* violated: "has a priority greater than 32767" */
};

struct record_column;
struct record;

/* One message; its bytes are in the buffer of the reader, until the next call. */
struct frame {
	const char *bytes;
	size_t length;
	int64_t priority; /* 0 if none is read */
	bool truncated;   /* longer than the buffer: length is less than its length */
};

/*
 * A reader of standard input, or of the descriptor that the caller sets after
 * frame_reader_begin(). Its one buffer holds the longest message and a block, however
 * long the stream is. A message is returned as soon as it is complete.
 */
struct frame_reader {
	int fd;                          /* 0 */
	const struct deadline *deadline; /* of the next call; NULL: without limit */
	enum framing framing;
	const struct frame_priorities *priorities; /* NULL: none are read */
	bool at_eof;                               /* end of file was read */
	bool is_over;                              /* the whole input was returned */
	size_t longest;                            /* maximum length of a message */
	char *buffer;
	size_t size, begin, end; /* bytes begin to end are read and not consumed */
	size_t scanned;          /* bytes after begin that have no delimiter */
	size_t consumed;         /* length of the last frame, with its delimiter */
};

enum frame_result {
	FRAME_MESSAGE,
	FRAME_END,      /* no more messages */
	FRAME_TOO_LONG, /* longer than `longest`: frame->length, or more if truncated */
	FRAME_BROKEN,   /* frame->bytes is a text that says why: "is not a netstring" */
	FRAME_FAILED,   /* errno: EINTR after a termination signal, or as the deadline */
	FRAME_MORE,     /* the message is not complete yet: of frame_next_held() only */
};

/* False: out of memory. On success frame_reader_end() must be called. */
bool frame_reader_begin(struct frame_reader *reader, enum framing framing,
                        const struct frame_priorities *priorities, size_t longest);

/* The next message. It must not be called again after a result but FRAME_MESSAGE. */
enum frame_result frame_next(struct frame_reader *reader, struct frame *frame);

/*
 * For a caller that reads for several readers, each when its descriptor is ready: the
 * buffer is small at first, and the caller lets it grow.
 *
 *     if (!frame_reader_begin_small(&reader, framing, longest)) …
 *     … poll(2) …
 *     space = frame_reader_space(&reader, &room);
 *     if (room == 0 && frame_reader_grow(&reader))
 *             space = frame_reader_space(&reader, &room);
 *     frame_reader_added(&reader, read(fd, space, room));
 *     while (frame_next_held(&reader, &frame) == FRAME_MESSAGE) …
 */
bool frame_reader_begin_small(struct frame_reader *reader, enum framing framing,
                              size_t longest);

/* The place to read to, and its size; 0: the buffer is full and must grow. */
char *frame_reader_space(struct frame_reader *reader, size_t *room);

/* `length` bytes were read there; 0: end of file. */
void frame_reader_added(struct frame_reader *reader, size_t length);

/* The size of the buffer after frame_reader_grow(), which is false if out of memory. */
size_t frame_reader_larger(const struct frame_reader *reader);
bool frame_reader_grow(struct frame_reader *reader);

/* If nothing is held, make the buffer small again: true if it was not. */
bool frame_reader_shrink(struct frame_reader *reader);

/* As frame_next(), but FRAME_MORE if more has to be read for a message. */
enum frame_result frame_next_held(struct frame_reader *reader, struct frame *frame);

/* Release the buffer only. */
void frame_reader_free(struct frame_reader *reader);

/*
 * Release the buffer. Set the offset of a seekable input to the end of the last message
 * that was processed: all that were returned, the last one only if last_is_done.
 */
void frame_reader_end(struct frame_reader *reader, bool last_is_done);

/* Split "10<tab>hello" into the priority and the message: NULL, or a text that says why
 * it is not valid. */
const char *frame_split_priority(struct frame *frame,
                                 const struct frame_priorities *priorities,
                                 const char *bytes, size_t length);

/*
 * Write what stands before a message of this length so that it ends before `end`: its
 * first byte. The id and the priority have a tab after them; NULL: none. It takes at most
 * FRAME_HEADROOM bytes, the id and its tab.
 */
char *frame_write_head(char *end, enum framing framing, const char *id,
                       const int64_t *priority, size_t length);

/* A writer has the buffer that a message is received into, and writes it from there. */
enum {
	FRAME_HEADROOM = 40 /* bytes before writer->message that the writer uses */
};

struct frame_writer {
	enum framing framing;
	bool with_priority;
	const char *source; /* {"queue":SOURCE,…; must outlive the writer */
	/* set by the caller if JSON has other members than these before the size */
	const struct record_column *columns;
	void (*write_head)(struct record *record, const void *head_argument);
	const void *head_argument;
	char *buffer;  /* headroom, message, tailroom */
	char *json;    /* the line of FRAMING_JSON */
	char *message; /* in buffer: `longest` bytes, aligned as an int64_t */
};

/* False: out of memory. On success frame_writer_end() must be called. */
bool frame_writer_begin(struct frame_writer *writer, enum framing framing,
                        bool with_priority, const char *source, size_t longest);

/*
 * The message of *length bytes in writer->message with its framing: its first byte and
 * *length, valid until the next call. The message itself is not changed.
 */
const char *frame_encode(const struct frame_writer *writer, size_t *length,
                         int64_t priority);

/* Write it with its framing; returns as output_try_write(). */
int frame_write(const struct frame_writer *writer, struct output *output, size_t length,
                int64_t priority, size_t *written);

void frame_writer_end(struct frame_writer *writer);

#endif

/*
 * Messages to and from a stream of bytes: whole input, lines, NUL-ended
 * strings, netstrings ("5:hello,"), each with its priority in front if wished
 * ("10<tab>hello"; in a netstring inside it: "8:10<tab>hello,"). What counts as one is
 * the business of who sends it: a queue of System V calls it the type.
 */
#ifndef STREAM_FRAME_H
#define STREAM_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/deadline.h"
#include "io/output.h"

enum framing {
	FRAMING_WHOLE,     /* the whole stream is one message, even an empty one */
	FRAMING_LINES,     /* the newline is not part of it; the last may lack it */
	FRAMING_NUL,       /* ended by a NUL; the last may lack it */
	FRAMING_NETSTRING, /* LENGTH:bytes, */
	FRAMING_JSON, /* to write only: an object a line, its priority in it anyway */
};

/* The priorities that a message can have. */
struct frame_priorities {
	int64_t min, max;
	int64_t default_priority; /* of a message that is given none */
	size_t digits;            /* of the largest */
	const char *rule; /* what is wrong with any other: "has a priority of more …" */
};

struct record_column;
struct record;

/* One message; its bytes lie in the reader and stay until the next call. */
struct frame {
	const char *bytes;
	size_t length;
	int64_t priority; /* 0 where none is read */
	bool truncated;   /* too long to have been seen to its end */
};

/*
 * A reader of standard input, or of the descriptor that is put into it after it was
 * begun. It holds one buffer, of the longest message and a block, however long the stream
 * is. Messages are seen as soon as they have come in whole.
 */
struct frame_reader {
	int fd;                          /* 0 */
	const struct deadline *deadline; /* of the next call; NULL: for ever */
	enum framing framing;
	const struct frame_priorities *priorities; /* NULL: none are read */
	bool at_eof;                               /* there is no more input */
	size_t longest;                            /* bytes of a message at most */
	char *buffer;
	size_t size, begin, end; /* buffer[begin] to buffer[end] has been read */
	size_t scanned;          /* this much from begin has no delimiter */
	size_t consumed; /* of this length was the last frame, with its delimiter */
};

enum frame_result {
	FRAME_MESSAGE,
	FRAME_END,      /* there are no more */
	FRAME_TOO_LONG, /* more than longest: frame->length, or more where it is cut */
	FRAME_BROKEN,   /* frame->bytes says in words what is wrong */
	FRAME_FAILED,   /* errno; EINTR where a signal asked to end, or the deadline's */
	FRAME_MORE,     /* never returned: what has come in is no whole message yet */
};

/* False: no memory. Where it succeeds, frame_reader_end() gives it back. */
bool frame_reader_begin(struct frame_reader *reader, enum framing framing,
                        const struct frame_priorities *priorities, size_t longest);

/* After any other result than FRAME_MESSAGE there are no more calls. */
enum frame_result frame_next(struct frame_reader *reader, struct frame *frame);

/*
 * Where the input can be positioned (a file), put it behind the last message that was
 * dealt with: all that were returned, the last one of them only if so said.
 */
void frame_reader_end(struct frame_reader *reader, bool last_is_done);

/* "10<tab>hello": the priority and what follows it. NULL, or what is wrong in words. */
const char *frame_split_priority(struct frame *frame,
                                 const struct frame_priorities *priorities,
                                 const char *bytes, size_t length);

/* A writer owns the buffer that a message is received into, and writes it from there. */
enum {
	FRAME_HEADROOM = 40 /* bytes in front of writer->message that are its own */
};

struct frame_writer {
	enum framing framing;
	bool with_priority;
	const char *source; /* {"queue":SOURCE,…; must outlive the writer */
	/* JSON that begins with something else: what stands before the size */
	const struct record_column *columns;
	void (*write_head)(struct record *record, const void *head_argument);
	const void *head_argument;
	char *buffer;  /* room, a message, room */
	char *json;    /* room for a line; NULL without JSON */
	char *message; /* in buffer: longest bytes, aligned as what malloc(3) gives */
};

/* False: no memory; nothing is to be given back then. */
bool frame_writer_begin(struct frame_writer *writer, enum framing framing,
                        bool with_priority, const char *source, size_t longest);

/*
 * The message of *length bytes that stands in writer->message with what goes around it,
 * up to the next call: where that begins, and its whole length. The message stays as it
 * is.
 */
const char *frame_encode(const struct frame_writer *writer, size_t *length,
                         int64_t priority);

/* Write it so. Returns as output_try_write() does. */
int frame_write(const struct frame_writer *writer, struct output *output, size_t length,
                int64_t priority, size_t *written);

void frame_writer_end(struct frame_writer *writer);

#endif

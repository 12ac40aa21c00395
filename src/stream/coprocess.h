/* SPDX-License-Identifier: MIT */
/*
 * The conversation with a worker that stays: it is given messages on its standard input,
 * each as a netstring (stream/frame.h), and answers a line for each on its standard
 * output, in the order of the messages: a status, 0 to 255, in decimal, or the word
 * "dead", which means COPROCESS_DEAD.
 *
 *     int ends[2];
 *     if (coprocess_begin(&coprocess, ends) < 0) …
 *     … start the worker with ends[0] as standard input and ends[1] as standard output …
 *     close(ends[0]), close(ends[1]);
 *     while (…) {
 *             while (coprocess_has_room(&coprocess) && … a message is there …)
 *                     coprocess_give(&coprocess, &message);
 *             if (coprocess_flush(&coprocess) < 0) …
 *             coprocess_poll_fds(&coprocess, fds);
 *             poll(fds, 2, -1);
 *             if (coprocess_read(&coprocess) < 0 && errno != EAGAIN) …
 *             while (coprocess_next_answer(&coprocess, &status) == COPROCESS_ANSWER)
 *                     … the oldest message without an answer has this status …
 *     }
 *     coprocess_end(&coprocess);
 *
 * No function waits: only the ends of this process are O_NONBLOCK, those of the worker
 * are not. Messages that are given one after the other are written with one system call.
 * SIGPIPE must be ignored.
 *
 * The output of a worker is not trusted: an answer is valid only if it is a complete line
 * of that form, and its message has been written to the pipe completely.
 */
#ifndef STREAM_COPROCESS_H
#define STREAM_COPROCESS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	COPROCESS_DEAD = 65,    /* EX_DATAERR of <sysexits.h>: do not try again */
	COPROCESS_ID_MAX = 512, /* bytes of an id */
	COPROCESS_BATCH =
	    65536, /* unwritten bytes from which on nothing is to be added */
	COPROCESS_ANSWERS = 4096, /* bytes of answers that are read at once */
};

struct coprocess {
	int to, from; /* -1: closed */
	/* what is to be written: from begin to end; `next` is where the first message
	 * begins that is not completely written */
	char *output;
	size_t begin, next, end, room;
	uint64_t given;    /* bytes of all messages: where the next one begins */
	uint64_t read;     /* when `to` was closed: coprocess_bytes_read() */
	size_t unwritten;  /* messages that are not completely written */
	size_t unanswered; /* messages without an answer, those included */
	char answers[COPROCESS_ANSWERS];
	size_t answers_begin, answers_end;
	const char *broken; /* after COPROCESS_BROKEN: "answered …" */
};

/*
 * Make the two pipes; worker[0] and worker[1], which are close-on-exec, become the
 * worker's standard input and output, and are closed by the caller. -1 with errno of
 * pipe2(2): then there is nothing to end.
 */
int coprocess_begin(struct coprocess *coprocess, int worker[2]);
void coprocess_end(struct coprocess *coprocess);

struct coprocess_message {
	const char *bytes;
	size_t length;
	/* written before the message, each with a tab after it: NULL if it is not */
	const char *id;          /* at most COPROCESS_ID_MAX bytes, none of them a tab */
	const int64_t *priority; /* 0 or greater */
};

/* Have fewer than COPROCESS_BATCH bytes still to be written, and is its input open? */
bool coprocess_has_room(const struct coprocess *coprocess);

/* Add the message to those that coprocess_flush() writes. -1 with errno ENOMEM. */
int coprocess_give(struct coprocess *coprocess, const struct coprocess_message *message);

/*
 * Write what the pipe takes: 0, even if that is nothing. -1 with errno: EPIPE if the
 * worker has closed its input. Then that is closed here as well; it may still answer what
 * it has read.
 */
int coprocess_flush(struct coprocess *coprocess);

/*
 * How many of the bytes that were given has the worker read? A message whose first byte,
 * `given` before coprocess_give(), it has not read is unknown to it.
 */
uint64_t coprocess_bytes_read(const struct coprocess *coprocess);

/* No more messages: the worker finds the end of its input. An unwritten message is lost.
 */
void coprocess_close_input(struct coprocess *coprocess);

/*
 * Read answers, when all that were read before have been taken: the number of bytes. 0:
 * the worker has closed its output. -1 with errno, EAGAIN if none is there.
 */
ssize_t coprocess_read(struct coprocess *coprocess);

enum coprocess_answer {
	COPROCESS_NO_ANSWER, /* read more */
	COPROCESS_ANSWER,
	COPROCESS_BROKEN, /* see coprocess->broken: nothing else that it writes is used */
};

/* The next answer: *status, 0 to 255, is that of the oldest message without one. */
enum coprocess_answer coprocess_next_answer(struct coprocess *coprocess, int *status);

/*
 * Fill in two elements: the ends to be waited for, -1 if they are closed. POLLERR of the
 * first: the worker has closed its input, and coprocess_close_input() is to be called.
 */
void coprocess_poll_fds(const struct coprocess *coprocess, struct pollfd fds[2]);

#endif

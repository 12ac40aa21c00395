/* SPDX-License-Identifier: MIT */
/*
 * For inspect/why.c: what a process waits for, and who can end that, in a sentence.
 */
#ifndef INSPECT_WHY_SENTENCE_H
#define INSPECT_WHY_SENTENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "inspect/enders.h"

enum { WHY_SENTENCE_BYTES = 24576 };

/* All zeros is empty. It fits a record (io/record.h); a text that is too long is cut. */
struct why_sentence {
	char text[WHY_SENTENCE_BYTES];
	size_t length;
};

void why_sentence_put(struct why_sentence *sentence, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A name or a command, escaped as in messages. */
void why_sentence_put_name(struct why_sentence *sentence, const char *name);

/* "pid 7 mqsend" */
void why_sentence_put_process(struct why_sentence *sentence, struct census *census,
                              pid_t pid);

/* "pid 7 mqsend, pid 8 sh and 3 others" */
void why_sentence_put_processes(struct why_sentence *sentence, struct census *census,
                                const pid_t *pids, size_t count);

/* " (10 of 10 messages)", or nothing */
void why_sentence_put_fill(struct why_sentence *sentence, const struct object *object);

/* The word for JSON: "message", "room" … */
const char *why_sentence_word(enum blocked_on on);

/* "waits for room on /full (10 of 10 messages); no process has it open for reading"; of
 * the second of several events, "or for a signal". */
void why_sentence_put_wait(struct why_sentence *sentence, const struct enders *enders,
                           const struct census_waiter *waiter,
                           const struct enders_found *found, bool first);

/* "is stopped": of a process of which no wait is known, though it may be in a call. */
void why_sentence_put_state(struct why_sentence *sentence, const struct enders *enders,
                            pid_t pid, bool is_in_call);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * "(did you mean mqsend?)": the word that was meant, when one was mistyped.
 */
#ifndef IO_SUGGESTION_H
#define IO_SUGGESTION_H

#include <stddef.h>

/*
 * The number of single changes that make one word of the other: a letter inserted, left
 * out or replaced, or two neighbours exchanged (Damerau and Levenshtein, optimal string
 * alignment). Capitals of ASCII do not matter. More than `max` is max + 1; so is the
 * distance of a word of more than SUGGESTION_BYTES_MAX bytes.
 */
enum { SUGGESTION_BYTES_MAX = 32 };
int suggestion_distance(const char *a, size_t a_length, const char *b, size_t b_length,
                        int max);

enum { SUGGESTION_WORDS_MAX = 3 };

struct suggestion {
	const char *typed;
	size_t length;
	int distance; /* of the words, which are the nearest yet */
	int count;
	struct {
		const char *text;
		int length;
	} words[SUGGESTION_WORDS_MAX];
	char text[160];
};

/* Begin with what was typed. It and the candidates must live as long as the suggestion.
 */
void suggestion_begin(struct suggestion *suggestion, const char *typed, size_t length);

/* A word that it may have been: of `length` bytes, or each of a list "ofd posix flock".
 */
void suggestion_consider(struct suggestion *suggestion, const char *word, size_t length);
void suggestion_consider_words(struct suggestion *suggestion, const char *words);

/*
 * " (did you mean --json or --jobs?)", with `prefix` before each word; "" if none is near
 * enough: one change in a word of up to 4 bytes, two up to 8, otherwise three. A
 * beginning of 3 bytes or more is as near as one change.
 */
const char *suggestion_text(struct suggestion *suggestion, const char *prefix);

#endif

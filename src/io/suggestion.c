/* SPDX-License-Identifier: MIT */
#include "io/suggestion.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { ROW_SIZE = SUGGESTION_BYTES_MAX + 1, PREFIX_MIN = 3 };

/* Not tolower(3), which depends on the locale, in a builtin on the shell's. */
static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

int suggestion_distance(const char *a, size_t a_length, const char *b, size_t b_length,
                        int max)
{
	/* the rows of the table for this letter of a, the one before and that before it
	 */
	int rows[3][ROW_SIZE];
	if (a_length > SUGGESTION_BYTES_MAX || b_length > SUGGESTION_BYTES_MAX)
		return max + 1;
	for (int j = 0; j <= (int)b_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		int *row = rows[i % 3];
		const int *before = rows[(i - 1) % 3], *two_before = rows[(i + 1) % 3];
		row[0] = (int)i;
		for (size_t j = 1; j <= b_length; j++) {
			char x = lower(a[i - 1]), y = lower(b[j - 1]);
			row[j] = least(least(before[j], row[j - 1]) + 1,
			               before[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == lower(b[j - 2]) &&
			    y == lower(a[i - 2]))
				row[j] = least(row[j], two_before[j - 2] + 1);
		}
	}
	return least(rows[a_length % 3][b_length], max + 1);
}

static int distance_allowed(size_t length)
{
	return length < 2 ? 0 : length <= 4 ? 1 : length <= 8 ? 2 : 3;
}

void suggestion_begin(struct suggestion *suggestion, const char *typed, size_t length)
{
	*suggestion = (struct suggestion){
	    .typed = typed, .length = length, .distance = distance_allowed(length)};
}

static int distance_from_typed(const struct suggestion *suggestion, const char *word,
                               size_t length)
{
	int distance = suggestion_distance(suggestion->typed, suggestion->length, word,
	                                   length, suggestion->distance);
	bool is_beginning = suggestion->length >= PREFIX_MIN &&
	                    suggestion->length < length &&
	                    suggestion_distance(suggestion->typed, suggestion->length,
	                                        word, suggestion->length, 0) == 0;
	return is_beginning ? least(distance, 1) : distance;
}

void suggestion_consider(struct suggestion *suggestion, const char *word, size_t length)
{
	int distance = distance_from_typed(suggestion, word, length);
	if (suggestion->length < 2 || length < 2 || distance > suggestion->distance)
		return;
	if (distance < suggestion->distance)
		suggestion->count = 0;
	suggestion->distance = distance;
	if (suggestion->count == SUGGESTION_WORDS_MAX)
		return;
	suggestion->words[suggestion->count].text = word;
	suggestion->words[suggestion->count++].length = (int)length;
}

void suggestion_consider_words(struct suggestion *suggestion, const char *words)
{
	while (*words != '\0') {
		size_t length = strcspn(words, " ");
		suggestion_consider(suggestion, words, length);
		words += length + (words[length] != '\0');
	}
}

const char *suggestion_text(struct suggestion *suggestion, const char *prefix)
{
	char *text = suggestion->text;
	size_t size = sizeof suggestion->text, used = 0;
	text[0] = '\0';
	for (int i = 0; i < suggestion->count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s%.*s",
		                         i == 0                       ? " (did you mean "
		                         : i == suggestion->count - 1 ? " or "
		                                                      : ", ",
		                         prefix, suggestion->words[i].length,
		                         suggestion->words[i].text);
	if (used > 0 && used < size)
		snprintf(text + used, size - used, "?)");
	return text;
}

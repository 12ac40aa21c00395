/* SPDX-License-Identifier: MIT */
#include "compare.h"

#include <stdlib.h>
#include <string.h>

/* A line of a list, without its end. */
struct line {
	const char *at;
	size_t length;
};

static bool next_line(const char **text, struct line *line)
{
	if (**text == '\0')
		return false;
	line->at = *text;
	line->length = strcspn(*text, "\n");
	*text += line->length + ((*text)[line->length] == '\n');
	return true;
}

static bool same(struct line a, struct line b)
{
	return a.length == b.length && memcmp(a.at, b.at, a.length) == 0;
}

static bool begins_with(struct line whole, struct line part)
{
	return part.length <= whole.length && memcmp(whole.at, part.at, part.length) == 0;
}

/* Kind and name: two words, or three of a `message queue`. */
static struct line name_of(struct line line)
{
	static const char three[] = "message queue ";
	size_t words =
	    line.length > sizeof three && memcmp(line.at, three, sizeof three - 1) == 0
	        ? 3
	        : 2;
	size_t length = 0;
	while (length < line.length && words > 0)
		words -= line.at[length++] == ' ';
	return (struct line){line.at, length};
}

/* What stands behind the colon of a queue. */
static struct line messages_of(struct line line)
{
	const char *colon = memchr(line.at, ':', line.length);
	if (colon == NULL)
		return (struct line){line.at + line.length, 0};
	size_t before = (size_t)(colon - line.at) + 1;
	return (struct line){line.at + before, line.length - before};
}

static bool find(const char *list, struct line wanted, struct line *found)
{
	while (next_line(&list, found))
		if (same(name_of(*found), name_of(wanted)))
			return true;
	return false;
}

static bool is_queue(struct line line)
{
	static const char posix[] = "queue ", sysv[] = "message ";
	return (line.length > sizeof posix &&
	        memcmp(line.at, posix, sizeof posix - 1) == 0) ||
	       (line.length > sizeof sysv && memcmp(line.at, sysv, sizeof sysv - 1) == 0);
}

bool compare_has_new(const struct compare *compare)
{
	const char *seen = compare->seen;
	struct line line, other;
	while (next_line(&seen, &line))
		if (!find(compare->before, line, &other) &&
		    !find(compare->others, line, &other) &&
		    !find(compare->after, line, &other))
			return true;
	return false;
}

/* The text between the quotation marks of the next message. */
static bool next_message(struct line *messages, struct line *text)
{
	const char *begin = memchr(messages->at, '"', messages->length);
	if (begin == NULL)
		return false;
	const char *end =
	    memchr(begin + 1, '"', messages->length - (size_t)(begin + 1 - messages->at));
	if (end == NULL)
		return false;
	*text = (struct line){begin + 1, (size_t)(end - begin - 1)};
	messages->length -= (size_t)(end + 1 - messages->at);
	messages->at = end + 1;
	return true;
}

static bool has(const char *list, struct line text)
{
	return memmem(list, strlen(list), text.at, text.length) != NULL;
}

static bool holds(struct line messages, struct line text)
{
	return memmem(messages.at, messages.length, text.at, text.length) != NULL;
}

/* Is each message among the others? */
static bool are_among(struct line messages, struct line others)
{
	struct line text;
	while (next_message(&messages, &text))
		if (!holds(others, text))
			return false;
	return true;
}

/* A queue on its way from one list to the one afterwards: it has got some of the
 * messages, or lost some. */
static bool is_on_its_way(const struct compare *compare, const char *from,
                          struct line line)
{
	struct line first = {line.at, 0}, last = {line.at, 0};
	bool was = find(from, line, &first), will = find(compare->after, line, &last);
	if (!is_queue(line))
		return false;
	struct line there = messages_of(line);
	if (will && are_among(there, messages_of(last)) &&
	    (!was || are_among(messages_of(first), there)))
		return true;
	return was && are_among(there, messages_of(first));
}

/* Kind, name, type and mode, and apart from them, behind the size, the contents without
 * their last quotation mark. */
static bool split_contents(struct line line, struct line *head, struct line *contents)
{
	const char *quote = memchr(line.at, '"', line.length);
	if (is_queue(line) || quote == NULL || line.at[line.length - 1] != '"' ||
	    quote[-1] != ' ')
		return false;
	size_t length = (size_t)(quote - line.at) - 1;
	*contents = (struct line){quote + 1, line.length - length - 3};
	while (length > 0 && line.at[length - 1] != ' ')
		length--;
	*head = (struct line){line.at, length};
	return true;
}

/* A file that has received the first bytes of what it holds afterwards. */
static bool is_growing(const struct compare *compare, struct line line)
{
	struct line last, head, contents, last_head, last_contents;
	return find(compare->after, line, &last) &&
	       split_contents(line, &head, &contents) &&
	       split_contents(last, &last_head, &last_contents) &&
	       same(head, last_head) && begins_with(last_contents, contents);
}

static bool line_is_between(const struct compare *compare, struct line line)
{
	const char *const lists[] = {compare->before, compare->others, compare->after};
	struct line other;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (find(lists[i], line, &other) && same(line, other))
			return true;
	return is_on_its_way(compare, compare->before, line) ||
	       is_on_its_way(compare, compare->others, line) || is_growing(compare, line);
}

bool compare_is_between(const struct compare *compare)
{
	const char *seen = compare->seen, *before = compare->before;
	struct line line, other;
	while (next_line(&seen, &line))
		if (!line_is_between(compare, line))
			return false;
	/* what has gone is to go */
	while (next_line(&before, &line))
		if (!find(compare->seen, line, &other) &&
		    find(compare->others, line, &other) &&
		    find(compare->after, line, &other))
			return false;
	return true;
}

bool compare_has_lost(const struct compare *compare)
{
	const char *list = compare->before;
	struct line line, text;
	while (next_line(&list, &line)) {
		struct line messages = messages_of(line);
		while (is_queue(line) && next_message(&messages, &text))
			/* what another process takes, and what a complete run does not
			 * show either, is not lost */
			if (!has(compare->seen, text) && !has(compare->out, text) &&
			    has(compare->others, text) &&
			    (has(compare->after, text) || has(compare->out_after, text)))
				return true;
	}
	return false;
}

bool compare_is_part(const char *out, const char *all)
{
	struct line line, other;
	while (next_line(&out, &line)) {
		bool found = false;
		/* the last one may be cut */
		while (!found && next_line(&all, &other))
			found = same(line, other) ||
			        (*out == '\0' && begins_with(other, line));
		if (!found)
			return false;
	}
	return true;
}

bool compare_is_reordered(const char *seen, const char *list)
{
	struct line line, other;
	for (const char *at = seen; next_line(&at, &line);)
		if (!find(list, line, &other) ||
		    !(same(line, other) ||
		      (is_queue(line) && line.length == other.length &&
		       are_among(messages_of(line), messages_of(other)))))
			return false;
	for (const char *at = list; next_line(&at, &line);)
		if (!find(seen, line, &other))
			return false;
	return true;
}

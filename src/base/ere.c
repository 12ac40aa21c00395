/* SPDX-License-Identifier: MIT */
/*
 * The pattern becomes a program for a machine that is in many states at once (Thompson,
 * 1968): each character of the text moves all of them one step. Jumps are relative, so
 * that a part of the program can be moved and copied.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ere.h"
#include "base/value.h"

enum ere_operation {
	ERE_SET,    /* one character, of `second` ranges from the range `first` */
	ERE_OTHER,  /* one character, of none of them */
	ERE_SPLIT,  /* go on at both */
	ERE_BEGIN,  /* at the beginning of the text only */
	ERE_FINISH, /* at its end only */
	ERE_MATCH
};

struct ere_instruction {
	uint8_t operation;
	int16_t first, second;
};

struct ere_range {
	uint32_t low, high;
};

enum { ERE_PROGRAM_MAX = 2000, ERE_RANGES_MAX = 400, ERE_DEPTH_MAX = 50 };

struct ere_list {
	size_t count;
	uint16_t states[ERE_PROGRAM_MAX];
};

struct ere {
	int length, ranges;
	struct ere_instruction program[ERE_PROGRAM_MAX];
	struct ere_range range[ERE_RANGES_MAX];
	/* of a search */
	uint64_t step, added[ERE_PROGRAM_MAX]; /* the last step that added the state */
	struct ere_list lists[2];
	uint16_t stack[ERE_PROGRAM_MAX];
};

/* ------------------------------------------------------------------- characters */

/* The character at *text, which is moved after it; never more than the text has. */
static uint32_t ere_decode(const char **text, const char *end)
{
	const unsigned char *byte = (const unsigned char *)*text;
	uint32_t code = byte[0];
	int more = code >= 0xf0 ? 3 : code >= 0xe0 ? 2 : code >= 0xc0 ? 1 : 0;
	++*text;
	if (code < 0x80)
		return code;
	uint32_t value = code & (0x3fU >> more);
	if (more == 0 || more >= end - *text + 1)
		return 0x110000 + code;
	for (int i = 1; i <= more; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0x110000 + code;
		value = value << 6 | (byte[i] & 0x3f);
	}
	*text += more;
	return value;
}

/* ---------------------------------------------------------------------- compile */

struct ere_parser {
	struct ere *ere;
	const char *at, *end;
	int depth;
	const char *error; /* NULL: none yet */
};

static void ere_fail(struct ere_parser *parser, const char *error)
{
	if (parser->error == NULL)
		parser->error = error;
	parser->at = parser->end;
}

/* Make room for an instruction at `where`, and put it there. */
static void ere_insert(struct ere_parser *parser, int where, enum ere_operation operation,
                       int first, int second)
{
	struct ere *ere = parser->ere;
	if (ere->length == ERE_PROGRAM_MAX) {
		ere_fail(parser, "too long");
		return;
	}
	memmove(ere->program + where + 1, ere->program + where,
	        (size_t)(ere->length++ - where) * sizeof *ere->program);
	ere->program[where] =
	    (struct ere_instruction){(uint8_t)operation, (int16_t)first, (int16_t)second};
}

static void ere_append(struct ere_parser *parser, enum ere_operation operation, int first,
                       int second)
{
	ere_insert(parser, parser->ere->length, operation, first, second);
}

static void ere_add_range(struct ere_parser *parser, uint32_t low, uint32_t high)
{
	struct ere *ere = parser->ere;
	if (ere->ranges == ERE_RANGES_MAX)
		ere_fail(parser, "too long");
	else
		ere->range[ere->ranges++] = (struct ere_range){low, high};
}

/* "[:alpha:]": as ranges; false: no such class. */
static bool ere_add_class(struct ere_parser *parser, const char *name, size_t length)
{
	static const char classes[] = "alpha:AZaz alnum:AZaz09 blank:\t\t   "
	                              "cntrl:\001\037\177\177 digit:09 graph:!~ lower:az "
	                              "print:  !~ punct:!/:@[`{~ space:\t\r   upper:AZ "
	                              "xdigit:09AFaf ";
	/* two characters stand for a range; the blank of one may be such a character */
	for (const char *class = classes; *class != '\0';) {
		size_t own = strcspn(class, ":");
		const char *range = class + own + 1;
		bool is_it = own == length && memcmp(class, name, length) == 0;
		for (; *range != ' ' || range[1] == ' '; range += 2)
			if (is_it)
				ere_add_range(parser, (unsigned char)range[0],
				              (unsigned char)range[1]);
		if (is_it)
			return true;
		class = range + 1;
	}
	return false;
}

/* One character in brackets, perhaps as [.x.] or [=x=]. */
static uint32_t ere_parse_member(struct ere_parser *parser)
{
	const char *at = parser->at;
	if (at[0] != '[' || (at[1] != '.' && at[1] != '='))
		return ere_decode(&parser->at, parser->end);
	char kind = at[1];
	parser->at += 2;
	uint32_t code = ere_decode(&parser->at, parser->end);
	if (parser->end - parser->at < 2 || parser->at[0] != kind || parser->at[1] != ']')
		ere_fail(parser, "missing ']'");
	else
		parser->at += 2;
	return code;
}

static void ere_parse_brackets(struct ere_parser *parser)
{
	static const char unclosed[] = "missing ']'";
	int first = parser->ere->ranges;
	bool negated = *parser->at == '^';
	parser->at += negated;
	bool is_first = true;
	while (parser->at < parser->end && (is_first || *parser->at != ']')) {
		is_first = false;
		const char *end = parser->at[0] == '[' && parser->at[1] == ':'
		                      ? strstr(parser->at + 2, ":]")
		                      : NULL;
		if (end != NULL) {
			const char *name = parser->at + 2;
			if (!ere_add_class(parser, name, (size_t)(end - name)))
				ere_fail(parser, "unknown [:class:]");
			else
				parser->at = end + 2;
			continue;
		}
		uint32_t low = ere_parse_member(parser), high = low;
		if (parser->end - parser->at > 1 && parser->at[0] == '-' &&
		    parser->at[1] != ']') {
			parser->at++;
			high = ere_parse_member(parser);
		}
		if (high < low)
			ere_fail(parser, "invalid range");
		ere_add_range(parser, low, high);
	}
	if (parser->at >= parser->end)
		ere_fail(parser, unclosed);
	else
		parser->at++;
	ere_append(parser, negated ? ERE_OTHER : ERE_SET, first,
	           parser->ere->ranges - first);
}

static void ere_parse_alternatives(struct ere_parser *parser);

static void ere_parse_atom(struct ere_parser *parser)
{
	char c = *parser->at;
	if (c == '(') {
		parser->at++;
		if (++parser->depth > ERE_DEPTH_MAX)
			ere_fail(parser, "too long");
		ere_parse_alternatives(parser);
		parser->depth--;
		if (parser->at >= parser->end)
			ere_fail(parser, "missing ')'");
		else
			parser->at++;
	} else if (c == '[') {
		parser->at++;
		ere_parse_brackets(parser);
	} else if (c == '.') {
		parser->at++;
		ere_append(parser, ERE_OTHER, 0, 0);
	} else if (c == '^' || c == '$') {
		parser->at++;
		ere_append(parser, c == '^' ? ERE_BEGIN : ERE_FINISH, 0, 0);
	} else if (strchr("*+?{", c) != NULL) {
		ere_fail(parser, "nothing to repeat");
	} else {
		int first = parser->ere->ranges;
		parser->at += c == '\\';
		/* the others have a meaning in some libraries, or none */
		if (c == '\\' && strchr(".[]{}()*+?^$|\\/-", *parser->at) == NULL)
			ere_fail(parser, "unknown escape");
		if (parser->at >= parser->end) {
			ere_fail(parser, "unknown escape");
			return;
		}
		uint32_t code = ere_decode(&parser->at, parser->end);
		ere_add_range(parser, code, code);
		ere_append(parser, ERE_SET, first, 1);
	}
}

/* "{2}", "{2,}", "{2,5}": after the brace; most is -1 without a limit. */
static void ere_parse_bounds(struct ere_parser *parser, int *least, int *most)
{
	enum { BOUND_MAX = 255 /* RE_DUP_MAX */ };
	const char *end;
	bool is_number = value_is_digit(*parser->at);
	uint64_t low = value_strtoull(parser->at, &end, 10), high = low;
	if (*end == ',' && value_is_digit(end[1]))
		high = value_strtoull(end + 1, &end, 10);
	else if (*end == ',') {
		high = UINT64_MAX;
		end++;
	}
	if (!is_number || *end != '}' || low > high || low > BOUND_MAX ||
	    (high > BOUND_MAX && high != UINT64_MAX)) {
		ere_fail(parser, "invalid {bounds}");
		return;
	}
	parser->at = end + 1;
	*least = (int)low;
	*most = high == UINT64_MAX ? -1 : (int)high;
}

/* Append a copy of a part of the program. */
static void ere_copy(struct ere_parser *parser, const struct ere_instruction *part,
                     int length)
{
	for (int i = 0; i < length; i++)
		ere_append(parser, part[i].operation, part[i].first, part[i].second);
}

/* Repeat the part of the program that begins at `start`. */
static void ere_repeat(struct ere_parser *parser, int start, int least, int most)
{
	struct ere *ere = parser->ere;
	int length = ere->length - start;
	struct ere_instruction part[ERE_PROGRAM_MAX];
	memcpy(part, ere->program + start, (size_t)length * sizeof *part);
	ere->length = start;
	for (int i = 0; i < least; i++)
		ere_copy(parser, part, length);
	/* each may be left out; the last one goes back if there is no limit */
	for (int i = least; i < most || (most < 0 && i == least); i++) {
		ere_append(parser, ERE_SPLIT, 1, length + 1 + (most < 0));
		ere_copy(parser, part, length);
		if (most < 0)
			ere_append(parser, ERE_SPLIT, -length - 1, -length - 1);
	}
}

static void ere_parse_piece(struct ere_parser *parser)
{
	int start = parser->ere->length;
	ere_parse_atom(parser);
	while (parser->at < parser->end && strchr("*+?{", *parser->at) != NULL) {
		char c = *parser->at++;
		int least = c == '+', most = c == '?' ? 1 : -1;
		if (c == '{')
			ere_parse_bounds(parser, &least, &most);
		if (parser->error == NULL)
			ere_repeat(parser, start, least, most);
	}
}

/* Up to a ')' of an enclosing group, or the end. */
static void ere_parse_alternatives(struct ere_parser *parser)
{
	int start = parser->ere->length;
	while (parser->at < parser->end && *parser->at != ')' && *parser->at != '|')
		ere_parse_piece(parser);
	if (parser->at >= parser->end || *parser->at == ')')
		return;
	parser->at++;
	ere_insert(parser, start, ERE_SPLIT, 1, parser->ere->length - start + 2);
	int jump = parser->ere->length;
	ere_append(parser, ERE_SPLIT, 0, 0);
	ere_parse_alternatives(parser);
	if (parser->error == NULL) {
		int16_t length = (int16_t)(parser->ere->length - jump);
		parser->ere->program[jump].first = length;
		parser->ere->program[jump].second = length;
	}
}

const char *ere_compile(struct ere **ere, const char *pattern)
{
	struct ere_parser parser = {.ere = calloc(1, sizeof **ere),
	                            .at = pattern,
	                            .end = pattern + strlen(pattern)};
	*ere = parser.ere;
	if (parser.ere == NULL)
		return NULL;
	ere_parse_alternatives(&parser);
	if (parser.at < parser.end)
		ere_fail(&parser, "missing '('");
	ere_append(&parser, ERE_MATCH, 0, 0);
	if (parser.error != NULL)
		ere_free(parser.ere);
	return parser.error;
}

void ere_free(struct ere *ere)
{
	free(ere);
}

/* ----------------------------------------------------------------------- search */

/* Add a state, and those that are reached from it without a character: a match? */
static bool ere_add_state(struct ere *ere, struct ere_list *list, int state, bool begin,
                          bool end)
{
	size_t depth = 0;
	bool matched = false;
	int next[] = {state, state};
	for (;;) {
		for (int i = 0; i < 2; i++)
			if (next[i] >= 0 && ere->added[next[i]] != ere->step) {
				ere->added[next[i]] = ere->step;
				ere->stack[depth++] = (uint16_t)next[i];
			}
		if (depth == 0)
			return matched;
		int top = ere->stack[--depth];
		const struct ere_instruction *at = &ere->program[top];
		next[0] = next[1] = -1;
		if (at->operation == ERE_SPLIT) {
			next[0] = top + at->first;
			next[1] = top + at->second;
		} else if (at->operation == ERE_BEGIN || at->operation == ERE_FINISH) {
			if (at->operation == ERE_BEGIN ? begin : end)
				next[0] = top + 1;
		} else if (at->operation == ERE_MATCH) {
			matched = true;
		} else {
			list->states[list->count++] = (uint16_t)top;
		}
	}
}

static bool ere_accepts(const struct ere *ere, const struct ere_instruction *at,
                        uint32_t code)
{
	const struct ere_range *range = ere->range + at->first;
	int i = 0;
	while (i < at->second && (code < range[i].low || code > range[i].high))
		i++;
	return (i < at->second) == (at->operation == ERE_SET);
}

bool ere_matches(struct ere *ere, const char *text, size_t length)
{
	const char *at = text, *end = text + length;
	struct ere_list *now = &ere->lists[0], *next = &ere->lists[1];
	now->count = 0;
	ere->step++;
	for (;;) {
		/* a match may begin anywhere */
		if (ere_add_state(ere, now, 0, at == text, at == end))
			return true;
		if (at == end)
			return false;
		uint32_t code = ere_decode(&at, end);
		ere->step++;
		next->count = 0;
		for (size_t i = 0; i < now->count; i++) {
			int state = now->states[i];
			if (ere_accepts(ere, &ere->program[state], code) &&
			    ere_add_state(ere, next, state + 1, false, at == end))
				return true;
		}
		struct ere_list *other = now;
		now = next;
		next = other;
	}
}

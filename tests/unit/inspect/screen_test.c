/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "inspect/screen.h"

static int key_of(const char *bytes, size_t *used)
{
	return screen_parse_key(bytes, strlen(bytes), used);
}

TEST(a_key_is_a_byte_or_a_sequence)
{
	size_t used;
	CHECK_EQUAL(key_of("q", &used), 'q');
	CHECK_EQUAL(used, 1);
	CHECK_EQUAL(key_of("\r", &used), '\n');
	CHECK_EQUAL(key_of("\10", &used), SCREEN_KEY_BACKSPACE);
	CHECK_EQUAL(key_of("\303\244", &used), 0xc3);
	CHECK_EQUAL(key_of("\33[Ax", &used), SCREEN_KEY_UP);
	CHECK_EQUAL(used, 3);
	CHECK_EQUAL(key_of("\33OB", &used), SCREEN_KEY_DOWN);
	CHECK_EQUAL(key_of("\33[6~", &used), SCREEN_KEY_PAGE_DOWN);
	CHECK_EQUAL(used, 4);
	CHECK_EQUAL(key_of("\33[3~", &used), SCREEN_KEY_DELETE);
	CHECK_EQUAL(key_of("\33x", &used), SCREEN_KEY_ESCAPE);
	CHECK_EQUAL(used, 1);
}

TEST(a_sequence_that_is_not_complete_is_waited_for)
{
	size_t used;
	CHECK_EQUAL(key_of("\33", &used), SCREEN_NO_KEY);
	CHECK_EQUAL(used, 0);
	CHECK_EQUAL(key_of("\33[", &used), SCREEN_NO_KEY);
	CHECK_EQUAL(used, 0);
	CHECK_EQUAL(key_of("\33[1;", &used), SCREEN_NO_KEY);
	CHECK_EQUAL(used, 0);
}

TEST(an_unknown_sequence_is_skipped_as_a_whole)
{
	size_t used;
	CHECK_EQUAL(key_of("\33[1;5Aq", &used), SCREEN_NO_KEY);
	CHECK_EQUAL(used, 6);
	CHECK_EQUAL(key_of("\33[11111111111111111111111111111", &used), SCREEN_NO_KEY);
	CHECK_EQUAL(used, 16);
}

/* The text of a row, cells without text as '.'. */
static const char *row_text(const struct screen *screen, int row)
{
	static char text[256];
	char *end = text;
	for (int i = 0; i < screen->columns; i++) {
		const char *cell = screen->cells[row * screen->columns + i].text;
		size_t length = strnlen(cell, 4);
		memcpy(end, length > 0 ? cell : ".", length > 0 ? length : 1);
		end += length > 0 ? length : 1;
	}
	*end = '\0';
	return text;
}

TEST(a_text_is_cut_filled_up_and_escaped)
{
	struct screen_cell cells[2 * 10];
	struct screen screen = {.rows = 2, .columns = 10, .cells = cells};
	screen_clear(&screen);
	screen_put(&screen, 0, 1, 4, 0, "abcdef");
	screen_put(&screen, 1, 0, 4, SCREEN_RED, "ab");
	CHECK_EQUAL(row_text(&screen, 0), ".abcd.....");
	CHECK_EQUAL(row_text(&screen, 1), "ab  ......");
	CHECK_EQUAL(cells[10].style, SCREEN_RED);
	CHECK_EQUAL(cells[14].style, 0);
	screen_put(&screen, 0, 0, 10, 0, "\33[2J\303\244\377");
	CHECK_EQUAL(row_text(&screen, 0), "\\x1b[2J\303\244\\x");
	screen_put(&screen, 0, 0, -10, 0, "\303\244b");
	CHECK_EQUAL(row_text(&screen, 0), "        \303\244b");
}

TEST(outside_the_frame_nothing_is_put)
{
	struct screen_cell cells[3 * 4];
	struct screen screen = {.rows = 1, .columns = 4, .cells = cells + 4};
	memset(cells, 'x', sizeof cells);
	screen_clear(&screen);
	screen_put(&screen, 1, 0, 4, 0, "below");
	screen_put(&screen, -1, 0, 4, 0, "above");
	screen_put(&screen, 0, 4, 4, 0, "right");
	screen_put(&screen, 0, 2, 100, 0, "long");
	CHECK_EQUAL(row_text(&screen, 0), "..lo");
	CHECK_EQUAL(cells[3].text[0], 'x');
	CHECK_EQUAL(cells[8].text[0], 'x');
}

/* SPDX-License-Identifier: MIT */
#include "inspect/top_view.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "io/record.h"

/* The columns after the name, which has the rest of the line, and one before each. */
enum {
	KIND_WIDTH = 8,
	OWNER_WIDTH = 8,
	BAR_WIDTH = 8,
	FILL_WIDTH = 15,
	FILL_WIDTH_WIDE = 19, /* of a terminal of WIDE columns */
	WIDE = 100,
	COUNT_WIDTH = 5,
	AGE_WIDTH = 4,
	REST_WIDTH = KIND_WIDTH + OWNER_WIDTH + BAR_WIDTH + FILL_WIDTH + 2 * COUNT_WIDTH +
	             AGE_WIDTH + 7,
	NAME_WIDTH_MIN = 8,
};

/* Fields of a line from the left to the right. */
struct top_line {
	struct screen *screen;
	int row, column;
	unsigned style;
};

static void add_field(struct top_line *line, int width, unsigned style, const char *text)
{
	screen_put(line->screen, line->row, line->column, width, line->style | style,
	           text);
	line->column += width < 0 ? -width : width;
	screen_put(line->screen, line->row, line->column++, 1, line->style, "");
}

/* The columns of the fill and, in *name, those of the name. */
static int fill_width(const struct top *top, int *name)
{
	int fill = top->screen.columns < WIDE ? FILL_WIDTH : FILL_WIDTH_WIDE;
	*name = top->screen.columns - REST_WIDTH - (fill - FILL_WIDTH);
	if (*name < NAME_WIDTH_MIN)
		*name = NAME_WIDTH_MIN;
	return fill;
}

/* How much of the limit is used; red if no more messages or connections fit. */
static void add_bar(struct top_line *line, const struct object *object)
{
	static const char bar[BAR_WIDTH + 1] = "||||||||";
	uint64_t limit = object->limit, fill = object->fill, cells = 0;
	unsigned style = SCREEN_GREEN;
	bool is_counted = object->unit == OBJECT_UNIT_MESSAGES ||
	                  object->unit == OBJECT_UNIT_CONNECTIONS;
	for (; limit >> 60 != 0; limit >>= 1)
		fill >>= 1;
	if (fill > limit)
		fill = limit;
	if (limit > 0 && (is_counted || object->unit == OBJECT_UNIT_BYTES))
		cells = (fill * BAR_WIDTH + limit - 1) / limit;
	if (is_counted && fill == limit)
		style = SCREEN_RED;
	/* reversed, the colour would fill the cells without a bar too */
	add_field(line, BAR_WIDTH, (line->style & SCREEN_REVERSE) != 0 ? 0 : style,
	          bar + BAR_WIDTH - cells);
}

static void draw_line(struct top *top, int row, const struct object *object, int64_t now)
{
	char text[TABLE_FILL_BYTES];
	int name_width, width = fill_width(top, &name_width);
	struct top_line line = {.screen = &top->screen, .row = row};
	if (object->waiters > 0)
		line.style = SCREEN_RED;
	if (object == top_selected(top))
		line.style |= SCREEN_REVERSE;
	add_field(&line, KIND_WIDTH, 0, object_kind_word(object->identity.kind));
	add_field(&line, name_width, 0, object->name);
	text[0] = '\0';
	if (object->has_owner)
		record_user_text(text, object->uid);
	add_field(&line, OWNER_WIDTH, 0, text);
	add_bar(&line, object);
	add_field(&line, width, 0, table_fill_text(text, object));
	add_field(&line, -COUNT_WIDTH, 0, table_holders_text(text, &top->census, object));
	snprintf(text, sizeof text, "%u", object->waiters);
	add_field(&line, -COUNT_WIDTH, object->waiters > 0 ? SCREEN_BOLD : 0, text);
	add_field(&line, -AGE_WIDTH, 0, table_age_text(text, object, now));
}

static void draw_list(struct top *top)
{
	struct timespec now;
	size_t rows = (size_t)top_view_rows(top);
	if (top->selected < top->first)
		top->first = top->selected;
	if (top->selected >= top->first + rows)
		top->first = top->selected - rows + 1;
	clock_gettime(CLOCK_REALTIME, &now);
	for (size_t i = 0; i < rows && top->first + i < top->count; i++)
		draw_line(top, (int)i + 2,
		          &top->census.objects.objects[top->rows[top->first + i]],
		          now.tv_sec);
}

static void draw_heading(struct top *top)
{
	static const char *const sorts[] = {"kind",    "name",    "owner", "fill",
	                                    "holders", "waiters", "age"};
	char text[512], hidden[48];
	int name_width, width = fill_width(top, &name_width);
	unsigned waiting = 0;
	for (size_t i = 0; i < top->count; i++)
		waiting += top->census.objects.objects[top->rows[i]].waiters > 0;
	hidden[0] = '\0';
	if (top->census.hidden_processes > 0)
		snprintf(hidden, sizeof hidden, ", %zu processes hidden",
		         top->census.hidden_processes);
	snprintf(text, sizeof text, "ipcls: %zu objects, %u waited for%s, by %s%s%s",
	         top->count, waiting, hidden, sorts[top->sort],
	         top->search[0] != '\0' ? ", with " : "", top->search);
	screen_put(&top->screen, 0, 0, top->screen.columns, SCREEN_BOLD, text);
	snprintf(text, sizeof text,
	         "KIND     %-*s OWNER             %-*s  HELD  WAIT  AGE", name_width,
	         "NAME", width, "FILL");
	screen_put(&top->screen, 1, 0, top->screen.columns, SCREEN_REVERSE, text);
}

/* The text, from the first line to be seen, in place of the list. */
static void draw_text(struct top *top)
{
	const char *text = top->text;
	char line[1024];
	for (int row = -(int)top->text_first; *text != '\0'; row++) {
		size_t length = strcspn(text, "\n");
		snprintf(line, sizeof line, "%.*s", (int)length, text);
		if (row >= 0 && row < top_view_rows(top))
			screen_put(&top->screen, row + 2, 0, top->screen.columns,
			           SCREEN_ESCAPED, line);
		text += length + (text[length] == '\n');
	}
}

static void draw_foot(struct top *top)
{
	static const char *const keys[] = {
	    [TOP_LIST] =
	        "q quit  s sort  / filter  w waited for  Enter inspect  d remove",
	    [TOP_TEXT] = "q back",
	    [TOP_SEARCH] = "filter: ",
	    [TOP_REMOVE] = "remove it? y: yes  ",
	};
	const struct object *object = top_selected(top);
	const char *more = top->mode == TOP_SEARCH ? top->search : "";
	char text[512];
	if (top->mode == TOP_REMOVE && object != NULL)
		more = object->name;
	if (top->mode == TOP_LIST && top->text[0] != '\0')
		snprintf(text, sizeof text, "%.*s", (int)strcspn(top->text, "\n"),
		         top->text);
	else
		snprintf(text, sizeof text, "%s%s", keys[top->mode], more);
	screen_put(&top->screen, top->screen.rows - 1, 0, top->screen.columns,
	           top->mode == TOP_LIST ? SCREEN_ESCAPED : SCREEN_BOLD, text);
}

int top_view_rows(const struct top *top)
{
	return top->screen.rows > TOP_FRAME_ROWS ? top->screen.rows - TOP_FRAME_ROWS : 1;
}

enum status top_view_draw(struct top *top)
{
	screen_clear(&top->screen);
	draw_heading(top);
	if (top->mode == TOP_TEXT)
		draw_text(top);
	else
		draw_list(top);
	draw_foot(top);
	return screen_show(&top->screen);
}

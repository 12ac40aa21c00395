/* SPDX-License-Identifier: MIT */
/*
 * The state of ipcls --top, for top.c and the files beside it.
 */
#ifndef INSPECT_TOP_VIEW_H
#define INSPECT_TOP_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "inspect/census.h"
#include "inspect/screen.h"
#include "inspect/table.h"

enum top_mode {
	TOP_LIST,
	TOP_SEARCH, /* a filter is typed */
	TOP_REMOVE, /* it asks whether to remove the object */
	TOP_TEXT,   /* an object is inspected */
};

enum { TOP_SEARCH_BYTES = 64, TOP_TEXT_BYTES = 65536, TOP_FRAME_ROWS = 3 };

struct top {
	const struct census_request *request;
	const struct table_filter *filter;
	struct screen screen;
	struct census census;
	int *rows; /* indexes in the census, NULL at first */
	size_t count, selected, first;
	struct object_identity identity; /* of the selected object */
	enum top_mode mode;
	enum table_sort sort;
	bool waited_for; /* only objects that a process waits for */
	char search[TOP_SEARCH_BYTES];
	char *text; /* in TOP_TEXT; in the others its first line is a message */
	size_t text_first;
	enum status status;
};

/* The selected object, or NULL. */
static inline const struct object *top_selected(const struct top *top)
{
	return top->selected < top->count
	           ? &top->census.objects.objects[top->rows[top->selected]]
	           : NULL;
}

/* Draw and show it. */
enum status top_view_draw(struct top *top);

/* The lines of top->text from text_first on that the screen has room for. */
int top_view_rows(const struct top *top);

/*
 * In a process of its own, whose output becomes top->text: print the holders and waiters
 * of the selected object; remove it, and say so. TOP_TEXT_BYTES are kept.
 */
void top_action_inspect(struct top *top);
void top_action_remove(struct top *top);

/* Can an applet remove an object of this kind by its name? */
bool top_action_is_removable(const struct object *object);

#endif

/* SPDX-License-Identifier: MIT */
#include "inspect/top.h"

#include <stdlib.h>
#include <string.h>

#include "base/termsig.h"
#include "inspect/top_view.h"
#include "io/error.h"

enum { TOP_INTERVAL = 1000000000 };

static bool is_wanted(const struct top *top, const struct object *object)
{
	if (top->waited_for && object->waiters == 0)
		return false;
	return strstr(object->name, top->search) != NULL ||
	       strcmp(object_kind_word(object->identity.kind), top->search) == 0;
}

/* Choose the rows again. The selected object stays selected wherever it stands now. */
static void choose_rows(struct top *top)
{
	size_t count = 0, kept = 0;
	const struct object *objects = top->census.objects.objects;
	int selected = object_list_find(&top->census.objects, &top->identity);
	free(top->rows);
	top->rows = table_select(&top->census, top->filter, top->sort, &count, NULL);
	if (top->rows == NULL) {
		top->status = STATUS_FAILED;
		count = 0;
	}
	for (size_t i = 0; i < count; i++) {
		if (!is_wanted(top, &objects[top->rows[i]]))
			continue;
		if (top->rows[i] == selected)
			top->selected = kept;
		top->rows[kept++] = top->rows[i];
	}
	top->count = kept;
	if (top->selected >= kept)
		top->selected = kept > 0 ? kept - 1 : 0;
}

static void look_again(struct top *top)
{
	census_free(&top->census);
	if (census_take(&top->census, top->request) != STATUS_OK) {
		/* once more, for a message that is not overwritten */
		census_free(&top->census);
		screen_guard_leave(&top->screen.guard);
		top->status = census_take(&top->census, top->request);
		screen_guard_enter(&top->screen.guard);
	}
	choose_rows(top);
}

/* Move what is selected, or the text. */
static void move_by(struct top *top, long rows)
{
	bool in_text = top->mode == TOP_TEXT;
	size_t *at = in_text ? &top->text_first : &top->selected;
	long count = (long)top->count;
	if (in_text) {
		count = 1;
		for (const char *text = top->text; (text = strchr(text, '\n')) != NULL;
		     text++)
			count++;
		count -= top_view_rows(top);
	}
	long to = (long)*at + rows;
	if (to >= count)
		to = count - 1;
	*at = to > 0 ? (size_t)to : 0;
}

/* False if it is not a key that moves. */
static bool move_by_key(struct top *top, int key)
{
	long page = top_view_rows(top);
	switch (key) {
	case 'k':
	case SCREEN_KEY_UP: move_by(top, -1); return true;
	case 'j':
	case SCREEN_KEY_DOWN: move_by(top, 1); return true;
	case SCREEN_KEY_PAGE_UP: move_by(top, -page); return true;
	case SCREEN_KEY_PAGE_DOWN: move_by(top, page); return true;
	case SCREEN_KEY_HOME: move_by(top, INT32_MIN); return true;
	case SCREEN_KEY_END: move_by(top, INT32_MAX); return true;
	default: return false;
	}
}

static void type_search(struct top *top, int key)
{
	size_t length = strlen(top->search);
	if (key == '\n' || key == SCREEN_KEY_ESCAPE) {
		top->mode = TOP_LIST;
		if (key == SCREEN_KEY_ESCAPE)
			top->search[0] = '\0';
	} else if (key == SCREEN_KEY_BACKSPACE && length > 0) {
		/* a character of UTF-8 as a whole */
		while (--length > 0 &&
		       ((unsigned char)top->search[length] & 0xc0) == 0x80)
			;
		top->search[length] = '\0';
	} else if (key >= ' ' && key < 256 && length + 1 < sizeof top->search) {
		top->search[length] = (char)key;
		top->search[length + 1] = '\0';
	}
	choose_rows(top);
}

static void ask_to_remove(struct top *top)
{
	const struct object *object = top_selected(top);
	if (object != NULL && top_action_is_removable(object))
		top->mode = TOP_REMOVE;
	else if (object != NULL)
		strcpy(top->text, "only queues, shared memory and semaphores with a name "
		                  "can be removed");
}

/* In TOP_LIST. False: quit. */
static bool obey_list_key(struct top *top, int key)
{
	top->text[0] = '\0';
	switch (key) {
	case 'q': return false;
	case 's': top->sort = (top->sort + 1) % (TABLE_SORT_AGE + 1); break;
	case 'w': top->waited_for = !top->waited_for; break;
	case '/': top->mode = TOP_SEARCH; break;
	case 'd':
	case SCREEN_KEY_DELETE: ask_to_remove(top); break;
	case 'i':
	case '\n':
		top_action_inspect(top);
		top->mode = TOP_TEXT;
		top->text_first = 0;
		break;
	default: break;
	}
	choose_rows(top);
	return true;
}

static void obey_answer(struct top *top, int key)
{
	top->mode = TOP_LIST;
	if (key != 'y')
		return;
	top_action_remove(top);
	look_again(top);
}

static void leave_text(struct top *top, int key)
{
	if (key != 'q' && key != '\n' && key != SCREEN_KEY_ESCAPE)
		return;
	top->mode = TOP_LIST;
	top->text[0] = '\0';
}

/* False: quit. */
static bool obey_key(struct top *top, int key)
{
	bool goes_on = true;
	if (key == SCREEN_KEY_SUSPEND)
		screen_suspend(&top->screen);
	else if (top->mode == TOP_SEARCH)
		type_search(top, key);
	else if (top->mode == TOP_REMOVE)
		obey_answer(top, key);
	else if (move_by_key(top, key))
		;
	else if (top->mode == TOP_TEXT)
		leave_text(top, key);
	else
		goes_on = obey_list_key(top, key);
	const struct object *object = top_selected(top);
	if (object != NULL)
		top->identity = object->identity;
	return goes_on;
}

static void top_loop(struct top *top)
{
	struct deadline next = deadline_in(TOP_INTERVAL);
	for (int key = SCREEN_RESIZED; key != SCREEN_CLOSED;) {
		if (key == SCREEN_DEADLINE) {
			int64_t began = deadline_clock();
			look_again(top);
			/* at most a tenth of the time */
			next = deadline_in(TOP_INTERVAL + 9 * (deadline_clock() - began));
		} else if (key != SCREEN_RESIZED && !obey_key(top, key)) {
			return;
		}
		if (top->status == STATUS_OK)
			top->status = top_view_draw(top);
		if (top->status != STATUS_OK)
			return;
		key = screen_wait_key(&top->screen, &next);
	}
}

enum status top_run(struct census *first, const struct census_request *request,
                    const struct table_filter *filter, enum table_sort sort)
{
	struct top top = {.request = request, .filter = filter, .sort = sort};
	struct termsig termsig;
	top.census = *first;
	*first = (struct census){0};
	termsig_begin(&termsig);
	top.status = screen_begin(&top.screen);
	top.text = calloc(1, TOP_TEXT_BYTES);
	if (top.text == NULL && top.status == STATUS_OK)
		top.status = error_as(STATUS_FAILED, "cannot allocate memory");
	if (top.status == STATUS_OK) {
		choose_rows(&top);
		top_loop(&top);
	}
	screen_end(&top.screen);
	free(top.text);
	free(top.rows);
	census_free(&top.census);
	return termsig_end(&termsig, top.status);
}

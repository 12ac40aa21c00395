/* SPDX-License-Identifier: MIT */
#include "inspect/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "inspect/watch_names.h"
#include "io/error.h"
#include "io/output.h"
#include "io/record.h"

enum { WATCH_INTERVAL = 1000000000, WATCH_PAUSE = 20000000 };

/* At one moment: the objects that pass the filter. */
struct watch_state {
	struct census census;
	int *selected;
	size_t count;
	bool *is_selected; /* of each object of the census */
};

struct watch {
	const struct census_request *request;
	const struct table_filter *filter;
	bool json;
	struct watch_state now;
	struct watch_names names;
	enum status status;
};

static const struct record_column columns[] = {
    {"time", 0},     {"change", -8}, {"kind", -7}, {"name", -20},
    {"before", -13}, {"after", -1},  {0},
};

static void state_free(struct watch_state *state)
{
	free(state->selected);
	free(state->is_selected);
	census_free(&state->census);
}

/* Of a census that was made: it becomes part of the state. */
static enum status state_select(const struct watch *watch, struct watch_state *state)
{
	state->selected = table_select(&state->census, watch->filter, TABLE_SORT_KIND,
	                               &state->count, NULL);
	state->is_selected = calloc(state->census.objects.count + 1, sizeof(bool));
	if (state->selected == NULL)
		return STATUS_FAILED;
	if (state->is_selected == NULL)
		return error_as(STATUS_FAILED, "cannot allocate memory");
	for (size_t i = 0; i < state->count; i++)
		state->is_selected[state->selected[i]] = true;
	return STATUS_OK;
}

/* The subject of a line. */
enum watch_figure {
	FIGURE_NONE,
	FIGURE_NAME,
	FIGURE_FILL,
	FIGURE_HOLDERS,
	FIGURE_WAITERS
};

static const char figure_words[][9] = {
    [FIGURE_NAME] = "unlinked",
    [FIGURE_FILL] = "fill",
    [FIGURE_HOLDERS] = "holders",
    [FIGURE_WAITERS] = "waiters",
};

static uint64_t figure_number(const struct object *object, enum watch_figure figure)
{
	switch (figure) {
	case FIGURE_FILL: return object->fill;
	case FIGURE_HOLDERS: return object->holders;
	case FIGURE_WAITERS: return object->waiters;
	default: return object->nameless;
	}
}

static void add_figure(struct record *record, const struct object *object,
                       enum watch_figure figure)
{
	char text[TABLE_FILL_BYTES];
	bool is_text = !record->json || object == NULL ||
	               object->unit == OBJECT_UNIT_NONE ||
	               object->unit == OBJECT_UNIT_RANGE ||
	               (object->unit == OBJECT_UNIT_VALUE && object->text != NULL);
	if (object == NULL || figure < FIGURE_FILL)
		record_none(record);
	else if (figure != FIGURE_FILL || !is_text)
		record_unsigned(record, figure_number(object, figure));
	else
		record_text(record, *table_fill_text(text, object) != '\0' ? text : NULL);
}

static void print_change(struct watch *watch, const char *change,
                         enum watch_figure figure, const struct object *before,
                         const struct object *after)
{
	struct record record;
	struct timespec now;
	const struct object *object = after != NULL ? after : before;
	if (watch->status != STATUS_OK || object == NULL)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	record_begin(&record, columns + !watch->json, watch->json);
	if (watch->json)
		record_seconds(&record, now.tv_sec * INT64_C(1000000000) + now.tv_nsec);
	record_text(&record, change);
	record_text(&record, object_kind_word(object->identity.kind));
	record_text(&record, object->name);
	add_figure(&record, before, figure);
	add_figure(&record, after, figure);
	watch->status = record_end(&record);
}

static bool is_changed(const struct object *before, const struct object *after,
                       enum watch_figure figure)
{
	if (figure_number(before, figure) != figure_number(after, figure))
		return true;
	return figure == FIGURE_FILL &&
	       (before->limit != after->limit ||
	        strcmp(before->text != NULL ? before->text : "",
	               after->text != NULL ? after->text : "") != 0);
}

/* The same object in another state, if it is selected there. */
static const struct object *find_object(const struct watch_state *state,
                                        const struct object *object)
{
	int index = object_list_find(&state->census.objects, &object->identity);
	return index != OBJECT_NONE && state->is_selected[index]
	           ? &state->census.objects.objects[index]
	           : NULL;
}

static void print_changes(struct watch *watch, const struct watch_state *before,
                          const struct watch_state *after)
{
	for (size_t i = 0; i < before->count; i++) {
		const struct object *object =
		    &before->census.objects.objects[before->selected[i]];
		if (find_object(after, object) == NULL)
			print_change(watch, "removed", FIGURE_FILL, object, NULL);
	}
	for (size_t i = 0; i < after->count; i++) {
		const struct object *object =
		    &after->census.objects.objects[after->selected[i]];
		const struct object *old = find_object(before, object);
		if (old == NULL)
			print_change(watch, "created", FIGURE_FILL, NULL, object);
		for (enum watch_figure figure = FIGURE_NAME;
		     old != NULL && figure <= FIGURE_WAITERS; figure++)
			if (is_changed(old, object, figure))
				print_change(watch, figure_words[figure], figure, old,
				             object);
	}
}

/* It came and went between two looks. */
static void print_short_lived(void *data, enum object_kind kind, const char *name)
{
	struct watch *watch = data;
	const struct table_filter *filter = watch->filter;
	const struct object object = {.identity.kind = kind, .name = name};
	bool wanted = filter->count == 0;
	for (int i = 0; i < filter->count; i++)
		wanted = wanted || table_is_named(&object, filter->names[i]);
	if (!wanted || (filter->kinds & 1U << kind) == 0 || filter->has_owner ||
	    filter->pid != 0 || filter->unused || filter->older != 0)
		return;
	for (size_t i = 0; i < watch->now.count; i++) {
		const struct object *known =
		    &watch->now.census.objects.objects[watch->now.selected[i]];
		if (known->identity.kind == kind && strcmp(known->name, name) == 0)
			return;
	}
	print_change(watch, "created", FIGURE_NONE, NULL, &object);
	print_change(watch, "removed", FIGURE_NONE, &object, NULL);
}

static void look_again(struct watch *watch)
{
	struct watch_state next = {0};
	watch_names_read(&watch->names, print_short_lived, watch);
	enum status status = census_take(&next.census, watch->request);
	if (status == STATUS_OK)
		status = state_select(watch, &next);
	if (status == STATUS_OK) {
		print_changes(watch, &watch->now, &next);
		state_free(&watch->now);
		watch->now = next;
	} else {
		state_free(&next);
		watch->status = status;
	}
}

/*
 * Until the interval is over, or a name appears. 0, or -1 with errno, EPIPE if the output
 * has no reader.
 */
static int wait_for_change(const struct watch *watch, int64_t cost, int reader)
{
	/* looking takes a fifth of the time at most, or a tenth */
	const struct deadline pause = deadline_in(WATCH_PAUSE + 4 * cost);
	const struct deadline interval = deadline_in(WATCH_INTERVAL + 9 * cost);
	struct pollfd fds[] = {{.fd = reader}, {.fd = watch->names.fd, .events = POLLIN}};
	for (nfds_t count = 1; count <= 2; count++) {
		int ready = deadline_poll(count == 1 ? &pause : &interval, fds, count);
		if (ready < 0 && errno != ETIMEDOUT)
			return -1;
		if (ready > 0 && fds[0].revents != 0) {
			errno = EPIPE;
			return -1;
		}
	}
	return 0;
}

static enum status watch_loop(struct watch *watch, int reader)
{
	int64_t cost = 0;
	while (watch->status == STATUS_OK) {
		if (wait_for_change(watch, cost, reader) < 0)
			return errno == EPIPE ? STATUS_SIGPIPE : error_errno("poll");
		int64_t began = deadline_clock();
		look_again(watch);
		cost = deadline_clock() - began;
	}
	return watch->status;
}

enum status watch_changes(struct census *first, const struct census_request *request,
                          const struct table_filter *filter, bool json)
{
	struct watch watch = {.request = request, .filter = filter, .json = json};
	struct termsig termsig;
	struct output output;
	bool headed = false;
	watch.now.census = *first;
	*first = (struct census){0};
	termsig_begin(&termsig);
	watch_names_begin(&watch.names);
	enum status status = state_select(&watch, &watch.now);
	if (status == STATUS_OK)
		status = output_begin(&output);
	if (status == STATUS_OK)
		status = record_heading(columns + !json, json, &headed);
	if (status == STATUS_OK)
		status = watch_loop(&watch, output.reader);
	watch_names_end(&watch.names);
	state_free(&watch.now);
	return termsig_end(&termsig, status);
}

/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "io/error.h"
#include "wait/set.h"

enum status wait_set_open(struct wait_set *set, char **texts, int count,
                          const struct wait_kind *kind, bool may_block)
{
	enum status status = STATUS_OK;
	*set = (struct wait_set){
	    .sources = calloc((size_t)count, sizeof *set->sources),
	    .waitables = calloc((size_t)count, sizeof(struct waitable *)),
	};
	if (set->sources == NULL || set->waitables == NULL)
		return error_as(STATUS_FAILED, "cannot allocate memory for %d sources",
		                count);
	for (; set->count < count && status == STATUS_OK; set->count++) {
		struct wait_source *source = &set->sources[set->count];
		status = wait_source_parse(source, texts[set->count], kind);
		source->may_block = may_block;
		source->lines = &set->lines;
		set->waitables[set->count] = &source->waitable;
	}
	for (int i = 0; i < count && status == STATUS_OK; i++)
		status = wait_source_open(&set->sources[i]);
	return status;
}

/* In reverse: each signal: source restores the mask that it found. */
void wait_set_close(struct wait_set *set)
{
	while (set->count > 0)
		wait_source_close(&set->sources[--set->count]);
	free(set->lines.bytes);
	free(set->waitables);
	free(set->sources);
	*set = (struct wait_set){0};
}

/* Is there a source that is not done? */
static bool wait_set_has_more(const struct wait_set *set)
{
	for (int i = 0; i < set->count; i++)
		if (!set->waitables[i]->done)
			return true;
	return false;
}

enum status wait_set_next(struct wait_set *set, const struct deadline *deadline,
                          struct wait_source **source)
{
	*source = NULL;
	for (;;) {
		while (set->next < set->count) {
			struct wait_source *each = &set->sources[set->next++];
			int ready = waitable_check(&each->waitable);
			if (ready < 0)
				return wait_source_error(each);
			if (ready > 0) {
				*source = each;
				return STATUS_OK;
			}
		}
		set->next = 0;
		if (!wait_set_has_more(set)) {
			errno = ENODATA;
			return STATUS_OK;
		}
		if (waitable_poll(set->waitables, (size_t)set->count, deadline) < 0)
			return errno == EAGAIN || errno == ETIMEDOUT
			           ? STATUS_OK
			           : error_errno("poll");
	}
}

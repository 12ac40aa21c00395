/* SPDX-License-Identifier: MIT */
/*
 * Several sources that are waited for together.
 *
 *     status = wait_set_open(&set, argv, argc, NULL);
 *     while (status == STATUS_OK && …)
 *             status = wait_set_next(&set, &deadline, &source);
 *     wait_set_close(&set);
 */
#ifndef WAIT_SET_H
#define WAIT_SET_H

#include "wait/source.h"

struct wait_set {
	struct wait_source *sources;
	struct waitable **waitables; /* of the sources, in their order */
	int count;
	struct wait_lines lines;
	int next; /* the source to look at next */
};

/*
 * Open all of them, in this order; see wait_source_open(). may_block: will it be waited?
 * To be closed also after a failure, which is reported.
 */
enum status wait_set_open(struct wait_set *set, char **texts, int count,
                          const struct wait_kind *kind, bool may_block);
void wait_set_close(struct wait_set *set);

/*
 * The next event: the first source that is ready, after the one before in a circle, so
 * that each has its turn. *source is NULL at the deadline, with errno EAGAIN or
 * ETIMEDOUT, or ENODATA if no source can be ready any more, which is not reported; a
 * failure is.
 */
enum status wait_set_next(struct wait_set *set, const struct deadline *deadline,
                          struct wait_source **source);

#endif

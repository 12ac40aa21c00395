/* SPDX-License-Identifier: MIT */
/*
 * Processes and all their descendants: killn --tree.
 */
#ifndef SIGNAL_TREE_H
#define SIGNAL_TREE_H

#include "signal/recipients.h"

enum tree_order {
	TREE_NONE,  /* no descendants */
	TREE_FIRST, /* a child is signalled before its parent */
	TREE_LAST   /* after it */
};

/* "first", "last" or "", which is last; NULL: none. A failure is reported. */
enum status tree_parse(const char *text, enum tree_order *order);

/*
 * Add the descendants to the processes, without stopping one. A descendant whose parent
 * has ended is the child of another process, and is not found. Failures are reported.
 */
enum status tree_find(struct recipients *recipients, enum tree_order order);

/*
 * Stop the processes while their descendants are found and stopped too, so that none is
 * forked at that time; send the signal to each, and continue those that were running. Not
 * the calling process, which is not stopped.
 */
enum status tree_send(struct recipients *recipients, enum tree_order order, int signal,
                      const int32_t *value);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Which signal is forwarded for which: sigwatch --map.
 */
#ifndef SIGNAL_MAP_H
#define SIGNAL_MAP_H

#include <stdint.h>

#include "base/ksig.h"
#include "base/status.h"
#include "base/string_list.h"

/* to[N] is forwarded for signal N; 0: nothing is. */
struct signal_map {
	int to[KSIG_COUNT + 1];
};

/*
 * Each text is FROM:TO, or several such pairs separated by commas; a signal that is not
 * named is forwarded as it is. STATUS_USAGE or STATUS_FAILED, reported, if one is wrong.
 */
enum status signal_map_parse(struct signal_map *map, const struct string_list *texts);

/* The signals that are forwarded as another one, or not at all. */
uint64_t signal_map_changed(const struct signal_map *map);

#endif

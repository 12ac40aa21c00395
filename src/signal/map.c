/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/ksig.h"
#include "io/error.h"
#include "signal/map.h"
#include "signal/signame.h"

/* "INT:TERM", of this length. */
static enum status parse_map_pair(struct signal_map *map, const char *text, size_t length)
{
	char from[32], *to;
	int source = 0, target = 0;
	snprintf(from, sizeof from, "%.*s", (int)length, text);
	to = strchr(from, ':');
	if (length >= sizeof from || to == NULL)
		return error_usage("option '--map': '%.*s' is not FROM:TO", (int)length,
		                   text);
	*to++ = '\0';
	enum status status = signame_parse_catchable(from, &source);
	if (status == STATUS_OK)
		status = signame_parse(to, &target);
	if (status == STATUS_OK)
		map->to[source] = target;
	return status;
}

enum status signal_map_parse(struct signal_map *map, const struct string_list *texts)
{
	enum status status = STATUS_OK;
	for (int signal = 0; signal <= KSIG_COUNT; signal++)
		map->to[signal] = signal;
	for (int i = 0; i < texts->count; i++) {
		const char *text = texts->at[i];
		while (status == STATUS_OK) {
			size_t length = strcspn(text, ",");
			status = parse_map_pair(map, text, length);
			if (text[length] == '\0')
				break;
			text += length + 1;
		}
	}
	return status;
}

uint64_t signal_map_changed(const struct signal_map *map)
{
	uint64_t set = 0;
	for (int signal = 1; signal <= KSIG_COUNT; signal++)
		if (map->to[signal] != signal)
			set |= ksig_bit(signal);
	return set;
}

/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "inspect/table.h"

const char *table_unit_word(enum object_unit unit)
{
	static const char unit_words[][12] = {
	    [OBJECT_UNIT_MESSAGES] = "messages",
	    [OBJECT_UNIT_VALUE] = "value",
	    [OBJECT_UNIT_BYTES] = "bytes",
	    [OBJECT_UNIT_CONNECTIONS] = "connections",
	    [OBJECT_UNIT_COUNT] = "count",
	    [OBJECT_UNIT_RANGE] = "lock",
	};
	return unit_words[unit];
}

/* "28B", "4.0K", "64K" */
static void size_text(char text[16], uint64_t bytes)
{
	const char *unit = "BKMGTPE";
	uint64_t tenths = bytes * 10;
	if (bytes > UINT64_MAX / 10)
		tenths = UINT64_MAX;
	for (; tenths >= 10240; tenths /= 1024)
		unit++;
	if (*unit == 'B' || tenths >= 100)
		snprintf(text, 16, "%u%c", (unsigned)(tenths / 10), *unit);
	else
		snprintf(text, 16, "%u.%u%c", (unsigned)(tenths / 10),
		         (unsigned)(tenths % 10), *unit);
}

const char *table_fill_text(char text[TABLE_FILL_BYTES], const struct object *object)
{
	char number[24], limit[24] = "";
	const char *word = table_unit_word(object->unit);
	snprintf(number, sizeof number, "%llu", (unsigned long long)object->fill);
	text[0] = '\0';
	switch (object->unit) {
	case OBJECT_UNIT_NONE: break;
	case OBJECT_UNIT_MESSAGES:
	case OBJECT_UNIT_CONNECTIONS:
		if (object->limit > 0)
			snprintf(limit, sizeof limit, "/%llu",
			         (unsigned long long)object->limit);
		snprintf(text, TABLE_FILL_BYTES, "%s%s %s", number, limit, word);
		break;
	case OBJECT_UNIT_BYTES:
		size_text(number, object->fill);
		size_text(limit, object->limit);
		if (object->identity.kind == OBJECT_SOCKET) /* unread */
			strcpy(text, number);
		else
			snprintf(text, TABLE_FILL_BYTES, "%s of %s", number, limit);
		break;
	case OBJECT_UNIT_VALUE:
		snprintf(text, TABLE_FILL_BYTES, "%s %s", word,
		         object->text != NULL ? object->text : number);
		break;
	case OBJECT_UNIT_COUNT: strcpy(text, number); break;
	case OBJECT_UNIT_RANGE:
		if (object->limit > 0)
			snprintf(limit, sizeof limit, "%llu",
			         (unsigned long long)(object->fill + object->limit - 1));
		if (object->fill > 0 || object->limit > 0)
			snprintf(text, TABLE_FILL_BYTES, "%s %s-%s", object->text, number,
			         limit);
		else
			strcpy(text, object->text);
		break;
	}
	return text;
}

const char *table_age_text(char text[TABLE_AGE_BYTES], const struct object *object,
                           int64_t now)
{
	static const struct {
		int seconds;
		char unit;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	int64_t age = now > object->changed ? now - object->changed : 0;
	int i = 0;
	if (object->changed == 0)
		return strcpy(text, "-");
	while (units[i].seconds > 1 && age < units[i].seconds)
		i++;
	snprintf(text, TABLE_AGE_BYTES, "%lld%c", (long long)(age / units[i].seconds),
	         units[i].unit);
	return text;
}

const char *table_holders_text(char text[TABLE_AGE_BYTES], const struct census *census,
                               const struct object *object)
{
	bool more = object->more_holders ||
	            ((census->hidden_processes > 0 || census->unlisted_processes) &&
	             !object->identity.system_v);
	snprintf(text, TABLE_AGE_BYTES, "%u%s", object->holders, more ? "+" : "");
	return text;
}

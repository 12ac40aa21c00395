/* SPDX-License-Identifier: MIT */
/*
 * The table of ipcls: which objects, in which order, with which columns.
 */
#ifndef INSPECT_TABLE_H
#define INSPECT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "inspect/census.h"

/* The words for columns, and for those by which it can be sorted. */
#define TABLE_COLUMN_WORDS                                                               \
	"kind name mode owner fill holders waiters age limit unit text id more "         \
	"pid user command fd access"
#define TABLE_SORT_WORDS "kind name owner fill holders waiters age"

enum table_sort {
	TABLE_SORT_KIND, /* and by name */
	TABLE_SORT_NAME,
	TABLE_SORT_OWNER,
	TABLE_SORT_FILL,    /* the fullest first */
	TABLE_SORT_HOLDERS, /* the most first */
	TABLE_SORT_WAITERS,
	TABLE_SORT_AGE, /* the oldest first */
};

struct table_options {
	bool json;
	bool quiet; /* only the names that other applets take */
	bool null;  /* the same, each followed by a NUL byte */
	bool who;   /* a line for each holder and waiter */
	enum table_sort sort;
	const char *columns; /* a list with commas; NULL: the usual ones */
};

/* Which objects: all that hold. All zeros, but kinds, is each. */
struct table_filter {
	unsigned kinds; /* as in struct census_request */
	bool has_owner;
	uid_t owner;
	pid_t pid;          /* held or waited for by this process; 0: any */
	bool unused;        /* held by no process that is known */
	int64_t older;      /* not changed for this time, in seconds; 0: any */
	char *const *names; /* `count` of them; none: any */
	int count;
};

/* "mq,sem" as a set of kinds. A usage error is reported. */
enum status table_parse_kinds(unsigned *kinds, const char *list);

/*
 * The columns of a list, up to max and then a 0: each a word of TABLE_COLUMN_WORDS, from
 * 1. A usage error is reported.
 */
enum { TABLE_COLUMNS_MAX = 20 };
enum status table_parse_columns(const char *list,
                                unsigned char columns[TABLE_COLUMNS_MAX + 1]);

/*
 * The objects that pass the filter, in their order: indexes in census->objects, to be
 * freed by free(3); NULL without memory, which is reported. matched[i], which may be
 * NULL, becomes true if names[i] is the name of an object.
 */
int *table_select(const struct census *census, const struct table_filter *filter,
                  enum table_sort sort, size_t *count, bool *matched);

/* Is this a name of the object, in any form that the applets take? */
bool table_is_named(const struct object *object, const char *name);

/* Print the objects. */
enum status table_print(struct census *census, const int *objects, size_t count,
                        const struct table_options *options);

/* "messages" */
const char *table_unit_word(enum object_unit unit);

/* "3/10 messages"; "" if it is not known. */
enum { TABLE_FILL_BYTES = 320 };
const char *table_fill_text(char text[TABLE_FILL_BYTES], const struct object *object);

/* "5s", "3m", "2h", "9d" since the object was changed; "-" if that is not known. */
enum { TABLE_AGE_BYTES = 24 };
const char *table_age_text(char text[TABLE_AGE_BYTES], const struct object *object,
                           int64_t now);

/* "2", or "2+" if processes that are not known may have it too. */
const char *table_holders_text(char text[TABLE_AGE_BYTES], const struct census *census,
                               const struct object *object);

#endif

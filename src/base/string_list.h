/* SPDX-License-Identifier: MIT */
/*
 * A few strings, owned by the caller.
 */
#ifndef BASE_STRING_LIST_H
#define BASE_STRING_LIST_H

/* The values of an option that may be given several times. */
enum { STRING_LIST_MAX = 16 };

struct string_list {
	int count;
	const char *at[STRING_LIST_MAX];
};

#endif

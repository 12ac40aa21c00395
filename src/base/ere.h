/* SPDX-License-Identifier: MIT */
/*
 * Extended regular expressions of POSIX, see regex(7): whether a text contains a match.
 * The time for it grows with the length of the text times that of the pattern, never
 * faster; nothing is allocated for it.
 *
 * Characters are those of UTF-8, in any locale; a byte that is none is a character of its
 * own. The classes ([[:alpha:]]) are those of ASCII. There are no back-references, which
 * these expressions do not have. That of the C library is ten times as large.
 */
#ifndef BASE_ERE_H
#define BASE_ERE_H

#include <stdbool.h>
#include <stddef.h>

struct ere;

/*
 * NULL, and *ere is to be freed, or is NULL with errno if there is no memory; or the
 * reason for a refusal: "missing ')'".
 */
const char *ere_compile(struct ere **ere, const char *pattern);
void ere_free(struct ere *ere);

bool ere_matches(struct ere *ere, const char *text, size_t length);

#endif

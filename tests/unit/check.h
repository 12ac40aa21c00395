/* SPDX-License-Identifier: MIT */
/*
 * Tests of src/FOLDER/FILE.c by its functions, in tests/unit/FOLDER/FILE_test.c. All of
 * them are one program, `make unit`, linked with the objects of src/ but
 * src/program/main.c.
 *
 *     TEST(a_size_has_a_unit)
 *     {
 *             int64_t size;
 *             struct value_error reason;
 *             CHECK_EQUAL(value_size("4K", 0, INT64_MAX, &size, &reason), NULL);
 *             CHECK_EQUAL(size, 4096);
 *     }
 *
 * Each TEST is a sentence and runs in a process of its own: a crash, or ten seconds
 * without an end, is one failure. A CHECK that fails is reported with its place, and the
 * test goes on.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>

struct check_test {
	const char *name, *file;
	void (*run)(void);
	struct check_test *next;
};

void check_register(struct check_test *test);

#define TEST(name_)                                                                      \
	static void name_(void);                                                         \
	__attribute__((constructor)) static void register_##name_(void)                  \
	{                                                                                \
		static struct check_test test = {#name_, __FILE__, name_, NULL};         \
		check_register(&test);                                                   \
	}                                                                                \
	static void name_(void)

#define CHECK(condition)                                                                 \
	((condition) ? (void)0 : check_failed(__FILE__, __LINE__, "%s", #condition))

/* Two strings (either may be NULL) or two integers of any types. */
#define CHECK_EQUAL(actual, expected)                                                    \
	_Generic((actual), char *                                                        \
	         : check_strings, const char *                                           \
	         : check_strings, default                                                \
	         : check_integers)(__FILE__, __LINE__, #actual, (actual), (expected))

#define CHECK_BYTES(actual, actual_length, expected, expected_length)                    \
	check_bytes(__FILE__, __LINE__, #actual, (actual), (actual_length), (expected),  \
	            (expected_length))

/* How many rows a table has. */
#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* For a row of a table: what the CHECKs that follow are about, printed when one fails. */
void check_about(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Keep what is written to a descriptor from here on; end that, and what was written. */
void check_capture(int fd);
const char *check_captured(int fd);

/* Zeros that the test shares with its children. */
void *check_shared(size_t size);

__extension__ typedef __int128 check_integer;

void check_failed(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void check_strings(const char *file, int line, const char *what, const char *actual,
                   const char *expected);
void check_integers(const char *file, int line, const char *what, check_integer actual,
                    check_integer expected);
void check_bytes(const char *file, int line, const char *what, const void *actual,
                 size_t actual_length, const void *expected, size_t expected_length);

#endif

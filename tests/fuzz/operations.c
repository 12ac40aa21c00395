/* SPDX-License-Identifier: MIT */
/*
 * semaphore/ops.h: operations of semop(2) are printed and read back, and any text is
 * valid only if it is what they print, but for zeros before a number and the order of the
 * letters. lock/range.h: a range against its two sizes.
 *
 * Runs: 700000 of at most 80 bytes
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sem.h>

#include "base/value.h"
#include "fuzz.h"
#include "lock/range.h"
#include "semaphore/ops.h"

enum { OPS_MAX = 20, OP_TEXT_MAX = 24 };

static void print_ops(char *text, const struct sembuf *operations, size_t count)
{
	*text = '\0';
	for (size_t i = 0; i < count; i++) {
		int change = operations[i].sem_op;
		text +=
		    sprintf(text, "%s%u%c%d%s%s", i > 0 ? "," : "", operations[i].sem_num,
		            change < 0   ? '-'
		            : change > 0 ? '+'
		                         : '=',
		            abs(change), operations[i].sem_flg & SEM_UNDO ? "u" : "",
		            operations[i].sem_flg & IPC_NOWAIT ? "n" : "");
	}
}

static void test_printed(struct fuzz_input *input)
{
	struct sembuf expected[OPS_MAX], *actual;
	char text[OPS_MAX * OP_TEXT_MAX];
	size_t count = 1 + fuzz_below(input, OPS_MAX), actual_count;
	for (size_t i = 0; i < count; i++) {
		uint64_t word = fuzz_word(input);
		short change = (short)(word >> 16);
		expected[i] = (struct sembuf){
		    .sem_num = (unsigned short)word,
		    /* -32768 has no opposite, and is no change of a semaphore */
		    .sem_op = change == INT16_MIN ? 0 : change,
		    .sem_flg = (short)((word >> 32 & 1 ? SEM_UNDO : 0) |
		                       (word >> 33 & 1 ? IPC_NOWAIT : 0)),
		};
	}
	print_ops(text, expected, count);
	FUZZ_CHECK(semaphore_ops_parse(text, &actual, &actual_count) == STATUS_OK, "%s",
	           text);
	FUZZ_CHECK(actual_count == count &&
	               memcmp(actual, expected, count * sizeof *actual) == 0,
	           "%s", text);
	free(actual);
}

/* The text without zeros before a number, and u before n: as print_ops() has it. */
static char *normalize(const char *text)
{
	char *result = fuzz_memory(strlen(text) + 1), *to = result;
	bool in_number = false;
	for (; *text != '\0'; text++) {
		bool digit = *text >= '0' && *text <= '9';
		if (*text == '0' && !in_number && text[1] >= '0' && text[1] <= '9')
			continue;
		in_number = digit;
		if (strncmp(text, "nu", 2) == 0) {
			to = stpcpy(to, "un");
			text++;
			continue;
		}
		*to++ = *text;
	}
	return result;
}

static void test_any(struct fuzz_input *input)
{
	const char *text = fuzz_rest(input);
	struct sembuf *operations;
	size_t count, reported;
	enum status status = semaphore_ops_parse(text, &operations, &count);
	fuzz_written(2, &reported);
	FUZZ_CHECK((status == STATUS_OK) == (reported == 0), "'%s'", text);
	if (status != STATUS_OK) {
		FUZZ_CHECK(status == STATUS_USAGE, "'%s': %d", text, status);
		return;
	}
	char *printed = fuzz_memory(count * OP_TEXT_MAX);
	print_ops(printed, operations, count);
	free(operations);
	FUZZ_CHECK(strcmp(printed, normalize(text)) == 0, "'%s': '%s'", text, printed);
}

static void test_range(struct fuzz_input *input)
{
	const char *text = fuzz_rest(input);
	char *copy = fuzz_copy(text);
	char *colon = strchr(copy, ':');
	struct value_error reason;
	int64_t start = 0, length = 0;
	bool valid = colon != NULL;
	if (valid) {
		*colon = '\0';
		valid = strlen(copy) < 64 && strlen(colon + 1) < 64 &&
		        value_size(copy, 0, INT64_MAX, &start, &reason) == NULL &&
		        value_size(colon + 1, 0, INT64_MAX, &length, &reason) == NULL &&
		        !__builtin_add_overflow(start, length > 0 ? length - 1 : 0,
		                                &(int64_t){0});
	}
	struct lock_attributes attributes = {0};
	enum status status = lock_range_parse(text, &attributes);
	FUZZ_CHECK(status == (valid ? STATUS_OK : STATUS_USAGE), "'%s': %d", text,
	           status);
	if (valid)
		FUZZ_CHECK(attributes.start == start && attributes.length == length,
		           "'%s'", text);
}

void fuzz_target(struct fuzz_input *input)
{
	static void (*const tests[])(struct fuzz_input * input) = {test_printed, test_any,
	                                                           test_range};
	tests[fuzz_below(input, sizeof tests / sizeof *tests)](input);
}

/* SPDX-License-Identifier: MIT */
#include "io/shell_variable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"

TEST(a_name_is_checked_as_the_shell_has_it)
{
	static const char *const wrong[] = {"", "1", "1a", "a b", "a[1]", "a=1", "a-b"};
	CHECK_EQUAL(shell_variable_check("job", false), STATUS_OK);
	CHECK_EQUAL(shell_variable_check("_Job_2", false), STATUS_OK);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		check_about("'%s'", wrong[i]);
		CHECK_EQUAL(shell_variable_check(wrong[i], false), STATUS_USAGE);
	}
}

TEST(messages_are_kept_one_after_the_other)
{
	struct shell_variable variable = {.form = SHELL_VARIABLE_MESSAGES};
	CHECK_EQUAL(shell_variable_add(&variable, "one", 3, 7), 0);
	CHECK_EQUAL(shell_variable_add(&variable, NULL, 0, 8), 0);
	CHECK_EQUAL(shell_variable_add(&variable, "a\nb", 3, 9), 0);
	CHECK_EQUAL((int)variable.count, 3);
	CHECK_EQUAL((int)variable.length, 9);
	CHECK_EQUAL(memcmp(variable.bytes, "one\0\0a\nb", 9), 0);
	CHECK_EQUAL((int)variable.numbers[1], 8);
	free(variable.bytes);
	free(variable.numbers);
}

TEST(a_NUL_byte_is_refused_and_nothing_is_added)
{
	struct shell_variable variable = {.form = SHELL_VARIABLE_BYTES};
	char large[1000];
	memset(large, 'x', sizeof large);
	CHECK_EQUAL(shell_variable_write(&variable, large, sizeof large), 0);
	CHECK_EQUAL(shell_variable_write(&variable, "a\0b", 3), -1);
	CHECK_EQUAL(errno, EILSEQ);
	CHECK_EQUAL(shell_variable_add(&variable, "\0", 1, 0), -1);
	CHECK_EQUAL(errno, EILSEQ);
	CHECK_EQUAL((int)variable.length, 1000);
	CHECK_EQUAL((int)variable.count, 0);
	CHECK_EQUAL((int)strlen(variable.bytes), 1000);
	free(variable.bytes);
	free(variable.numbers);
}

/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "base/procfs.h"

/* Create a file of length bytes, "abc…zabc…": its path. */
static const char *file_of(size_t length)
{
	static char path[] = "/proc/self/fd/1234567890";
	FILE *file = tmpfile();
	for (size_t i = 0; i < length; i++)
		fputc('a' + (int)(i % 26), file);
	fflush(file);
	sprintf(path, "/proc/self/fd/%d", fileno(file));
	return path;
}

TEST(a_file_that_fits_is_read_whole)
{
	char text[64];
	CHECK_EQUAL(procfs_read(file_of(63), text, sizeof text), 63);
	CHECK_EQUAL(strlen(text), 63);
	CHECK_EQUAL(text[62], 'a' + 62 % 26);
	CHECK_EQUAL(procfs_read(file_of(64), text, sizeof text), 63);
	CHECK_EQUAL(text[63], '\0');
	CHECK_EQUAL(procfs_read(file_of(0), text, sizeof text), 0);
	CHECK_EQUAL(text, "");
}

TEST(a_file_that_cannot_be_read_is_an_empty_text)
{
	char text[64] = "before";
	CHECK_EQUAL(procfs_read("/proc/nonesuch", text, sizeof text), -1);
	CHECK_EQUAL(errno, ENOENT);
	CHECK_EQUAL(text, "");
	strcpy(text, "before");
	CHECK_EQUAL(procfs_read("/proc/self", text, sizeof text), -1);
	CHECK_EQUAL(errno, EISDIR);
	CHECK_EQUAL(text, "");
	CHECK(procfs_read_all("/proc/nonesuch") == NULL);
	CHECK_EQUAL(errno, ENOENT);
	CHECK(procfs_read_all("/proc/self") == NULL);
	CHECK_EQUAL(errno, EISDIR);
}

TEST(a_file_of_any_length_is_read_whole)
{
	static const size_t lengths[] = {0,    1,    4094, 4095,  4096,
	                                 8190, 8191, 8192, 100000};
	for (size_t i = 0; i < COUNT(lengths); i++) {
		check_about("%zu bytes", lengths[i]);
		char *text = procfs_read_all(file_of(lengths[i]));
		CHECK(text != NULL);
		CHECK_EQUAL(strlen(text), lengths[i]);
		for (size_t k = 0; k < lengths[i]; k++)
			if (text[k] != 'a' + (int)(k % 26)) {
				CHECK_EQUAL(k, lengths[i]);
				break;
			}
		free(text);
	}
}

TEST(lines_are_cut_off_one_by_one)
{
	char text[] = "one\n\nthree\0not of it", *rest = text;
	CHECK_EQUAL(procfs_next_line(&rest), "one");
	CHECK_EQUAL(procfs_next_line(&rest), "");
	CHECK_EQUAL(procfs_next_line(&rest), "three");
	CHECK_EQUAL(procfs_next_line(&rest), NULL);
	CHECK_EQUAL(procfs_next_line(&rest), NULL);
	char ended[] = "one\n\0not of it";
	rest = ended;
	CHECK_EQUAL(procfs_next_line(&rest), "one");
	CHECK_EQUAL(procfs_next_line(&rest), NULL);
}

TEST(words_are_cut_off_one_by_one)
{
	char text[] = " one\t two  \0not of it", *rest = text;
	CHECK_EQUAL(procfs_next_word(&rest), "one");
	CHECK_EQUAL(procfs_next_word(&rest), "two");
	CHECK_EQUAL(procfs_next_word(&rest), "");
	CHECK_EQUAL(procfs_next_word(&rest), "");
}

TEST(a_limit_of_the_kernel_is_a_number_and_errno_stays)
{
	errno = EXDEV;
	CHECK(procfs_sysctl("kernel/pid_max") >= 301);
	CHECK_EQUAL(procfs_sysctl("kernel/nonesuch"), -1);
	CHECK_EQUAL(procfs_sysctl("kernel"), -1);
	CHECK_EQUAL(errno, EXDEV);
}

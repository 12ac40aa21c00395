/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../check.h"
#include "base/mapping_cache.h"

/* Each test is a process of its own. */
static const char *path_of(const char *name)
{
	static char path[64];
	snprintf(path, sizeof path, "/dev/shm/mapping_cache.%d.%s", (int)getpid(), name);
	return path;
}

/* Create a file with one byte and keep it mapped. */
static char *keep_file(const char *name, char byte)
{
	struct stat st;
	int fd = open(path_of(name), O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0);
	CHECK_EQUAL(write(fd, &byte, 1), 1);
	CHECK_EQUAL(fstat(fd, &st), 0);
	char *memory = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(memory != MAP_FAILED);
	close(fd);
	mapping_cache_keep(path_of(name), &st, memory, 1);
	return memory;
}

static bool is_mapped(void *memory)
{
	return msync(memory, 1, MS_ASYNC) == 0;
}

/* Of the files of path_of(), in this process. */
static int count_mappings(void)
{
	char line[512];
	int count = 0;
	FILE *maps = fopen("/proc/self/maps", "r");
	CHECK(maps != NULL);
	while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
		count += strstr(line, "mapping_cache.") != NULL;
	if (maps != NULL)
		fclose(maps);
	return count;
}

TEST(a_file_that_was_kept_is_taken_once_and_what_was_stored_there_is_no_change)
{
	struct stat st;
	char *memory = keep_file("a", 'x');
	CHECK(mapping_cache_take(path_of("b"), &st) == NULL);
	*memory = 'y';
	CHECK(mapping_cache_take(path_of("a"), &st) == memory);
	CHECK_EQUAL(st.st_size, 1);
	CHECK_EQUAL(*memory, 'y');
	CHECK(mapping_cache_take(path_of("a"), &st) == NULL);
	mapping_cache_keep(path_of("a"), &st, memory, 1);
	CHECK(mapping_cache_take(path_of("a"), &st) == memory);
	munmap(memory, 1);
	unlink(path_of("a"));
}

TEST(a_file_that_was_changed_removed_or_replaced_is_unmapped)
{
	struct stat st;
	for (int change = 0; change < 6; change++) {
		char *memory = keep_file("c", 'x');
		int fd = -1;
		switch (change) {
		case 0: CHECK_EQUAL(chmod(path_of("c"), 0400), 0); break;
		case 1: CHECK_EQUAL(truncate(path_of("c"), 0), 0); break;
		case 2: CHECK_EQUAL(unlink(path_of("c")), 0); break;
		case 3:
			CHECK_EQUAL(unlink(path_of("c")), 0);
			fd = open(path_of("c"), O_WRONLY | O_CREAT | O_EXCL, 0600);
			CHECK_EQUAL(write(fd, "x", 1), 1);
			close(fd);
			break;
		case 4:
			CHECK_EQUAL(unlink(path_of("c")), 0);
			CHECK_EQUAL(symlink("/dev/null", path_of("c")), 0);
			break;
		default: mapping_cache_drop(path_of("c"));
		}
		if (change < 5)
			CHECK(is_mapped(memory));
		CHECK(mapping_cache_take(path_of("c"), &st) == NULL);
		CHECK(!is_mapped(memory));
		unlink(path_of("c"));
	}
}

TEST(no_more_than_MAPPING_CACHE_MAX_mappings_are_kept_and_all_are_dropped)
{
	enum { FILES = 3 * MAPPING_CACHE_MAX };
	char name[16];
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof name, "d%d", i);
		CHECK(is_mapped(keep_file(name, 'x')));
		unlink(path_of(name));
	}
	CHECK_EQUAL(count_mappings(), MAPPING_CACHE_MAX);
	mapping_cache_drop(NULL);
	CHECK_EQUAL(count_mappings(), 0);
}

TEST(the_same_path_twice_as_after_a_call_in_a_trap_is_one_mapping_a_long_path_none)
{
	struct stat st;
	char longest[512];
	char *first = keep_file("e", 'x');
	char *second = keep_file("e", 'x');
	CHECK(!is_mapped(first));
	CHECK(mapping_cache_take(path_of("e"), &st) == second);
	unlink(path_of("e"));
	memset(longest, 'x', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	mapping_cache_keep(longest, &st, second, 1);
	CHECK(!is_mapped(second));
}

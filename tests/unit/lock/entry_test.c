/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sys/sysmacros.h>

#include "../check.h"
#include "lock/entry.h"

/* Parse a copy of the line as one about the file fe:00:10985558. */
static bool parse(struct lock_entry *entry, const char *line)
{
	char copy[256];
	strcpy(copy, line);
	return lock_entry_parse(entry, copy, makedev(0xfe, 0), 10985558);
}

TEST(a_lock_of_an_open_file_description_has_no_pid)
{
	struct lock_entry entry;
	CHECK(parse(&entry, "1: OFDLCK ADVISORY  WRITE -1 fe:00:10985558 0 EOF"));
	CHECK_EQUAL(entry.pid, 0);
	CHECK_EQUAL(entry.kind, "ofd");
	CHECK(!entry.waits);
	CHECK(!entry.shared);
	CHECK_EQUAL(entry.start, 0);
	CHECK_EQUAL(entry.length, 0);
}

TEST(a_pid_that_no_process_can_have_is_none)
{
	struct lock_entry entry;
	CHECK(parse(&entry, "1: POSIX ADVISORY WRITE 2147483647 fe:00:10985558 0 EOF"));
	CHECK_EQUAL(entry.pid, 2147483647);
	CHECK(parse(&entry, "1: POSIX ADVISORY WRITE 2147483648 fe:00:10985558 0 EOF"));
	CHECK_EQUAL(entry.pid, 0);
	CHECK(parse(&entry, "1: POSIX ADVISORY WRITE 3475500208 fe:00:10985558 0 EOF"));
	CHECK_EQUAL(entry.pid, 0);
}

TEST(a_range_has_a_length)
{
	struct lock_entry entry;
	CHECK(parse(&entry, "23: POSIX  ADVISORY  READ  4711 fe:00:10985558 7 15"));
	CHECK_EQUAL(entry.pid, 4711);
	CHECK_EQUAL(entry.kind, "posix");
	CHECK(entry.shared);
	CHECK_EQUAL(entry.start, 7);
	CHECK_EQUAL(entry.length, 9);
}

TEST(a_range_may_begin_and_end_at_the_largest_offset)
{
	struct lock_entry entry;
	CHECK(parse(&entry, "1: POSIX ADVISORY WRITE 1 fe:00:10985558 "
	                    "9223372036854775806 9223372036854775806"));
	CHECK_EQUAL(entry.start, INT64_MAX - 1);
	CHECK_EQUAL(entry.length, 1);
}

TEST(a_waiter_is_marked_by_an_arrow)
{
	struct lock_entry entry;
	CHECK(parse(&entry, "1: -> FLOCK  ADVISORY  WRITE 12 fe:00:10985558 0 EOF"));
	CHECK(entry.waits);
	CHECK_EQUAL(entry.kind, "flock");
	CHECK_EQUAL(entry.pid, 12);
}

TEST(a_line_of_fdinfo_begins_with_a_tab)
{
	struct lock_entry entry;
	CHECK(parse(&entry, "\t1: FLOCK  ADVISORY  READ 359 fe:00:10985558 0 EOF"));
	CHECK_EQUAL(entry.kind, "flock");
	CHECK(entry.shared);
}

TEST(another_kind_keeps_its_name_cut_to_eleven_bytes)
{
	struct lock_entry entry;
	CHECK(parse(&entry, "1: LEASE  ACTIVE    READ  9 fe:00:10985558 0 EOF"));
	CHECK_EQUAL(entry.kind, "lease");
	CHECK(parse(&entry, "1: DELEGATIONLONG ACTIVE READ 9 fe:00:10985558 0 EOF"));
	CHECK_EQUAL(entry.kind, "delegationl");
}

TEST(a_lock_on_another_file_is_not_ours)
{
	struct lock_entry entry;
	static const char *const files[] = {"fe:00:1098555",  "fe:01:10985558",
	                                    "fd:00:10985558", "fe:00:109855580",
	                                    "<none>:0",       "10985558"};
	for (size_t i = 0; i < COUNT(files); i++) {
		char line[128] = "1: FLOCK ADVISORY WRITE 359 ";
		check_about("%s", files[i]);
		strcat(line, files[i]);
		strcat(line, " 0 EOF");
		CHECK(!parse(&entry, line));
	}
}

TEST(a_line_that_is_cut_short_is_not_a_lock)
{
	struct lock_entry entry;
	char line[] = "1: -> OFDLCK ADVISORY  WRITE -1 fe:00:10985558 0 EOF";
	for (size_t length = (size_t)(strstr(line, "10985558") - line) + 4;
	     length-- > 0;) {
		line[length] = '\0';
		check_about("%s", line);
		CHECK(!parse(&entry, line));
	}
}

TEST(holders_come_first_and_duplicates_of_a_process_once)
{
	struct lock_list list = {0};
	const struct lock_entry waiter = {.pid = 3, .kind = "ofd", .waits = true},
	                        second = {.pid = 2, .kind = "ofd", .start = 9},
	                        first = {.pid = 5, .kind = "ofd", .start = 1},
	                        unknown = {.kind = "posix", .start = 4};
	CHECK(lock_list_add(&list, &waiter));
	CHECK(lock_list_add(&list, &second));
	CHECK(lock_list_add(&list, &unknown));
	CHECK(lock_list_add(&list, &first));
	CHECK(lock_list_add(&list, &second));
	CHECK(lock_list_add(&list, &unknown));
	lock_list_remove_duplicates(&list);
	lock_list_sort(&list);
	CHECK_EQUAL(list.count, 5);
	static const int pids[] = {5, 0, 0, 2, 3};
	for (size_t i = 0; i < list.count; i++)
		CHECK_EQUAL(list.entries[i].pid, pids[i]);
	lock_list_free(&list);
	CHECK_EQUAL(list.count, 0);
}

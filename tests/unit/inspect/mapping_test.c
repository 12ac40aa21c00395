/* SPDX-License-Identifier: MIT */
#include <sys/sysmacros.h>

#include "../check.h"
#include "inspect/mapping.h"

TEST(a_mapping_has_a_range_a_file_and_an_offset_in_it)
{
	struct mapping mapping;
	CHECK(mapping_parse(&mapping, "7f7ca1e00000-7f7ca1e02000 rw-s 00001000 00:19 42"
	                              "                 /dev/shm/a b (deleted)"));
	CHECK_EQUAL(mapping.start, 0x7f7ca1e00000);
	CHECK_EQUAL(mapping.end, 0x7f7ca1e02000);
	CHECK_EQUAL(mapping.offset, 0x1000);
	CHECK_EQUAL(mapping.device, makedev(0, 0x19));
	CHECK_EQUAL(mapping.inode, 42);
	CHECK(mapping.writable);
	CHECK(mapping.shared);
	CHECK_EQUAL(mapping.path, "/dev/shm/a b (deleted)");
	CHECK(!mapping_is_segment(&mapping));
}

TEST(a_mapping_without_a_file_has_no_inode)
{
	struct mapping mapping;
	CHECK(
	    mapping_parse(&mapping, "7ffcd3c0c000-7ffcd3c2d000 r--p 00000000 00:00 0 "));
	CHECK_EQUAL(mapping.inode, 0);
	CHECK_EQUAL(mapping.path, "");
	CHECK(!mapping.writable);
	CHECK(!mapping.shared);
}

TEST(the_inode_of_a_segment_is_its_id)
{
	struct mapping mapping;
	CHECK(mapping_parse(&mapping, "7f0000000000-7f0000001000 rw-s 00000000 00:01 7   "
	                              "               /SYSV0000004a (deleted)"));
	CHECK_EQUAL(mapping.inode, 7);
	CHECK(mapping_is_segment(&mapping));
}

TEST(other_lines_are_no_mappings)
{
	static const char *const lines[] = {
	    "",
	    "7f0000000000",
	    "7f0000000000-7f0000001000",
	    "7f0000000000-7f0000001000 rw-",
	    "7f0000000000-7f0000001000 rw-s",
	    "7f0000000000-7f0000001000 rw-s 00000000",
	    "7f0000000000-7f0000001000 rw-s 00000000 0",
	    "7f0000000000-7f0000001000 rw-s 00000000 00:",
	    "-7f0000001000 rw-s 00000000 00:01 7",
	};
	struct mapping mapping;
	for (size_t i = 0; i < COUNT(lines); i++) {
		check_about("'%s'", lines[i]);
		CHECK(!mapping_parse(&mapping, lines[i]));
	}
}

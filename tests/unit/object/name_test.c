/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <unistd.h>

#include "../check.h"
#include "object/name.h"

static const char hint[] = "\nTry 'ipctool --help' for more information.\n";

static void check_name(struct name *name, enum name_kind kind, const char *text,
                       enum name_family family, const char *shown)
{
	check_about("'%s'", text);
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(name_parse(name, kind, text), STATUS_OK);
	CHECK_EQUAL(check_captured(STDERR_FILENO), "");
	CHECK_EQUAL(name->family, family);
	CHECK_EQUAL(name->text, shown);
}

/* A usage error: "ipctool: 'TEXT': WHY" */
static void check_refused(enum name_kind kind, const char *text, const char *why)
{
	struct name name;
	char expected[1024];
	snprintf(expected, sizeof expected, "ipctool: '%s': %s%s", text, why, hint);
	check_about("'%s'", text);
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(name_parse(&name, kind, text), STATUS_USAGE);
	CHECK_EQUAL(check_captured(STDERR_FILENO), expected);
}

/* So many x. */
static const char *xs(char *to, const char *before, size_t count)
{
	char *end = stpcpy(to, before);
	memset(end, 'x', count);
	end[count] = '\0';
	return to;
}

/* ------------------------------------------------------------------ POSIX */

struct kind_row {
	enum name_kind kind;
	const char *object, *directory;
	size_t longest;
};

static const struct kind_row kinds[] = {
    {NAME_QUEUE, "message queue", "/dev/mqueue/", 255},
    {NAME_MEMORY, "shared memory object", "/dev/shm/", 255},
    {NAME_SEMAPHORE, "semaphore", "/dev/shm/sem.", 251},
    {NAME_EVENTFD, "served eventfd", "/", 84},
};

TEST(a_name_with_and_without_a_slash_and_the_path_of_the_system_are_one_object)
{
	struct name name;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		char path[64];
		snprintf(path, sizeof path, "%sjobs", kinds[i].directory);
		check_name(&name, kinds[i].kind, "jobs", NAME_FAMILY_POSIX, "/jobs");
		check_name(&name, kinds[i].kind, "/jobs", NAME_FAMILY_POSIX, "/jobs");
		check_name(&name, kinds[i].kind, path, NAME_FAMILY_POSIX, "/jobs");
	}
}

TEST(a_semaphore_of_musl_has_a_name_of_its_own)
{
	static const char *const texts[] = {"musl:jobs", "musl:/jobs",
	                                    "musl:/dev/shm/jobs"};
	struct name name;
	for (size_t i = 0; i < COUNT(texts); i++) {
		check_name(&name, NAME_SEMAPHORE, texts[i], NAME_FAMILY_POSIX,
		           "musl:/jobs");
		CHECK(name.musl);
		CHECK_EQUAL(name_bare(&name), "jobs");
	}
	check_name(&name, NAME_SEMAPHORE, "/musl:jobs", NAME_FAMILY_POSIX, "/musl:jobs");
	CHECK(!name.musl);
	CHECK_EQUAL(name_bare(&name), "musl:jobs");
	check_name(&name, NAME_MEMORY, "musl:jobs", NAME_FAMILY_POSIX, "/musl:jobs");
	CHECK(!name.musl);
	check_refused(NAME_SEMAPHORE,
	              "musl:", "the name of a semaphore must not be empty");
}

TEST(a_name_may_hold_any_byte_but_a_slash)
{
	static const char *const texts[] = {
	    "...", ".a",   "-",  "-n",  " ",    "a b", "\n",    "é", "\xff",
	    "a:b", "idle", "id", "key", "a[2]", "shm", "sem.x", "~", "x+8"};
	for (size_t k = 0; k < COUNT(kinds); k++)
		for (size_t i = 0; i < COUNT(texts); i++) {
			struct name name;
			char shown[32] = "/";
			strcat(shown, texts[i]);
			check_name(&name, kinds[k].kind, texts[i], NAME_FAMILY_POSIX,
			           shown);
		}
}

TEST(a_name_is_as_long_as_its_file_can_be)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		char text[300], shown[300], why[128];
		struct name name;
		xs(shown, "/", kinds[i].longest);
		check_name(&name, kinds[i].kind, shown, NAME_FAMILY_POSIX, shown);
		check_name(&name, kinds[i].kind, shown + 1, NAME_FAMILY_POSIX, shown);
		snprintf(
		    why, sizeof why,
		    "the name of a %s must not be longer than %zu bytes, this one has "
		    "%zu",
		    kinds[i].object, kinds[i].longest, kinds[i].longest + 1);
		check_refused(kinds[i].kind, xs(text, "", kinds[i].longest + 1), why);
		check_refused(kinds[i].kind, xs(text, "/", kinds[i].longest + 1), why);
	}
}

TEST(a_name_that_is_empty_or_a_directory_or_has_a_slash_is_refused)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		char why[128];
		enum name_kind kind = kinds[i].kind;
		snprintf(why, sizeof why, "the name of a %s must not be empty",
		         kinds[i].object);
		check_refused(kind, "", why);
		check_refused(kind, "/", why);
		check_refused(kind, kinds[i].directory, why);
		snprintf(why, sizeof why, "the name of a %s must not be '.' or '..'",
		         kinds[i].object);
		check_refused(kind, ".", why);
		check_refused(kind, "..", why);
		check_refused(kind, "/.", why);
		check_refused(kind, "/..", why);
		snprintf(
		    why, sizeof why,
		    "the name of a %s must not contain '/' after the first character",
		    kinds[i].object);
		check_refused(kind, "a/b", why);
		check_refused(kind, "//a", why);
		check_refused(kind, "/a/", why);
		check_refused(kind, "../a", why);
		check_refused(kind, "/dev/null", why);
	}
}

/* --------------------------------------------------------------- System V */

static void check_address(enum name_kind kind, const char *text,
                          enum name_address address, int32_t number, const char *shown)
{
	struct name name;
	check_name(&name, kind, text, NAME_FAMILY_SYSTEM_V, shown);
	CHECK_EQUAL(name.address, address);
	CHECK_EQUAL(name.number, number);
	CHECK(!name.has_index);
	CHECK_EQUAL(name.index, 0);
}

TEST(a_key_is_decimal_hexadecimal_or_octal)
{
	check_address(NAME_QUEUE, "key:0x4a", NAME_BY_KEY, 0x4a, "key:0x0000004a");
	check_address(NAME_QUEUE, "key:0X4A", NAME_BY_KEY, 0x4a, "key:0x0000004a");
	check_address(NAME_MEMORY, "key:74", NAME_BY_KEY, 74, "key:0x0000004a");
	check_address(NAME_SEMAPHORE, "key:0112", NAME_BY_KEY, 74, "key:0x0000004a");
	check_address(NAME_QUEUE, "key:1", NAME_BY_KEY, 1, "key:0x00000001");
	check_address(NAME_QUEUE, "key:4294967295", NAME_BY_KEY, -1, "key:0xffffffff");
	check_address(NAME_QUEUE, "key:0xffffffff", NAME_BY_KEY, -1, "key:0xffffffff");
	check_address(NAME_QUEUE, "key:-16", NAME_BY_KEY, -16, "key:0xfffffff0");
	check_address(NAME_QUEUE, "key:-2147483648", NAME_BY_KEY, INT32_MIN,
	              "key:0x80000000");
	check_address(NAME_QUEUE, "key:0x80000000", NAME_BY_KEY, INT32_MIN,
	              "key:0x80000000");
}

TEST(a_text_that_is_not_a_key_is_refused)
{
	static const char *const texts[] = {"key:",
	                                    "key:x",
	                                    "key:-0x",
	                                    "key:--1",
	                                    "key:-2147483649",
	                                    "key:+1",
	                                    "key: 1",
	                                    "key:1 ",
	                                    "key:0x",
	                                    "key:08",
	                                    "key:0xg",
	                                    "key:1.5",
	                                    "key:1K",
	                                    "key:4294967296",
	                                    "key:0x100000000",
	                                    "key:99999999999999999999"};
	for (size_t i = 0; i < COUNT(texts); i++)
		check_refused(NAME_QUEUE, texts[i],
		              "a key is a number from 1 to 4294967295 (0xffffffff)");
}

TEST(an_id_is_a_number_from_0_to_2147483647)
{
	static const char *const texts[] = {"id:",   "id:x",          "id:-1",
	                                    "id:1x", "id:2147483648", "id:7[0]"};
	check_address(NAME_QUEUE, "id:0", NAME_BY_ID, 0, "id:0");
	check_address(NAME_MEMORY, "id:7", NAME_BY_ID, 7, "id:7");
	check_address(NAME_SEMAPHORE, "id:0x7fffffff", NAME_BY_ID, INT32_MAX,
	              "id:2147483647");
	for (size_t i = 0; i < COUNT(texts); i++)
		check_refused(NAME_QUEUE, texts[i],
		              "an id is a number from 0 to 2147483647");
}

TEST(private_stands_alone)
{
	check_address(NAME_QUEUE, "private:", NAME_PRIVATE, IPC_PRIVATE, "private:");
	check_refused(NAME_QUEUE, "private:x",
	              "private: must not be followed by anything");
}

TEST(a_key_of_a_file_is_that_of_ftok)
{
	static const struct {
		const char *project;
		int number;
	} rows[] = {{"1", 1}, {"255", 255}, {"0x41", 'A'}, {"A", 'A'}, {"J", 'J'}};
	char path[] = "/tmp/ipctool:unit.XXXXXX";
	int fd = mkstemp(path);
	CHECK(fd >= 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[64], shown[32];
		struct name name;
		key_t key = ftok(path, rows[i].number);
		snprintf(text, sizeof text, "ftok:%s:%s", path, rows[i].project);
		snprintf(shown, sizeof shown, "key:0x%08x", (unsigned)key);
		check_name(&name, NAME_QUEUE, text, NAME_FAMILY_SYSTEM_V, shown);
		CHECK_EQUAL(name.number, key);
	}
	close(fd);
	unlink(path);
}

/* Of many devices and inodes. */
TEST(a_key_of_any_file_is_that_of_ftok)
{
	static const char *const paths[] = {
	    "/",           "/proc", "/dev", "/dev/null",
	    "/dev/shm",    "/sys",  "/tmp", "/proc/self/status",
	    "/etc/passwd", "/usr"};
	for (size_t i = 0; i < COUNT(paths); i++) {
		char text[64], shown[32];
		struct name name;
		key_t key = ftok(paths[i], 1);
		if (key == -1)
			continue;
		snprintf(text, sizeof text, "ftok:%s:1", paths[i]);
		snprintf(shown, sizeof shown, "key:0x%08x", (unsigned)key);
		check_name(&name, NAME_QUEUE, text, NAME_FAMILY_SYSTEM_V, shown);
	}
}

TEST(an_address_of_a_file_has_a_path_and_a_project)
{
	static const char *const texts[] = {
	    "ftok:",     "ftok:/",    "ftok:/:",   "ftok::A",   "ftok:/:0", "ftok:/:256",
	    "ftok:/:AB", "ftok:/:-1", "ftok:/:1x", "ftok:/:00", "ftok:/:0x"};
	for (size_t i = 0; i < COUNT(texts); i++)
		check_refused(NAME_QUEUE, texts[i],
		              "must be ftok:PATH:PROJ, PROJ being a number from 1 to 255 "
		              "or one character");
}

/* The message is cut off before its reason. */
static void check_too_long(const char *text)
{
	struct name name;
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(name_parse(&name, NAME_QUEUE, text), STATUS_USAGE);
	check_captured(STDERR_FILENO);
}

TEST(an_address_has_room_for_the_longest_path)
{
	char text[8300];
	struct name name;
	xs(text, "ftok:/", 4094);
	strcat(text, ":A");
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(name_parse(&name, NAME_QUEUE, text), STATUS_FAILED);
	check_captured(STDERR_FILENO);
	xs(text, "ftok:/", 4095);
	strcat(text, ":A");
	check_too_long(text);
	check_too_long(xs(text, "key:", 8200));
}

TEST(the_file_of_an_address_must_exist)
{
	struct name name;
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(name_parse(&name, NAME_QUEUE, "ftok:/nonesuch:A"), STATUS_NOT_FOUND);
	CHECK_EQUAL(check_captured(STDERR_FILENO),
	            "ipctool: /nonesuch: No such file or directory\n");
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(name_parse(&name, NAME_QUEUE, "ftok:/dev/null/x:A"), STATUS_FAILED);
	CHECK_EQUAL(check_captured(STDERR_FILENO),
	            "ipctool: /dev/null/x: Not a directory\n");
}

TEST(an_index_chooses_one_semaphore_of_a_set)
{
	struct name name;
	check_name(&name, NAME_SEMAPHORE, "key:0x4a[2]", NAME_FAMILY_SYSTEM_V,
	           "key:0x0000004a[2]");
	CHECK(name.has_index);
	CHECK_EQUAL(name.index, 2);
	CHECK_EQUAL(name.number, 0x4a);
	check_name(&name, NAME_SEMAPHORE, "id:7[0x10]", NAME_FAMILY_SYSTEM_V, "id:7[16]");
	CHECK_EQUAL(name.index, 16);
	check_name(&name, NAME_SEMAPHORE, "private:[0]", NAME_FAMILY_SYSTEM_V,
	           "private:[0]");
	CHECK(name.has_index);
	check_name(&name, NAME_SEMAPHORE, "ftok:/:[", NAME_FAMILY_SYSTEM_V, name.text);
	CHECK(!name.has_index);
	check_name(&name, NAME_SEMAPHORE, "id:7[2147483647]", NAME_FAMILY_SYSTEM_V,
	           "id:7[2147483647]");
}

TEST(a_text_that_is_not_an_index_is_refused)
{
	static const char *const texts[] = {"id:7[]",   "id:7[x]",          "id:7[-1]",
	                                    "id:7[1 ]", "id:7[2147483648]", "key:1[0x]"};
	for (size_t i = 0; i < COUNT(texts); i++)
		check_refused(NAME_SEMAPHORE, texts[i],
		              "the index of a semaphore is a number from 0");
	check_refused(NAME_SEMAPHORE, "id:7[1]x",
	              "an id is a number from 0 to 2147483647");
	check_refused(NAME_MEMORY, "key:1[0]",
	              "a key is a number from 1 to 4294967295 (0xffffffff)");
}

/* -------------------------------------------------------------- in memory */

static void check_inside(enum name_kind kind, const char *text, int64_t offset,
                         const char *shown, const char *memory)
{
	struct name name, segment;
	check_name(&name, kind, text, NAME_FAMILY_IN_MEMORY, shown);
	CHECK_EQUAL(name.offset, offset);
	name_of_memory(&segment, &name);
	CHECK_EQUAL(segment.family, NAME_FAMILY_POSIX);
	CHECK_EQUAL(segment.text, memory);
}

TEST(a_place_in_memory_is_a_name_and_an_offset)
{
	static const enum name_kind inside[] = {NAME_SEMAPHORE, NAME_LOCK, NAME_CELL};
	for (size_t i = 0; i < COUNT(inside); i++) {
		check_inside(inside[i], "shm:table", 0, "shm:/table", "/table");
		check_inside(inside[i], "shm:/table+32", 32, "shm:/table+32", "/table");
		check_inside(inside[i], "shm:/dev/shm/table+8", 8, "shm:/table+8",
		             "/table");
		check_inside(inside[i], "shm:table+0", 0, "shm:/table", "/table");
		check_inside(inside[i], "shm:table+000", 0, "shm:/table", "/table");
		check_inside(inside[i], "shm:a+b+8", 8, "shm:/a+b+8", "/a+b");
		check_inside(inside[i], "shm:a+", 0, "shm:/a+", "/a+");
		check_inside(inside[i], "shm:a+8x", 0, "shm:/a+8x", "/a+8x");
		/* a name that ends like an offset */
		check_inside(inside[i], "shm:a+8+0", 0, "shm:/a+8+0", "/a+8");
		check_inside(inside[i], "shm:a+9223372036854775800",
		             INT64_C(9223372036854775800), "shm:/a+9223372036854775800",
		             "/a");
	}
}

TEST(a_place_in_memory_has_a_name_of_255_bytes_whatever_lies_there)
{
	char text[300], shown[300], memory[300];
	xs(text, "shm:", 255);
	xs(shown, "shm:/", 255);
	strcat(text, "+8");
	strcat(shown, "+8");
	check_inside(NAME_SEMAPHORE, text, 8, shown, xs(memory, "/", 255));
	xs(text, "shm:", 256);
	check_refused(NAME_SEMAPHORE, text,
	              "the name of a shared memory object must not be longer than 255 "
	              "bytes, this one has 256");
}

TEST(an_offset_is_a_multiple_of_8_bytes)
{
	check_refused(NAME_SEMAPHORE, "shm:a+4",
	              "the offset of a semaphore must be a multiple of 8 bytes");
	check_refused(NAME_CELL, "shm:a+12",
	              "the offset of a cell must be a multiple of 8 bytes");
	check_refused(NAME_LOCK, "shm:a+9223372036854775807",
	              "the offset of a lock must be a multiple of 8 bytes");
	check_refused(NAME_LOCK, "shm:a+9223372036854775808",
	              "the offset is more than 9223372036854775807");
	check_refused(NAME_LOCK, "shm:+8",
	              "the name of a shared memory object must not be empty");
	check_refused(NAME_LOCK,
	              "shm:", "the name of a shared memory object must not be empty");
}

TEST(a_lock_lies_in_memory_and_nowhere_else)
{
	static const char *const texts[] = {"",     "a",    "/a",      "key:1",
	                                    "id:7", "shmx", "private:"};
	for (size_t i = 0; i < COUNT(texts); i++)
		check_refused(NAME_LOCK, texts[i],
		              "the name of a lock in memory is shm:NAME or "
		              "shm:NAME+OFFSET");
}

TEST(the_prefix_shm_is_part_of_the_name_of_another_object)
{
	struct name name;
	check_name(&name, NAME_QUEUE, "shm:a", NAME_FAMILY_POSIX, "/shm:a");
	check_name(&name, NAME_MEMORY, "shm:a+8", NAME_FAMILY_POSIX, "/shm:a+8");
}

/* -------------------------------------------------------------- descriptors */

TEST(memory_may_be_the_number_of_a_descriptor)
{
	struct name name, memory;
	check_name(&name, NAME_MEMORY, "fd:7", NAME_FAMILY_DESCRIPTOR, "fd:7");
	CHECK_EQUAL(name.number, 7);
	check_name(&name, NAME_MEMORY, "fd:007", NAME_FAMILY_DESCRIPTOR, "fd:7");
	check_name(&name, NAME_MEMORY, "/fd:7", NAME_FAMILY_POSIX, "/fd:7");
	check_name(&name, NAME_QUEUE, "fd:7", NAME_FAMILY_POSIX, "/fd:7");
	check_name(&name, NAME_CELL, "shm:fd:12+8", NAME_FAMILY_IN_MEMORY, "shm:fd:12+8");
	CHECK_EQUAL(name.offset, 8);
	name_of_memory(&memory, &name);
	CHECK_EQUAL(memory.family, NAME_FAMILY_DESCRIPTOR);
	CHECK_EQUAL(memory.number, 12);
	CHECK_EQUAL(memory.text, "fd:12");
	check_refused(NAME_MEMORY,
	              "fd:", "the text after fd: is not a descriptor number");
	check_refused(NAME_CELL, "shm:fd:x+8",
	              "the text after fd: is not a descriptor number");
}

/* ---------------------------------------------------------------- families */

TEST(a_family_that_a_mechanism_does_not_have_is_refused)
{
	struct name name;
	char expected[128];
	snprintf(expected, sizeof expected,
	         "ipctool: 'key:1': System V addresses are not supported%s", hint);
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(name_parse(&name, NAME_EVENTFD, "key:1"), STATUS_USAGE);
	CHECK_EQUAL(check_captured(STDERR_FILENO), expected);
}

TEST(one_system_v_address_among_names_is_found)
{
	char *texts[] = {"a", "/key:1", "shm:b", "id:7"};
	CHECK(!name_any_is_system_v(NAME_SEMAPHORE, 3, texts));
	CHECK(name_any_is_system_v(NAME_SEMAPHORE, 4, texts));
	CHECK(!name_any_is_system_v(NAME_QUEUE, 0, texts));
}

/* SPDX-License-Identifier: MIT */
#include "../check.h"
#include "object/list.h"

TEST(an_object_is_found_by_each_part_of_its_identity)
{
	struct object_list list = {0};
	static const struct object_identity identities[] = {
	    {.kind = OBJECT_SHM, .device = 7, .inode = 9},
	    {.kind = OBJECT_SEM, .device = 7, .inode = 9},
	    {.kind = OBJECT_SHM, .device = 9, .inode = 7},
	    {.kind = OBJECT_SHM, .system_v = true, .inode = 9},
	    {.kind = OBJECT_LOCK, .device = 7, .inode = 9, .part = 1},
	    {.kind = OBJECT_LOCK, .device = 7, .inode = 9, .part = 2},
	};
	bool is_new;
	CHECK_EQUAL(object_list_find(&list, &identities[0]), OBJECT_NONE);
	for (size_t i = 0; i < COUNT(identities); i++) {
		CHECK_EQUAL(object_list_add(&list, &identities[i], &is_new), i);
		CHECK(is_new);
	}
	for (size_t i = 0; i < COUNT(identities); i++) {
		CHECK_EQUAL(object_list_find(&list, &identities[i]), i);
		CHECK_EQUAL(object_list_add(&list, &identities[i], &is_new), i);
		CHECK(!is_new);
	}
	CHECK_EQUAL(list.count, COUNT(identities));
	object_list_free(&list);
	CHECK_EQUAL(list.count, 0);
}

/* A table that grows badly takes minutes for this. */
TEST(a_list_of_a_hundred_thousand_objects_keeps_their_texts)
{
	enum { MANY = 100000 };
	struct object_list list = {0};
	struct object_identity identity = {.kind = OBJECT_PIPE, .device = 12};
	for (int i = 0; i < MANY; i++) {
		identity.inode = (uint64_t)i;
		int index = object_list_add(&list, &identity, NULL);
		list.objects[index].name = object_list_format(&list, "pipe:[%d]", i);
	}
	CHECK_EQUAL(list.count, MANY);
	CHECK_EQUAL(list.error, 0);
	identity.inode = 0;
	CHECK_EQUAL(list.objects[object_list_find(&list, &identity)].name, "pipe:[0]");
	identity.inode = MANY - 1;
	CHECK_EQUAL(list.objects[object_list_find(&list, &identity)].name,
	            "pipe:[99999]");
	identity.inode = MANY;
	CHECK_EQUAL(object_list_find(&list, &identity), OBJECT_NONE);
	object_list_free(&list);
}

TEST(a_text_is_copied_whole_with_its_length)
{
	char longest[9000];
	struct object_list list = {0};
	for (size_t i = 0; i < sizeof longest; i++)
		longest[i] = 'x';
	CHECK_EQUAL(object_list_text(&list, "ab\0c", 2), "ab");
	const char *copy = object_list_text(&list, longest, sizeof longest);
	CHECK_EQUAL(copy[sizeof longest - 1], 'x');
	CHECK_EQUAL(copy[sizeof longest], '\0');
	CHECK_EQUAL(object_list_format(&list, "%s:%d", "id", 7), "id:7");
	object_list_free(&list);
}

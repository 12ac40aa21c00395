/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "io/owner.h"

/* Another user than root and than the one who runs the test. */
static uid_t another_user(void)
{
	return geteuid() == 54321 ? 54322 : 54321;
}

TEST(root_and_the_effective_user_are_trusted)
{
	CHECK(owner_is_trusted(0));
	CHECK(owner_is_trusted(geteuid()));
	CHECK(!owner_is_trusted(another_user()));
	CHECK(!owner_is_trusted((uid_t)-1));
}

TEST(an_object_of_another_user_is_accepted_if_the_mode_lets_its_owner_write)
{
	static const struct {
		mode_t wanted;
		bool own_group;
		enum status status;
	} rows[] = {
	    {0600, false, STATUS_EXISTS}, {0600, true, STATUS_EXISTS},
	    {0644, true, STATUS_EXISTS},  {0660, false, STATUS_EXISTS},
	    {0660, true, STATUS_OK},      {0666, false, STATUS_OK},
	    {0622, true, STATUS_OK},      {0602, false, STATUS_OK},
	};
	check_capture(STDERR_FILENO);
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_about("mode %o", (unsigned)rows[i].wanted);
		gid_t gid = getegid() + (rows[i].own_group ? 0 : 1);
		CHECK_EQUAL(owner_check("/x", another_user(), gid, rows[i].wanted),
		            rows[i].status);
		CHECK_EQUAL(owner_check("/x", geteuid(), gid, rows[i].wanted), STATUS_OK);
		CHECK_EQUAL(owner_check("/x", 0, gid, rows[i].wanted), STATUS_OK);
	}
}

TEST(the_group_counts_only_if_the_object_was_created_in_it)
{
	const gid_t own = getegid(), other = own + 1;
	const struct {
		gid_t owner_group, creator_group;
		enum status status;
	} rows[] = {{own, own, STATUS_OK},
	            {own, other, STATUS_EXISTS},
	            {other, own, STATUS_EXISTS}};
	check_capture(STDERR_FILENO);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct owner_ids ids = {.owner = another_user(),
		                        .creator = another_user(),
		                        .owner_group = rows[i].owner_group,
		                        .creator_group = rows[i].creator_group};
		check_about("row %zu", i);
		CHECK_EQUAL(owner_check_ids("/x", &ids, 0660), rows[i].status);
		CHECK_EQUAL(owner_check_ids("/x", &ids, 0666), STATUS_OK);
		ids.owner = geteuid();
		CHECK_EQUAL(owner_check_ids("/x", &ids, 0660), rows[i].status);
		ids.creator = geteuid();
		CHECK_EQUAL(owner_check_ids("/x", &ids, 0660), STATUS_OK);
	}
}

TEST(the_message_says_whose_the_object_is)
{
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(owner_check("/x", 4000000000U, 0, 0600), STATUS_EXISTS);
	CHECK_EQUAL(check_captured(STDERR_FILENO),
	            "ipctool: /x: exists, but belongs to UID 4000000000\n");
}

TEST(the_message_has_the_name_of_the_user)
{
	if (geteuid() == 1)
		return;
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(owner_check("/x", 1, 1, 0600), STATUS_EXISTS);
	CHECK(strstr(check_captured(STDERR_FILENO), " (UID 1)\n") != NULL);
}

TEST(a_second_name_of_a_file_counts_unless_others_may_write)
{
	struct stat st = {.st_uid = geteuid(), .st_gid = getegid(), .st_nlink = 2};
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(owner_check_file("/x", &st, 0600), STATUS_EXISTS);
	CHECK_EQUAL(owner_check_file("/x", &st, 0666), STATUS_OK);
	st.st_nlink = 1;
	CHECK_EQUAL(owner_check_file("/x", &st, 0600), STATUS_OK);
	CHECK_EQUAL(check_captured(STDERR_FILENO),
	            "ipctool: /x: exists, but its file has 2 names\n");
}

TEST(a_private_file_is_regular_and_has_one_name_and_no_bits_for_others)
{
	const struct stat good = {
	    .st_mode = S_IFREG | 0600, .st_uid = geteuid(), .st_nlink = 1};
	struct stat st = good;
	CHECK(owner_is_private_file(&st));
	st.st_uid = another_user();
	CHECK(!owner_is_private_file(&st));
	st = good;
	st.st_nlink = 2;
	CHECK(!owner_is_private_file(&st));
	st.st_nlink = 0;
	CHECK(!owner_is_private_file(&st));
	st = good;
	st.st_mode = S_IFIFO | 0600;
	CHECK(!owner_is_private_file(&st));
	for (mode_t bit = 1; bit < 0100; bit <<= 1) {
		st.st_mode = S_IFREG | 0600 | bit;
		CHECK(!owner_is_private_file(&st));
	}
}

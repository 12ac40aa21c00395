/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "object/access.h"

enum { UNCHANGED = -1 };

/* Root has the number 0 in whatever /etc/passwd there is. */
TEST(an_owner_is_a_user_a_group_or_both_by_name_or_number)
{
	static const struct {
		const char *text;
		long long uid, gid;
	} rows[] = {
	    {"0", 0, UNCHANGED},
	    {"root", 0, UNCHANGED},
	    {":0", UNCHANGED, 0},
	    {":root", UNCHANGED, 0},
	    {"7:8", 7, 8},
	    {"root:8", 0, 8},
	    {"4294967294:4294967294", 4294967294, 4294967294},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		uid_t uid = (uid_t)UNCHANGED;
		gid_t gid = (gid_t)UNCHANGED;
		check_about("%s", rows[i].text);
		CHECK_EQUAL(access_parse_owner(rows[i].text, &uid, &gid), STATUS_OK);
		CHECK_EQUAL(uid, (uid_t)rows[i].uid);
		CHECK_EQUAL(gid, (gid_t)rows[i].gid);
	}
}

TEST(what_is_no_owner_is_a_usage_error)
{
	static const char *const texts[] = {
	    "",           ":",           "root:",      "7:",
	    "4294967295", ":4294967295", "4294967296", "-1",
	    "7:-1",       "7:8:9",       "0x7",        " 7",
	    "7 ",         "no such one", ":nosuch/x",  "::",
	    "7::8",
	};
	char longest[200];
	uid_t uid;
	gid_t gid;
	for (size_t i = 0; i < COUNT(texts); i++) {
		check_capture(STDERR_FILENO);
		check_about("%s", texts[i]);
		CHECK_EQUAL(access_parse_owner(texts[i], &uid, &gid), STATUS_USAGE);
		CHECK(strstr(check_captured(STDERR_FILENO), "option '--owner': ") !=
		      NULL);
	}
	memset(longest, '7', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(access_parse_owner(longest, &uid, &gid), STATUS_USAGE);
	check_captured(STDERR_FILENO);
}

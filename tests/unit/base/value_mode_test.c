/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include "../check.h"
#include "base/value_mode.h"

static void check_mode(const char *text, mode_t before, mode_t expected)
{
	struct value_mode mode = {.bits = before};
	check_about("'%s'", text);
	CHECK_EQUAL(value_mode(text, &mode), NULL);
	CHECK_EQUAL(mode.bits, expected);
	CHECK_EQUAL(mode.base, before);
	CHECK(mode.given);
}

TEST(a_mode_is_octal_or_symbolic)
{
	static const struct {
		const char *text;
		mode_t bits;
	} rows[] = {
	    {"0", 0},
	    {"7", 07},
	    {"00644", 0644},
	    {"777", 0777},
	    {"u+x", 0700},
	    {"g=r", 0640},
	    {"g+r,o+r", 0644},
	    {"a=r", 0444},
	    {"g=u", 0660},
	    {"go=u,o-w", 0664},
	    {"u-w", 0400},
	    {"a=", 0},
	    {"ug=rw,u-w", 0460},
	    {"u=,g=rw", 060},
	    {"u=rX", 0400},
	    {"a+X", 0600},
	    {"u+x,g+X", 0710},
	    {"g+r-r+w", 0620},
	    {"o=g", 0600},
	    {"a=u", 0666},
	    {"u=rwx,o=u", 0707},
	    {"o=r,g=o", 0644},
	    {"+x", 0711},
	    {"=r", 0444},
	};
	umask(022);
	for (size_t i = 0; i < COUNT(rows); i++)
		check_mode(rows[i].text, 0600, rows[i].bits);
}

TEST(a_clause_without_u_g_o_or_a_honours_the_umask_and_leaves_it)
{
	umask(027);
	check_mode("+rwx", 0600, 0750);
	check_mode("=rwx", 0600, 0750);
	check_mode("-rwx", 0777, 0027);
	check_mode("a+rwx", 0600, 0777);
	CHECK_EQUAL(umask(0), 027);
}

TEST(of_several_modes_the_last_one_counts_and_is_relative_to_the_default)
{
	struct value_mode mode = {.bits = 0600};
	CHECK_EQUAL(value_mode("u+x", &mode), NULL);
	CHECK_EQUAL(value_mode("0", &mode), NULL);
	CHECK_EQUAL(value_mode("g+r", &mode), NULL);
	CHECK_EQUAL(mode.bits, 0640);
	CHECK_EQUAL(mode.base, 0600);
}

static void check_no_mode(const char *text, const char *expected)
{
	struct value_mode mode = {.bits = 0600};
	check_about("'%s'", text);
	CHECK_EQUAL(value_mode(text, &mode), expected);
	CHECK_EQUAL(mode.bits, 0600);
	CHECK(!mode.given);
}

TEST(a_text_that_is_not_a_mode_is_refused)
{
	static const char *const texts[] = {
	    "",     " ",   "8",     "08",       "0o7",   "0x1",  "-600", "u",
	    "r",    "x+r", "u+q",   "u++q",     "u=rw,", ",u=r", "999",  "u=rw,,g=r",
	    "u=ug", "ug",  "u=rw ", "u=rw:g=r", "644 ",  "a=rr9"};
	for (size_t i = 0; i < COUNT(texts); i++)
		check_no_mode(texts[i], "not a mode");
}

TEST(a_mode_of_more_than_permission_bits_is_refused)
{
	static const char *const texts[] = {
	    "1000", "1777", "04755", "777777777777777777777",
	    "+t",   "u+s",  "g=s",   "a=rwxt"};
	for (size_t i = 0; i < COUNT(texts); i++)
		check_no_mode(texts[i], "outside the permission bits (0 to 0777)");
}

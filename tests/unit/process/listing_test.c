/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "process/listing.h"

TEST(an_entry_has_the_name_between_the_first_and_the_last_parenthesis)
{
	static const struct {
		const char *text, *command;
		pid_t pid, parent, group;
		char state;
	} rows[] = {{"1 (init) S 0 1 1 0 -1", "init", 1, 0, 1, 'S'},
	            {"42 (a) b (c)) T 7 -1 0", "a) b (c)", 42, 7, -1, 'T'},
	            {"42 () Z 7 9", "", 42, 7, 9, 'Z'},
	            {"42 (a\nb) R 7 9", "a\nb", 42, 7, 9, 'R'}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct listing_entry entry;
		check_about("'%s'", rows[i].text);
		CHECK(listing_parse(&entry, rows[i].text));
		CHECK_EQUAL(strcmp(entry.command, rows[i].command), 0);
		CHECK_EQUAL(entry.pid, rows[i].pid);
		CHECK_EQUAL(entry.parent, rows[i].parent);
		CHECK_EQUAL(entry.group, rows[i].group);
		CHECK_EQUAL(entry.state, rows[i].state);
	}
}

TEST(a_long_name_is_cut_and_other_text_is_no_entry)
{
	static const char *const texts[] = {"",     "1",    "1 (",   "1 (a",
	                                    "1 )(", "1 a)", "1 (a)", "1 (a) S"};
	struct listing_entry entry;
	char text[256] = "1 (";
	memset(text + 3, 'x', 200);
	strcpy(text + 203, ") S 2 3");
	CHECK(listing_parse(&entry, text));
	CHECK_EQUAL(strlen(entry.command), sizeof entry.command - 1);
	CHECK_EQUAL(entry.group, 3);
	for (size_t i = 0; i < COUNT(texts); i++) {
		check_about("'%s'", texts[i]);
		CHECK(!listing_parse(&entry, texts[i]));
	}
}

TEST(this_process_and_its_parent_are_listed)
{
	struct listing listing;
	struct listing_entry entry;
	int found = 0;
	CHECK_EQUAL(listing_begin(&listing), 0);
	while (listing_next(&listing, &entry)) {
		found += entry.pid == getpid() && entry.parent == getppid() &&
		         entry.group == getpgrp();
		found += entry.pid == getppid();
	}
	CHECK_EQUAL(listing.error, 0);
	listing_end(&listing);
	CHECK(found >= 1);
	CHECK_EQUAL(listing_read(&entry, getpid()), 0);
	CHECK_EQUAL(entry.parent, getppid());
	CHECK_EQUAL(listing_read(&entry, 0x7fffffff), -1);
	CHECK_EQUAL(errno, ESRCH);
}

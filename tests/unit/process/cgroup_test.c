/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "process/cgroup.h"

TEST(the_path_is_that_of_the_hierarchy_of_the_version)
{
	static const struct {
		const char *text, *paths[CGROUP_VERSIONS]; /* NULL: none */
	} rows[] = {
	    {"0::/a/b\n", {"/a/b", NULL}},
	    {"0::/\n", {"/", NULL}},
	    {"7:freezer:/f\n", {NULL, "/f"}},
	    {"9:name=systemd:/s\n4:cpu,freezer:/f:g\n0::/u\n", {"/u", "/f:g"}},
	    {"3:freezers,afreezer:/x\n10:cpu:/y\n", {NULL, NULL}},
	    {"0::/../out\n", {"/../out", NULL}},
	    {"0::relative\n", {NULL, NULL}},
	    {"0:cpu:/c\n1::/d\n", {NULL, NULL}},
	    {"", {NULL, NULL}},
	    {":\n::\n0:\n0::\n", {NULL, NULL}},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		for (int version = 0; version < CGROUP_VERSIONS; version++) {
			char text[128];
			const char *want = rows[i].paths[version];
			check_about("'%s', %d", rows[i].text, version);
			snprintf(text, sizeof text, "%s", rows[i].text);
			const char *path =
			    cgroup_parse_path(text, (enum cgroup_version)version);
			CHECK_EQUAL(path != NULL, want != NULL);
			if (path != NULL && want != NULL)
				CHECK_EQUAL(strcmp(path, want), 0);
		}
}

TEST(a_mount_is_that_of_the_version)
{
	static const struct {
		const char *line, *root, *point;
		enum cgroup_version version;
	} rows[] = {
	    {"30 25 0:26 / /sys/fs/cgroup rw shared:4 master:2 - cgroup2 none rw", "/",
	     "/sys/fs/cgroup", CGROUP_2},
	    {"30 25 0:26 /c /mnt rw - cgroup2 none rw,nsdelegate", "/c", "/mnt",
	     CGROUP_2},
	    {"31 25 0:27 / /f rw - cgroup cgroup rw,cpu,freezer", "/", "/f", CGROUP_1},
	};
	static const char *const others[] = {"",
	                                     "30",
	                                     " - ",
	                                     "30 25 0:26 / /x rw - cgroup3 none rw",
	                                     "30 25 0:26 / /x rw - cgroup none rw,cpu",
	                                     "30 25 0:26 / /x rw",
	                                     "30 25 0:26 net:[1] /x rw - cgroup2 none rw",
	                                     "1 - cgroup2"};
	const char *root, *point;
	char line[128];
	for (size_t i = 0; i < COUNT(rows); i++)
		for (int version = 0; version < CGROUP_VERSIONS; version++) {
			check_about("'%s', %d", rows[i].line, version);
			snprintf(line, sizeof line, "%s", rows[i].line);
			bool same = (int)rows[i].version == version;
			CHECK_EQUAL(cgroup_parse_mount(line, (enum cgroup_version)version,
			                               &root, &point),
			            same);
			if (!same)
				continue;
			CHECK_EQUAL(strcmp(root, rows[i].root), 0);
			CHECK_EQUAL(strcmp(point, rows[i].point), 0);
		}
	for (size_t i = 0; i < COUNT(others); i++)
		for (int version = 0; version < CGROUP_VERSIONS; version++) {
			check_about("'%s', %d", others[i], version);
			snprintf(line, sizeof line, "%s", others[i]);
			CHECK(!cgroup_parse_mount(line, (enum cgroup_version)version,
			                          &root, &point));
		}
}

TEST(the_cgroup_of_the_caller_is_not_opened)
{
	struct cgroup cgroup;
	for (int version = 0; version < CGROUP_VERSIONS; version++)
		CHECK(cgroup_open(&cgroup, getpid(), (enum cgroup_version)version) < 0);
}

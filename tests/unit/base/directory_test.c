/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../check.h"
#include "base/directory.h"
#include "base/value.h"

enum { COPIES = 1500 };

/* How many of the copies are listed, and whether in ascending order. */
static int count_descriptors(int first, bool *ascending)
{
	struct directory names;
	int count = 0, last = -1, fds = directory_open(AT_FDCWD, "/proc/self/fd");
	*ascending = true;
	directory_begin_proc(&names, fds);
	for (const char *name; (name = directory_next(&names)) != NULL;) {
		int fd = (int)value_strtoull(name, NULL, 10);
		*ascending = *ascending && fd > last;
		last = fd;
		count += fd >= first && fd < first + COPIES;
	}
	close(fds);
	return count;
}

TEST(all_names_of_a_directory_of_proc_are_listed_with_one_read_or_several)
{
	struct rlimit limit;
	bool ascending;
	getrlimit(RLIMIT_NOFILE, &limit);
	int first = 100, room = (int)limit.rlim_cur - first;
	if (limit.rlim_cur < (rlim_t)first + COPIES) {
		limit.rlim_cur = (rlim_t)(first + COPIES);
		room = setrlimit(RLIMIT_NOFILE, &limit) == 0 ? COPIES : room;
	}
	int copies = 0;
	for (int each = 0; each < COPIES && each < room; each++) {
		copies += dup2(1, first + each) >= 0;
		/* where a read ends is tried at each length once */
		if (each > 650 && each < 720) {
			CHECK_EQUAL(count_descriptors(first, &ascending), copies);
			CHECK(ascending);
		}
	}
	CHECK_EQUAL(count_descriptors(first, &ascending), copies);
	CHECK(ascending);
	for (int each = 0; each < copies; each++)
		close(first + each);
}

TEST(a_directory_that_cannot_be_read_has_no_names)
{
	struct directory names;
	int fdinfo = directory_open(AT_FDCWD, "/proc/self/fdinfo");
	directory_begin_proc(&names, fdinfo);
	CHECK(directory_next(&names) != NULL);
	close(fdinfo);
	directory_begin_proc(&names, -1);
	CHECK(directory_next(&names) == NULL);
}

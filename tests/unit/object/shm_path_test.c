/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "../check.h"
#include "object/shm_path.h"

TEST(the_file_of_an_object_has_the_longest_name)
{
	struct name name;
	struct shm_path path;
	char text[300], expected[300];
	memset(text, 'x', 255);
	text[255] = '\0';
	strcpy(expected, "/dev/shm/");
	strcat(expected, text);
	CHECK_EQUAL(name_parse(&name, NAME_MEMORY, text), STATUS_OK);
	CHECK_EQUAL(shm_path_of(&path, &name), expected);
	CHECK_EQUAL(name_parse(&name, NAME_MEMORY, "/dev/shm/a"), STATUS_OK);
	CHECK_EQUAL(shm_path_of(&path, &name), "/dev/shm/a");
}

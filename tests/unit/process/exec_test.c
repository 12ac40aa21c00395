/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "../check.h"
#include "process/exec.h"

TEST(a_command_follows_a_double_dash_or_there_is_none)
{
	char *none[] = {NULL}, *given[] = {"--", "true", "x", NULL};
	char **command = given;
	CHECK_EQUAL(exec_parse_optional(&command, none), STATUS_OK);
	CHECK(command == NULL);
	CHECK_EQUAL(exec_parse_optional(&command, given), STATUS_OK);
	CHECK(command == given + 1);
}

TEST(a_command_without_a_double_dash_is_refused)
{
	char *without[] = {"true", NULL}, *nothing[] = {"--", NULL};
	char **command;
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(exec_parse_optional(&command, without), STATUS_USAGE);
	CHECK(command == NULL);
	CHECK_EQUAL(exec_parse_optional(&command, nothing), STATUS_USAGE);
	CHECK(command == NULL);
	check_captured(STDERR_FILENO);
}

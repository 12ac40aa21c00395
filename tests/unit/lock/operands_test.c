/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <unistd.h>

#include "../check.h"
#include "lock/operands.h"

static const struct lock_operands_options none = {.fd = -1};

static enum status parse(struct lock_operands *operands,
                         const struct lock_operands_options *options, char **argv)
{
	int argc = 0;
	while (argv[argc] != NULL)
		argc++;
	return lock_operands_parse(operands, options, argc, argv);
}

TEST(a_command_follows_the_file)
{
	struct lock_operands operands;
	char *argv[] = {"file", "true", "-c", NULL};
	CHECK_EQUAL(parse(&operands, &none, argv), STATUS_OK);
	CHECK_EQUAL(operands.fd, -1);
	CHECK(operands.command == argv + 1);
	char *dashed[] = {"9", "--", "true", NULL};
	CHECK_EQUAL(parse(&operands, &none, dashed), STATUS_OK);
	CHECK_EQUAL(operands.fd, -1);
	CHECK(operands.command == dashed + 2);
}

TEST(a_line_stands_before_or_after_the_file)
{
	struct lock_operands operands;
	const struct lock_operands_options line = {.fd = -1, .line = "exit 3"};
	char *before[] = {"9", NULL};
	CHECK_EQUAL(parse(&operands, &line, before), STATUS_OK);
	CHECK_EQUAL(operands.fd, -1);
	CHECK_EQUAL(operands.command[1], "-c");
	CHECK_EQUAL(operands.command[2], "exit 3");
	CHECK(operands.command[3] == NULL);
	char *after[] = {"file", "--command", "exit 4", NULL};
	CHECK_EQUAL(parse(&operands, &none, after), STATUS_OK);
	CHECK_EQUAL(operands.command[2], "exit 4");
}

TEST(a_number_alone_is_a_descriptor)
{
	struct lock_operands operands;
	const struct lock_operands_options fd = {.fd = 7};
	const struct lock_operands_options command = {.fd = -1, .require_command = true};
	char *argv[] = {"9", NULL}, *nothing[] = {NULL};
	CHECK_EQUAL(parse(&operands, &none, argv), STATUS_OK);
	CHECK_EQUAL(operands.fd, 9);
	CHECK_EQUAL(parse(&operands, &fd, nothing), STATUS_OK);
	CHECK_EQUAL(operands.fd, 7);
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(parse(&operands, &command, argv), STATUS_USAGE);
	check_captured(STDERR_FILENO);
}

TEST(what_is_missing_or_too_much_is_a_usage_error)
{
	struct lock_operands operands;
	const struct lock_operands_options fd = {.fd = 7};
	const struct lock_operands_options line = {.fd = -1, .line = ":"};
	char *bad[][3] = {{NULL}, {"file", NULL}, {"file", "--", NULL}, {"9x", NULL}};
	char *two[] = {"file", "true", NULL};
	for (size_t i = 0; i < COUNT(bad) + 2; i++) {
		const struct lock_operands_options *options = i == COUNT(bad)  ? &fd
		                                              : i > COUNT(bad) ? &line
		                                                               : &none;
		char **argv = i < COUNT(bad) ? bad[i] : two;
		check_about("%zu", i);
		check_capture(STDERR_FILENO);
		CHECK_EQUAL(parse(&operands, options, argv), STATUS_USAGE);
		check_captured(STDERR_FILENO);
	}
}

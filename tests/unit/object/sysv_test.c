/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <unistd.h>

#include "../check.h"
#include "object/sysv.h"

/* A kind of object that answers as the test wants. */
static int answer, answer_error, last_id, last_command, last_key, refuse_stat;

static int get_fake(int32_t key)
{
	last_key = key;
	errno = answer_error;
	return answer;
}

static int control_fake(int id, int command, void *argument)
{
	(void)argument;
	last_id = id;
	last_command = command;
	errno = answer_error;
	if (command == IPC_STAT && refuse_stat) {
		errno = EACCES;
		return -1;
	}
	return answer;
}

enum { STAT_ANY_FAKE = 99 };

static const struct sysv_kind fake = {"message queue", "mqcreate", get_fake, control_fake,
                                      STAT_ANY_FAKE};

static const struct name by_key = {.family = NAME_FAMILY_SYSTEM_V,
                                   .address = NAME_BY_KEY,
                                   .number = 74,
                                   .text = "key:0x0000004a"};
static const struct name by_id = {
    .family = NAME_FAMILY_SYSTEM_V, .address = NAME_BY_ID, .number = 7, .text = "id:7"};
static const struct name private = {
    .family = NAME_FAMILY_SYSTEM_V, .address = NAME_PRIVATE, .text = "private:"};

static void will_answer(int result, int error)
{
	answer = result;
	answer_error = error;
}

TEST(an_address_that_names_no_object_is_not_found)
{
	static const struct {
		int error;
		const char *before;
		enum status status;
		const char *message;
	} rows[] = {
	    {ENOENT, "", STATUS_NOT_FOUND, "no such message queue (mqcreate makes one)"},
	    {EINVAL, "3 received, then: ", STATUS_NOT_FOUND,
	     "3 received, then: no such message queue"},
	    {EIDRM, "", STATUS_NOT_FOUND, "the message queue was removed"},
	    {EIDRM, "3 received, then: ", STATUS_NOT_FOUND,
	     "3 received, then: the message queue was removed"},
	    {EACCES, "", STATUS_FAILED, "Permission denied"},
	    {EACCES, "3 received, then: ", STATUS_FAILED,
	     "3 received, then: Permission denied"},
	    {EEXIST, "", STATUS_EXISTS, "File exists"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char expected[128];
		check_about("errno %d, '%s'", rows[i].error, rows[i].before);
		snprintf(expected, sizeof expected, "ipctool: key:0x0000004a: %s\n",
		         rows[i].message);
		check_capture(STDERR_FILENO);
		errno = rows[i].error;
		CHECK_EQUAL(sysv_error(&by_key, &fake, rows[i].before), rows[i].status);
		CHECK_EQUAL(check_captured(STDERR_FILENO), expected);
	}
}

TEST(an_id_needs_no_call_and_a_key_is_asked_for)
{
	int id = -1;
	will_answer(-1, ENOENT);
	CHECK_EQUAL(sysv_find(&id, &by_id, &fake), STATUS_OK);
	CHECK_EQUAL(id, 7);
	CHECK_EQUAL(last_key, 0);
	will_answer(12, 0);
	CHECK_EQUAL(sysv_find(&id, &by_key, &fake), STATUS_OK);
	CHECK_EQUAL(id, 12);
	CHECK_EQUAL(last_key, 74);
	will_answer(-1, ENOENT);
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(sysv_find(&id, &by_key, &fake), STATUS_NOT_FOUND);
	check_captured(STDERR_FILENO);
}

TEST(private_names_no_object_that_exists)
{
	int id = 5;
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(sysv_find(&id, &private, &fake), STATUS_USAGE);
	CHECK_EQUAL(sysv_unlink(&private, &fake, true), STATUS_USAGE);
	CHECK(*check_captured(STDERR_FILENO) != '\0');
	CHECK_EQUAL(id, 5);
	CHECK_EQUAL(last_command, 0);
}

TEST(an_object_can_be_looked_at_without_permission_to_read_it)
{
	will_answer(0, 0);
	CHECK_EQUAL(sysv_stat(7, &fake, NULL), 0);
	CHECK_EQUAL(last_command, IPC_STAT);
	refuse_stat = 1;
	will_answer(7, 0);
	CHECK_EQUAL(sysv_stat(7, &fake, NULL), 0);
	CHECK_EQUAL(last_command, STAT_ANY_FAKE);
	/* an older one in the same place */
	will_answer(32775, 0);
	CHECK_EQUAL(sysv_stat(7, &fake, NULL), -1);
	CHECK_EQUAL(errno, EIDRM);
	/* before Linux 4.17 */
	will_answer(-1, EINVAL);
	CHECK_EQUAL(sysv_stat(7, &fake, NULL), -1);
	CHECK_EQUAL(errno, EACCES);
	refuse_stat = 0;
	will_answer(-1, EIDRM);
	CHECK_EQUAL(sysv_stat(7, &fake, NULL), -1);
	CHECK_EQUAL(errno, EIDRM);
}

TEST(an_object_is_removed_by_its_id)
{
	will_answer(0, 0);
	CHECK_EQUAL(sysv_unlink(&by_id, &fake, false), STATUS_OK);
	CHECK_EQUAL(last_id, 7);
	CHECK_EQUAL(last_command, IPC_RMID);
	will_answer(-1, EIDRM);
	CHECK_EQUAL(sysv_unlink(&by_id, &fake, true), STATUS_NOT_FOUND);
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(sysv_unlink(&by_id, &fake, false), STATUS_NOT_FOUND);
	will_answer(-1, EPERM);
	CHECK_EQUAL(sysv_unlink(&by_id, &fake, true), STATUS_FAILED);
	CHECK_EQUAL(check_captured(STDERR_FILENO),
	            "ipctool: id:7: the message queue was removed\n"
	            "ipctool: id:7: Operation not permitted\n");
}

TEST(an_object_that_was_just_made_is_discarded_with_errno_as_it_was)
{
	will_answer(-1, EIDRM);
	errno = ENOSPC;
	sysv_discard(9, &fake);
	CHECK_EQUAL(errno, ENOSPC);
	CHECK_EQUAL(last_id, 9);
	CHECK_EQUAL(last_command, IPC_RMID);
}

TEST(an_id_cannot_be_chosen)
{
	CHECK_EQUAL(sysv_check_create(&by_key), STATUS_OK);
	CHECK_EQUAL(sysv_check_create(&private), STATUS_OK);
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(sysv_check_create(&by_id), STATUS_USAGE);
	CHECK(*check_captured(STDERR_FILENO) != '\0');
}

static int removed;

static enum status remove_fake(const struct name *name, bool missing_is_fine)
{
	removed = name->address == NAME_BY_ID && missing_is_fine ? name->number : -1;
	return STATUS_OK;
}

TEST(the_id_of_a_new_object_is_printed_or_the_object_removed)
{
	check_capture(STDOUT_FILENO);
	CHECK_EQUAL(sysv_print_id(7, true, remove_fake), STATUS_OK);
	CHECK_EQUAL(check_captured(STDOUT_FILENO), "id:7\n");
	CHECK_EQUAL(removed, 0);
	int output = dup(STDOUT_FILENO);
	close(STDOUT_FILENO);
	check_capture(STDERR_FILENO);
	CHECK(sysv_print_id(8, false, remove_fake) != STATUS_OK);
	CHECK_EQUAL(removed, 0);
	CHECK(sysv_print_id(7, true, remove_fake) != STATUS_OK);
	CHECK_EQUAL(removed, 7);
	check_captured(STDERR_FILENO);
	dup2(output, STDOUT_FILENO);
}

TEST(a_key_is_shown_with_eight_digits_and_none_is_null)
{
	char text[SYSV_KEY_BYTES];
	CHECK_EQUAL(sysv_key_text(74, text), "0x0000004a");
	CHECK_EQUAL(sysv_key_text(-1, text), "0xffffffff");
	CHECK_EQUAL(sysv_key_text(0, text), NULL);
}

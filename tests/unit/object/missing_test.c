/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <unistd.h>

#include "../check.h"
#include "io/error.h"
#include "object/missing.h"

static const struct name jobs = {.text = "/jobs"};
static const struct name inside = {.family = NAME_FAMILY_IN_MEMORY,
                                   .text = "shm:/table+8"};

static void check_open(const struct name *name, enum name_kind kind, const char *message)
{
	check_capture(STDERR_FILENO);
	errno = ENOENT;
	CHECK_EQUAL(missing_open_error(name, kind), STATUS_NOT_FOUND);
	CHECK_EQUAL(check_captured(STDERR_FILENO), message);
}

TEST(a_missing_object_is_named_with_what_makes_one)
{
	check_open(&jobs, NAME_QUEUE,
	           "ipctool: /jobs: no such queue (mqcreate makes one)\n");
	check_open(
	    &jobs, NAME_MEMORY,
	    "ipctool: /jobs: no such shared memory object (shmcreate makes one)\n");
	check_open(&jobs, NAME_SEMAPHORE,
	           "ipctool: /jobs: no such semaphore (semop create makes one)\n");
	check_open(&inside, NAME_SEMAPHORE,
	           "ipctool: shm:/table+8: no such shared memory object "
	           "(shmcreate makes one)\n");
}

TEST(one_that_cannot_be_removed_comes_without_advice)
{
	check_capture(STDERR_FILENO);
	errno = ENOENT;
	CHECK_EQUAL(missing_unlink_error(&jobs, NAME_QUEUE), STATUS_NOT_FOUND);
	CHECK_EQUAL(check_captured(STDERR_FILENO), "ipctool: /jobs: no such queue\n");
}

TEST(any_other_reason_is_that_of_errno)
{
	check_capture(STDERR_FILENO);
	errno = EACCES;
	CHECK_EQUAL(missing_open_error(&jobs, NAME_QUEUE), STATUS_FAILED);
	errno = EACCES;
	CHECK_EQUAL(missing_unlink_error(&jobs, NAME_QUEUE), STATUS_FAILED);
	CHECK_EQUAL(check_captured(STDERR_FILENO), "ipctool: /jobs: Permission denied\n"
	                                           "ipctool: /jobs: Permission denied\n");
}

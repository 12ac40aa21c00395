/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../check.h"
#include "base/waitable.h"

static struct deadline soon(void)
{
	return deadline_in(10000000);
}

TEST(a_descriptor_is_due_at_first_and_again_when_poll_reports_it)
{
	int ends[2];
	struct waitable waitable, *all[] = {&waitable};
	CHECK_EQUAL(pipe2(ends, O_CLOEXEC), 0);
	waitable_init(&waitable, ends[0], POLLIN);
	CHECK(waitable.due);
	CHECK_EQUAL(waitable_check(&waitable), 0);
	CHECK(!waitable.due);
	struct deadline deadline = soon();
	CHECK_EQUAL(waitable_poll(all, 1, &deadline), -1);
	CHECK_EQUAL(errno, ETIMEDOUT);
	CHECK_EQUAL(write(ends[1], "x", 1), 1);
	/* not before it is polled */
	CHECK_EQUAL(waitable_check(&waitable), 0);
	CHECK_EQUAL(waitable_poll(all, 1, &DEADLINE_NOW), 0);
	CHECK_EQUAL(waitable_check(&waitable), 1);
	CHECK(waitable.due);
	waitable_close(&waitable);
	CHECK_EQUAL(fcntl(ends[0], F_GETFD), -1);
}

TEST(one_that_is_done_is_not_polled)
{
	struct waitable a, b, *all[] = {&a, &b};
	waitable_init(&a, open("/dev/null", O_RDONLY), POLLIN);
	waitable_init(&b, -1, POLLIN);
	a.done = true;
	b.due = false;
	CHECK_EQUAL(waitable_check(&a), 0);
	struct deadline deadline = soon();
	CHECK_EQUAL(waitable_poll(all, 2, &deadline), -1);
	CHECK_EQUAL(errno, ETIMEDOUT);
	a.done = false;
	a.due = false;
	CHECK_EQUAL(waitable_poll(all, 2, &DEADLINE_NOW), 0);
	CHECK(a.due);
	CHECK(!b.due);
	waitable_close(&a);
}

TEST(one_that_stays_ready_does_not_hide_the_deadline)
{
	struct waitable ready, *all[] = {&ready};
	waitable_init(&ready, open("/dev/null", O_RDONLY), POLLIN);
	CHECK_EQUAL(waitable_poll(all, 1, &DEADLINE_NEVER), 0);
	CHECK_EQUAL(waitable_check(&ready), 1);
	struct deadline deadline = soon();
	while (waitable_poll(all, 1, &deadline) == 0)
		CHECK_EQUAL(waitable_check(&ready), 1);
	CHECK_EQUAL(errno, ETIMEDOUT);
	waitable_close(&ready);
}

TEST(a_descriptor_that_is_not_open_is_an_error)
{
	struct waitable waitable, *all[] = {&waitable};
	waitable_init(&waitable, 999, POLLIN);
	CHECK_EQUAL(waitable_check(&waitable), -1);
	CHECK_EQUAL(errno, EBADF);
	CHECK_EQUAL(waitable_poll(all, 1, &DEADLINE_NOW), -1);
	CHECK_EQUAL(errno, EBADF);
}

static int asked;

static int ready_the_third_time(struct waitable *waitable)
{
	(void)waitable;
	return ++asked == 3;
}

static void count_close(struct waitable *waitable)
{
	(void)waitable;
	asked = -1;
}

TEST(a_function_decides_and_closes)
{
	int ends[2];
	struct waitable waitable, *all[] = {&waitable};
	CHECK_EQUAL(pipe2(ends, O_CLOEXEC), 0);
	CHECK_EQUAL(write(ends[1], "x", 1), 1);
	waitable_init(&waitable, ends[0], POLLIN);
	waitable.check = ready_the_third_time;
	waitable.close = count_close;
	while (waitable_check(&waitable) == 0)
		CHECK_EQUAL(waitable_poll(all, 1, &DEADLINE_NEVER), 0);
	CHECK_EQUAL(asked, 3);
	waitable_close(&waitable);
	CHECK_EQUAL(asked, -1);
	CHECK_EQUAL(waitable.fd, -1);
	CHECK(fcntl(ends[0], F_GETFD) >= 0);
}

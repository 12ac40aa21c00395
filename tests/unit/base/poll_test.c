/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include "../check.h"
#include "base/deadline.h"
#include "base/poll.h"
#include "base/termsig.h"

static const int64_t hour = INT64_C(3600000000000);

typedef int poll_function(struct pollfd *, nfds_t, int64_t);
static poll_function *const polls[] = {poll_at_most, poll_in_steps};

TEST(a_poll_reports_at_once_what_is_ready)
{
	static const int64_t times[] = {0,        1, 999999, 1000000, INT64_C(1) << 62,
	                                INT64_MAX};
	int ends[2];
	CHECK_EQUAL(pipe(ends), 0);
	for (size_t i = 0; i < COUNT(polls); i++)
		for (size_t j = 0; j < COUNT(times); j++) {
			struct pollfd fds[] = {{.fd = ends[0], .events = POLLIN},
			                       {.fd = ends[1], .events = POLLOUT}};
			check_about("function %zu, %lld ns", i, (long long)times[j]);
			CHECK_EQUAL(polls[i](fds, 2, times[j]), 1);
			CHECK_EQUAL(fds[0].revents, 0);
			CHECK_EQUAL(fds[1].revents, POLLOUT);
		}
}

/* A single call may end before that time, and must not end after it. */
TEST(polls_for_the_time_that_is_left_add_up_to_it)
{
	static const int64_t times[] = {1, 300000, 1000000, 2999999, 20500000};
	struct pollfd none = {.fd = -1};
	for (size_t i = 0; i < COUNT(polls); i++)
		for (size_t j = 0; j < COUNT(times); j++) {
			struct deadline deadline = deadline_in(times[j]);
			int calls = 0;
			int64_t left;
			check_about("function %zu, %lld ns", i, (long long)times[j]);
			for (; (left = deadline_left(&deadline)) > 0; calls++)
				CHECK_EQUAL(polls[i](&none, 1, left), 0);
			CHECK(calls <= 7);
		}
}

static void ignore_signal(int number)
{
	(void)number;
}

TEST(a_signal_with_a_handler_ends_a_poll)
{
	struct sigaction action = {.sa_handler = ignore_signal, .sa_flags = SA_RESTART};
	struct pollfd none = {.fd = -1};
	sigaction(SIGALRM, &action, NULL);
	for (size_t i = 0; i < COUNT(polls); i++) {
		ualarm(20000, 0);
		CHECK_EQUAL(polls[i](&none, 1, hour), -1);
		CHECK_EQUAL(errno, EINTR);
	}
}

/* As it would be if the signal came between the last check and the system call. */
TEST(a_termination_signal_just_before_a_poll_ends_it)
{
	struct termsig termsig;
	int ends[2];
	CHECK_EQUAL(pipe(ends), 0);
	termsig_begin(&termsig);
	struct pollfd fds[] = {{.fd = ends[0], .events = POLLIN}, {.fd = -1}};
	termsig_guard_poll(&fds[0].fd);
	raise(SIGTERM);
	CHECK_EQUAL(fds[0].fd, INT_MAX);
	for (size_t i = 0; i < COUNT(polls); i++) {
		CHECK_EQUAL(polls[i](fds, 2, hour), 1);
		CHECK_EQUAL(fds[0].revents, POLLNVAL);
	}
	fds[1].fd = 7;
	termsig_guard_poll(&fds[1].fd);
	CHECK_EQUAL(fds[1].fd, INT_MAX);
	fds[0] = (struct pollfd){.fd = ends[0], .events = POLLIN};
	termsig_guard_poll(NULL);
	CHECK_EQUAL(deadline_poll(&DEADLINE_NEVER, fds, 1), -1);
	CHECK_EQUAL(errno, EINTR);
	CHECK_EQUAL(fds[0].fd, ends[0]);
	/* what is ready is reported all the same */
	CHECK_EQUAL(write(ends[1], "x", 1), 1);
	CHECK_EQUAL(deadline_poll(&DEADLINE_NEVER, fds, 1), 1);
}

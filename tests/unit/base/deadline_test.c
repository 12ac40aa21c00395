/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <unistd.h>

#include "../check.h"
#include "base/deadline.h"

static const int64_t second = 1000000000, hour = INT64_C(3600000000000);

static struct deadline passed(void)
{
	return (struct deadline){.timeout = {TIMEOUT_AFTER, 0}};
}

TEST(without_a_limit_the_whole_time_is_left)
{
	struct deadline deadline = deadline_start((struct timeout){0});
	CHECK_EQUAL(deadline.timeout.kind, TIMEOUT_NONE);
	CHECK_EQUAL(deadline_left(&deadline), INT64_MAX);
	CHECK_EQUAL(deadline_left(&DEADLINE_NEVER), INT64_MAX);
	CHECK_EQUAL(deadline_errno(&DEADLINE_NEVER), ETIMEDOUT);
}

TEST(without_waiting_nothing_is_left)
{
	struct deadline deadline = deadline_start((struct timeout){TIMEOUT_ZERO, 0});
	CHECK_EQUAL(deadline_left(&deadline), 0);
	CHECK_EQUAL(deadline_left(&DEADLINE_NOW), 0);
	CHECK_EQUAL(deadline_errno(&deadline), EAGAIN);
}

TEST(the_time_that_is_left_grows_less)
{
	int64_t before = deadline_clock();
	struct deadline deadline = deadline_in(hour);
	int64_t left = deadline_left(&deadline);
	int64_t after = deadline_clock();
	CHECK(left <= hour);
	CHECK(left >= hour - (after - before));
	CHECK(deadline_left(&deadline) <= left);
	CHECK_EQUAL(deadline_errno(&deadline), ETIMEDOUT);
	deadline = passed();
	CHECK_EQUAL(deadline_left(&deadline), 0);
}

TEST(the_nanoseconds_of_a_moment_carry_into_its_seconds)
{
	struct deadline from = {.timeout = {TIMEOUT_AFTER, 0}, .at = {10, 999999999}};
	struct deadline to = deadline_add(from, 1);
	CHECK_EQUAL(to.at.tv_sec, 11);
	CHECK_EQUAL(to.at.tv_nsec, 0);
	to = deadline_add(from, 3 * second + 5);
	CHECK_EQUAL(to.at.tv_sec, 14);
	CHECK_EQUAL(to.at.tv_nsec, 4);
	to = deadline_add(from, 0);
	CHECK_EQUAL(to.at.tv_sec, 10);
	CHECK_EQUAL(to.at.tv_nsec, 999999999);
	CHECK_EQUAL(to.timeout.kind, TIMEOUT_AFTER);
}

TEST(the_longest_duration_does_not_overflow)
{
	struct deadline deadline = deadline_in(INT64_MAX);
	CHECK(deadline.at.tv_sec > INT64_MAX / second);
	CHECK(deadline.at.tv_nsec >= 0 && deadline.at.tv_nsec < second);
	CHECK(deadline_left(&deadline) > INT64_MAX - hour);
	deadline = deadline_add(deadline, INT64_MAX);
	CHECK_EQUAL(deadline_left(&deadline), INT64_MAX);
}

TEST(a_poll_sees_what_is_ready_even_after_the_deadline)
{
	int pipe_fds[2];
	struct deadline late = passed();
	CHECK_EQUAL(pipe(pipe_fds), 0);
	struct pollfd ready = {.fd = pipe_fds[1], .events = POLLOUT};
	CHECK_EQUAL(deadline_poll(&late, &ready, 1), 1);
	CHECK_EQUAL(deadline_poll(&DEADLINE_NOW, &ready, 1), 1);
	CHECK_EQUAL(deadline_poll(&DEADLINE_NEVER, &ready, 1), 1);
	struct pollfd empty = {.fd = pipe_fds[0], .events = POLLIN};
	CHECK_EQUAL(deadline_poll(&late, &empty, 1), -1);
	CHECK_EQUAL(errno, ETIMEDOUT);
	CHECK_EQUAL(deadline_poll(&DEADLINE_NOW, &empty, 1), -1);
	CHECK_EQUAL(errno, EAGAIN);
}

TEST(a_wait_for_a_descriptor_ends_when_the_reader_of_the_output_has_left)
{
	int in[2], out[2];
	CHECK_EQUAL(pipe(in), 0);
	CHECK_EQUAL(pipe(out), 0);
	CHECK_EQUAL(deadline_poll_fd(&DEADLINE_NOW, in[0], POLLIN, out[1]), -1);
	CHECK_EQUAL(errno, EAGAIN);
	CHECK_EQUAL(write(in[1], "x", 1), 1);
	CHECK_EQUAL(deadline_poll_fd(&DEADLINE_NOW, in[0], POLLIN, out[1]), 0);
	CHECK_EQUAL(deadline_poll_fd(&DEADLINE_NOW, in[0], POLLIN, -1), 0);
	close(out[0]);
	CHECK_EQUAL(deadline_poll_fd(&DEADLINE_NEVER, in[0], POLLIN, out[1]), -1);
	CHECK_EQUAL(errno, EPIPE);
}

TEST(a_futex_wait_returns_at_once_if_the_word_has_changed)
{
	uint32_t word = 5;
	struct deadline late = passed();
	CHECK_EQUAL(deadline_futex_wait(&DEADLINE_NEVER, &word, 4, ~UINT32_C(0)), 0);
	CHECK_EQUAL(deadline_futex_wait(&late, &word, 5, ~UINT32_C(0)), -1);
	CHECK_EQUAL(errno, ETIMEDOUT);
	CHECK_EQUAL(deadline_futex_wait(&DEADLINE_NOW, &word, 5, ~UINT32_C(0)), -1);
	CHECK_EQUAL(errno, EAGAIN);
}

TEST(a_semop_that_would_wait_ends_with_the_deadline)
{
	struct sembuf take = {0, -1, 0}, give = {0, 1, 0}, refuse = {0, -1, IPC_NOWAIT};
	struct deadline late = passed();
	int id = semget(IPC_PRIVATE, 1, 0600);
	CHECK(id >= 0);
	CHECK_EQUAL(deadline_semop(&late, id, &take, 1), -1);
	CHECK_EQUAL(errno, ETIMEDOUT);
	CHECK_EQUAL(deadline_semop(&DEADLINE_NOW, id, &take, 1), -1);
	CHECK_EQUAL(errno, EAGAIN);
	CHECK_EQUAL(deadline_semop(&DEADLINE_NEVER, id, &refuse, 1), -1);
	CHECK_EQUAL(errno, EAGAIN);
	CHECK_EQUAL(deadline_semop(&DEADLINE_NOW, id, &give, 1), 0);
	CHECK_EQUAL(deadline_semop(&late, id, &take, 1), 0);
	CHECK_EQUAL(semctl(id, 0, IPC_RMID), 0);
}

static void count_calls(void *calls)
{
	++*(int *)calls;
}

TEST(the_idle_hook_runs_until_it_is_unset)
{
	int calls = 0;
	CHECK(!deadline_run_idle_hook());
	deadline_set_idle_hook(count_calls, &calls);
	CHECK(deadline_run_idle_hook());
	CHECK_EQUAL(calls, 1);
	CHECK_EQUAL(deadline_poll(&DEADLINE_NOW, NULL, 0), -1);
	CHECK_EQUAL(calls, 2);
	deadline_set_idle_hook(NULL, NULL);
	CHECK(!deadline_run_idle_hook());
	CHECK_EQUAL(calls, 2);
}

TEST(a_backoff_ends_with_the_deadline)
{
	struct deadline late = passed();
	CHECK_EQUAL(deadline_backoff(&late), -1);
	CHECK_EQUAL(errno, ETIMEDOUT);
	CHECK_EQUAL(deadline_backoff(&DEADLINE_NOW), -1);
	CHECK_EQUAL(errno, EAGAIN);
	int64_t before = deadline_clock();
	CHECK_EQUAL(deadline_backoff(&DEADLINE_NEVER), 0);
	CHECK(deadline_clock() - before >= second / 1000);
}

TEST(a_descriptor_that_is_not_open_is_not_ready)
{
	int ends[2];
	CHECK_EQUAL(pipe(ends), 0);
	close(ends[0]);
	struct pollfd fds[] = {{.fd = ends[0], .events = POLLIN}};
	CHECK_EQUAL(deadline_poll(&DEADLINE_NOW, fds, 1), -1);
	CHECK_EQUAL(errno, EBADF);
	close(ends[1]);
}

TEST(a_negative_descriptor_is_none)
{
	struct pollfd fds[] = {{.fd = -1, .events = POLLIN}};
	CHECK_EQUAL(deadline_poll(&DEADLINE_NOW, fds, 1), -1);
	CHECK_EQUAL(errno, EAGAIN);
}

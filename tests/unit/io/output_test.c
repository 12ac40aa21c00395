/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "../check.h"
#include "base/call.h"
#include "io/output.h"

/* In a call as applets have it, standard output being fd. */
static enum status write_to(int fd, struct call *call)
{
	call_begin(call, "probe");
	call_ignore_sigpipe();
	dup2(fd, STDOUT_FILENO);
	check_capture(STDERR_FILENO);
	return output_write("text\n", 5);
}

TEST(an_output_that_is_full_or_read_only_is_a_failure_with_its_reason)
{
	struct call call;
	CHECK_EQUAL(write_to(open("/dev/full", O_WRONLY), &call), STATUS_FAILED);
	CHECK_EQUAL(check_captured(STDERR_FILENO),
	            "probe: standard output: No space left on device\n");
	CHECK_EQUAL(write_to(open("/dev/null", O_RDONLY), &call), STATUS_FAILED);
	CHECK_EQUAL(check_captured(STDERR_FILENO),
	            "probe: standard output: Bad file descriptor\n");
}

TEST(a_reader_that_has_left_is_a_status_without_a_message)
{
	struct call call;
	int ends[2];
	CHECK_EQUAL(pipe(ends), 0);
	close(ends[0]);
	CHECK_EQUAL(write_to(ends[1], &call), STATUS_SIGPIPE);
	CHECK_EQUAL(check_captured(STDERR_FILENO), "");
}

TEST(a_failure_is_told_without_a_message_of_its_own)
{
	errno = EPIPE;
	CHECK_EQUAL(output_failure().status, STATUS_SIGPIPE);
	errno = ENOSPC;
	CHECK_EQUAL(output_failure().status, STATUS_FAILED);
	errno = ENOSPC;
	CHECK_EQUAL(output_failure().reason, "No space left on device");
	/* no signal has asked it to end */
	errno = EINTR;
	CHECK_EQUAL(output_failure().status, STATUS_FAILED);
}

TEST(numbers_and_formatted_text_are_written_as_they_are)
{
	check_capture(STDOUT_FILENO);
	CHECK_EQUAL(output_number(0), STATUS_OK);
	CHECK_EQUAL(output_number(UINT64_MAX), STATUS_OK);
	CHECK_EQUAL(output_printf("%s=%d\n", "a", 1), STATUS_OK);
	CHECK_EQUAL(output_write("", 0), STATUS_OK);
	CHECK_EQUAL(output_write("a\nb", 3), STATUS_OK);
	CHECK_EQUAL(check_captured(STDOUT_FILENO), "0\n18446744073709551615\na=1\na\nb");
}

TEST(as_much_is_written_as_goes_without_waiting)
{
	static char block[1 << 20];
	struct call call;
	int ends[2];
	CHECK_EQUAL(pipe(ends), 0);
	call_begin(&call, "probe");
	dup2(ends[1], STDOUT_FILENO);
	struct output output;
	CHECK_EQUAL(output_begin(&output), STATUS_OK);
	CHECK(output_is_writable(&output));
	ssize_t written = output_write_nonblock(&output, block, sizeof block);
	CHECK(written > 0 && written < (ssize_t)sizeof block);
	/* an older kernel cannot fill the pipe; then the caller polls first */
	if (output.nowait) {
		CHECK(!output_is_writable(&output));
		CHECK_EQUAL(output_write_nonblock(&output, block, sizeof block), -1);
		CHECK_EQUAL(errno, EAGAIN);
	}
	CHECK_EQUAL(fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK, 0);
}

/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"

/* The compiler knows what memset(3) writes. */
static void *(*volatile fill)(void *, int, size_t) = memset;

/* The canary stands after the array, perhaps after 8 bytes, and the return address later.
 */
__attribute__((noinline)) static int fill_too_much(size_t size)
{
	char bytes[64];
	fill(bytes, 0, size);
	return bytes[0];
}

TEST(a_stack_that_was_written_over_ends_the_process)
{
	for (size_t size = 64; size <= 80; size += 16) {
		int status;
		pid_t pid = fork();
		if (pid == 0) {
			close(STDERR_FILENO);
			_exit(fill_too_much(size));
		}
		CHECK_EQUAL(waitpid(pid, &status, 0), pid);
		CHECK_EQUAL(status != 0, size > 64);
	}
}

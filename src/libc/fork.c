/* SPDX-License-Identifier: MIT */
/*
 * fork(2) for the static program, which has no threads: musl's takes their locks, which
 * needs all of those that have a time-out.
 */
#include <unistd.h>

pid_t fork(void)
{
	return _Fork();
}

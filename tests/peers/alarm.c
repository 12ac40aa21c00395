/* SPDX-License-Identifier: MIT */
/* alarm SECONDS COMMAND [ARG...]: set an alarm by setitimer(2), which execve(2) keeps,
 * and execute the command. */
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	double seconds = strtod(argv[1], NULL);
	struct itimerval timer = {
	    .it_value = {.tv_sec = (time_t)seconds,
	                 .tv_usec =
	                     (suseconds_t)((seconds - (double)(time_t)seconds) * 1e6)}};
	setitimer(ITIMER_REAL, &timer, NULL);
	execvp(argv[2], argv + 2);
	return 127;
}

/* SPDX-License-Identifier: MIT */
/* signal_stream COUNT [OUTPUT COMMAND...]: send COUNT real-time signals, 36, with the
 * values from 0 on, to a child that takes them by a bare loop of sigwaitinfo(2), or to
 * COMMAND that writes to OUTPUT; prints nanoseconds until the child has ended. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SIGNAL = 36 /* whatever the library calls it */ };

static int take(const sigset_t *set, int count)
{
	siginfo_t info;
	for (int i = 0; i < count; i++)
		if (sigwaitinfo(set, &info) != SIGNAL || info.si_value.sival_int != i)
			return 1;
	return 0;
}

static int run(char **command, const char *output)
{
	int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		return 1;
	execv(command[0], command);
	return 127;
}

int main(int argc, char **argv)
{
	struct timespec began, ended;
	sigset_t set;
	int how, count = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0;
	if (count <= 0 || argc == 3)
		return 2;
	/* blocked before there is a child: none can come too early */
	sigemptyset(&set);
	sigaddset(&set, SIGNAL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	clock_gettime(CLOCK_MONOTONIC, &began);
	pid_t child = fork();
	if (child == 0)
		_exit(argc > 3 ? run(argv + 3, argv[2]) : take(&set, count));
	for (int i = 0; i < count;) {
		/* EAGAIN: as many wait as RLIMIT_SIGPENDING allows */
		if (sigqueue(child, SIGNAL, (union sigval){.sival_int = i}) == 0)
			i++;
		else if (errno == EAGAIN)
			sched_yield();
		else
			return 1;
	}
	if (waitpid(child, &how, 0) < 0 || how != 0)
		return 1;
	clock_gettime(CLOCK_MONOTONIC, &ended);
	printf("%lld\n", (ended.tv_sec - began.tv_sec) * 1000000000LL + ended.tv_nsec -
	                     began.tv_nsec);
	return 0;
}

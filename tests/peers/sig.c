/* SPDX-License-Identifier: MIT */
/*
 * sig - the other end of a signal, with the system's C library
 *
 *   sig catch COUNT SIGNAL...   install handlers with SA_SIGINFO; print "signal N code C
 *                               pid P uid U value V" for each of COUNT signals
 *   sig threads COUNT SIGNAL    start a second thread; print "threads TID TID", then
 *                               "thread TID signal N value V" for each signal
 *   sig send PID SIGNAL VALUE [COUNT]
 *                               print its own pid; then sigqueue(3) VALUE, VALUE + 1, …
 *   sig feign PID SIGNAL        send it as if it were a notification of mq_notify(3) from
 *                               process 1 and user 0
 *   sig inode PID               print the inode number of its pidfd; status 1 if all
 *                               pidfds have the same one (before Linux 6.9)
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static volatile sig_atomic_t count;
static bool tell_thread;

static int number_of(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

/* Runs only inside sigsuspend(2), so it may print. */
static void handler(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (tell_thread)
		printf("thread %d signal %d value %d\n", gettid(), number,
		       info->si_value.sival_int);
	else
		printf("signal %d code %d pid %d uid %u value %d\n", number,
		       info->si_code, info->si_pid, info->si_uid,
		       info->si_code == SI_QUEUE ? info->si_value.sival_int : 0);
	fflush(stdout);
	count--;
}

/* Handlers that run one at a time, in sigsuspend(2) with the mask that is returned. */
static sigset_t handle(int signals, char **texts)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	sigset_t before, set;
	sigemptyset(&set);
	sigfillset(&action.sa_mask);
	for (int i = 0; i < signals; i++) {
		sigaddset(&set, number_of(texts[i]));
		sigaction(number_of(texts[i]), &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &set, &before);
	for (int i = 0; i < signals; i++)
		sigdelset(&before, number_of(texts[i]));
	return before;
}

static void *wait_for_signals(void *mask)
{
	while (count > 0)
		sigsuspend(mask);
	exit(0);
}

static void *second_thread(void *mask)
{
	printf("threads %d %d\n", getpid(), gettid());
	fflush(stdout);
	return wait_for_signals(mask);
}

static int send_values(pid_t pid, int number, int value, int times)
{
	printf("%d\n", getpid());
	fflush(stdout);
	for (int i = 0; i < times; i++)
		if (sigqueue(pid, number, (union sigval){.sival_int = value + i}) < 0) {
			perror("sigqueue");
			return 1;
		}
	return 0;
}

static int feign_notification(pid_t pid, int number)
{
	siginfo_t info = {.si_signo = number, .si_code = SI_MESGQ};
	info.si_pid = 1;
	if (syscall(SYS_rt_sigqueueinfo, pid, number, &info) == 0)
		return 0;
	perror("rt_sigqueueinfo");
	return 1;
}

static int print_inode(pid_t pid)
{
	enum { PID_FS_MAGIC = 0x50494446 };
	struct statfs fs;
	struct stat st;
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0 || fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return 2;
	printf("%llu\n", (unsigned long long)st.st_ino);
	return fs.f_type == PID_FS_MAGIC ? 0 : 1;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 2 ? argv[1] : "";
	count = argc > 2 ? number_of(argv[2]) : 0;
	if (strcmp(verb, "catch") == 0) {
		sigset_t mask = handle(argc - 3, argv + 3);
		wait_for_signals(&mask);
	} else if (strcmp(verb, "threads") == 0) {
		sigset_t mask = handle(argc - 3, argv + 3);
		pthread_t thread;
		tell_thread = true;
		pthread_create(&thread, NULL, second_thread, &mask);
		wait_for_signals(&mask);
	} else if (strcmp(verb, "send") == 0 && argc > 4) {
		return send_values(number_of(argv[2]), number_of(argv[3]),
		                   number_of(argv[4]), argc > 5 ? number_of(argv[5]) : 1);
	} else if (strcmp(verb, "feign") == 0 && argc > 3) {
		return feign_notification(number_of(argv[2]), number_of(argv[3]));
	} else if (strcmp(verb, "inode") == 0) {
		return print_inode(number_of(argv[2]));
	}
	return 2;
}

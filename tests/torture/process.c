/* SPDX-License-Identifier: MIT */
#include "process.h"

#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORDS = 64, CHILDREN = 256 };

double process_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void block_sigchld(int how)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(how, &set, NULL);
}

bool process_adopt(void)
{
	block_sigchld(SIG_BLOCK);
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
}

void process_await_child(double seconds)
{
	sigset_t set;
	struct timespec most = {.tv_nsec = (long)(seconds * 1e9)};
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigtimedwait(&set, NULL, &most);
}

static _Noreturn void execute_shell(const char *text)
{
	execl("/bin/sh", "sh", "-c", text, (char *)NULL);
	_exit(127);
}

/* A command line of plain words needs no shell, which takes a third of the time of a run.
 */
static _Noreturn void execute(const char *text)
{
	char copy[4096], *words[WORDS], *rest = NULL;
	int count = 0;
	if (strpbrk(text, "|&;<>()$`\\\"'*?[#~{}\n") != NULL ||
	    strlen(text) >= sizeof copy)
		execute_shell(text);
	memcpy(copy, text, strlen(text) + 1);
	for (char *word = strtok_r(copy, " ", &rest); word != NULL && count < WORDS - 1;
	     word = strtok_r(NULL, " ", &rest))
		words[count++] = word;
	words[count] = NULL;
	if (count > 0)
		execvp(words[0], words);
	_exit(127);
}

pid_t process_start_gated(const struct process_start *start)
{
	char byte;
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close(start->gate[1]);
	setsid();
	block_sigchld(SIG_UNBLOCK);
	if (dup2(null, STDIN_FILENO) < 0 || dup2(start->out, STDOUT_FILENO) < 0 ||
	    dup2(start->err, STDERR_FILENO) < 0)
		_exit(125);
	while (read(start->gate[0], &byte, 1) < 0 && errno == EINTR)
		continue;
	if (start->filtered_call >= 0 && !filter_begin(start->filtered_call))
		_exit(125);
	execute(start->text);
}

/* becomes PID NAME: wait until a process in the background has executed its command. */
static const char prelude[] =
    "becomes() { until read -r name </proc/$1/comm && [ \"$name\" = \"$2\" ]; "
    "do :; done; }\n";

static pid_t start_shell(const char *text, const char *command)
{
	char whole[8192];
	snprintf(whole, sizeof whole, "%s%s", prelude, text);
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	setsid();
	block_sigchld(SIG_UNBLOCK);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (getenv("TORTURE_VERBOSE") == NULL)
		dup2(null, STDERR_FILENO);
	setenv("PID", command != NULL ? command : "none", 1);
	execute_shell(whole);
}

pid_t process_start_shell(const char *text, pid_t applet)
{
	char number[16];
	snprintf(number, sizeof number, "%d", (int)applet);
	return start_shell(text, number);
}

int process_shell(const char *text, double limit)
{
	int status;
	double end = process_now() + limit;
	pid_t pid = start_shell(text, NULL), ended;
	if (pid < 0)
		return -1;
	while ((ended = waitpid(pid, &status, WNOHANG)) == 0) {
		if (process_now() > end)
			return -1;
		process_await_child(0.02);
	}
	if (ended < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static char state_of(pid_t pid)
{
	char path[64], text[512];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 'X';
	ssize_t length = read(fd, text, sizeof text - 1);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	const char *end = strrchr(text, ')');
	return end != NULL && end[1] == ' ' ? end[2] : 'X';
}

bool process_sleeps(pid_t pid)
{
	return state_of(pid) == 'S';
}

bool process_is_gone(pid_t pid)
{
	char state = state_of(pid);
	return state == 'X' || state == 'Z';
}

bool process_runs(pid_t pid, const char *program)
{
	char path[64], target[PATH_MAX];
	snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
	ssize_t length = readlink(path, target, sizeof target - 1);
	target[length > 0 ? length : 0] = '\0';
	return strcmp(target, program) == 0;
}

static int children(pid_t of, pid_t list[CHILDREN])
{
	char path[64], text[16 * CHILDREN], *end = text;
	int count = 0;
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)of, (int)of);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	text[length > 0 ? length : 0] = '\0';
	for (char *at = text; count < CHILDREN; at = end) {
		long pid = strtol(at, &end, 10);
		if (end == at)
			break;
		list[count++] = (pid_t)pid;
	}
	return count;
}

static void reap(void)
{
	while (waitpid(-1, NULL, __WALL | WNOHANG) > 0)
		continue;
}

/* Do all that it has started, and what they have started, sleep? A zombie does not wait
 * for a processor either. */
static bool all_below_sleep(pid_t pid)
{
	enum { DEPTH = 8 };
	pid_t lists[DEPTH][CHILDREN];
	int counts[DEPTH] = {children(pid, lists[0])}, depth = 0;
	while (depth >= 0) {
		if (counts[depth] == 0) {
			depth--;
			continue;
		}
		pid_t child = lists[depth][--counts[depth]];
		char state = state_of(child);
		if (state != 'S' && state != 'Z' && state != 'X')
			return false;
		if (depth + 1 < DEPTH) {
			depth++;
			counts[depth] = children(child, lists[depth]);
		}
	}
	return true;
}

/* In 4 looks, 4 ms apart, all slept. */
static void let_settle(void)
{
	pid_t list[CHILDREN];
	int asleep = 0;
	double end = process_now() + 5;
	while (asleep < 4 && process_now() < end) {
		reap();
		if (children(getpid(), list) == 0)
			return;
		asleep = all_below_sleep(getpid()) ? asleep + 1 : 0;
		process_await_child(0.004);
	}
}

void process_end_all(bool settle)
{
	pid_t list[CHILDREN];
	if (settle)
		let_settle();
	for (int round = 0; round < 1000; round++) {
		reap();
		int count = children(getpid(), list);
		if (count == 0)
			return;
		for (int i = 0; i < count; i++)
			(void)kill(list[i], SIGKILL);
		process_await_child(0.002);
	}
}

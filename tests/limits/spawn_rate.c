/* SPDX-License-Identifier: MIT */
/*
 * spawn_rate CALLS COMMAND... -- PEER... [-- RESET...]
 *
 * Start COMMAND and PEER in turns, CALLS times each, and print the undisturbed time of
 * each in microseconds and COMMAND's as a multiple of PEER's. RESET runs before every one
 * of them, untimed and whatever its status: it takes out again what they put somewhere,
 * and lets both start from the same state of the caches.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double microseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Run to its end, silently: the time that took. */
static double run(char **command, bool may_fail)
{
	posix_spawn_file_actions_t silent;
	pid_t child;
	int how;
	posix_spawn_file_actions_init(&silent);
	posix_spawn_file_actions_addopen(&silent, STDOUT_FILENO, "/dev/null", O_WRONLY,
	                                 0);
	double began = microseconds();
	if (may_fail)
		posix_spawn_file_actions_adddup2(&silent, STDOUT_FILENO, STDERR_FILENO);
	int error = posix_spawn(&child, command[0], &silent, NULL, command, environ);
	if (error != 0) {
		fprintf(stderr, "spawn_rate: %s: %s\n", command[0], strerror(error));
		exit(1);
	}
	waitpid(child, &how, 0);
	double took = microseconds() - began;
	posix_spawn_file_actions_destroy(&silent);
	if (!may_fail && (!WIFEXITED(how) || WEXITSTATUS(how) != 0)) {
		fprintf(stderr, "spawn_rate: %s failed\n", command[0]);
		exit(1);
	}
	return took;
}

static int ascending(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

/* What it costs when nothing else wants the processor: nine of ten took longer. */
static double undisturbed(double *times, size_t count)
{
	qsort(times, count, sizeof *times, ascending);
	return times[count / 10];
}

/* End the command that begins at words at its "--", and find the one after that. */
static char **next_command(char **words)
{
	while (*words != NULL && strcmp(*words, "--") != 0)
		words++;
	if (*words == NULL)
		return NULL;
	*words = NULL;
	return words + 1;
}

int main(int argc, char **argv)
{
	size_t calls = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	char **peer = argc > 2 ? next_command(argv + 2) : NULL;
	if (calls == 0 || peer == NULL || *peer == NULL || argv[2] == NULL) {
		fputs("usage: spawn_rate CALLS COMMAND... -- PEER... [-- RESET...]\n",
		      stderr);
		return 2;
	}
	char **reset = next_command(peer);
	double *ours = calloc(2 * calls, sizeof *ours);
	if (ours == NULL)
		return 1;
	double *theirs = ours + calls;
	for (size_t i = 0; i < calls; i++) {
		if (reset != NULL)
			run(reset, true);
		ours[i] = run(argv + 2, false);
		if (reset != NULL)
			run(reset, true);
		theirs[i] = run(peer, false);
	}
	double mine = undisturbed(ours, calls), other = undisturbed(theirs, calls);
	printf("%.1f %.1f %.3f\n", mine, other, mine / other);
	free(ours);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * unit [WORD...] [-WORD...]: run the tests whose file or name contains one of the words,
 * or all, without those that contain a word after a hyphen.
 *
 * A line for each failure, `FILE:LINE: TEST: what is wrong`, and at last `N passed, N
 * failed`.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { SECONDS_MAX = 10, FD_REPORT = 200, FD_SAVED = 210, FAILURES_SHOWN = 3 };

static struct check_test *tests;
static const struct check_test *running;
static int failures;
static char about[256];

/* The linker's order of constructors is the order of a file's tests, or its reverse. */
void check_register(struct check_test *test)
{
	struct check_test **place = &tests;
	while (*place != NULL && strcmp((*place)->file, test->file) <= 0)
		place = &(*place)->next;
	test->next = *place;
	*place = test;
}

void check_about(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(about, sizeof about, format, arguments);
	va_end(arguments);
}

void check_failed(const char *file, int line, const char *format, ...)
{
	char text[4096];
	va_list arguments;
	/* a loop over a table would print one for each row */
	if (++failures > FAILURES_SHOWN)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	dprintf(FD_REPORT, "%s:%d: %s: %s%s%s\n", file, line, running->name, about,
	        *about != '\0' ? ": " : "", text);
}

void check_strings(const char *file, int line, const char *what, const char *actual,
                   const char *expected)
{
	if (actual == expected ||
	    (actual != NULL && expected != NULL && strcmp(actual, expected) == 0))
		return;
	check_failed(file, line, "%s is \"%s\", not \"%s\"", what,
	             actual != NULL ? actual : "(NULL)",
	             expected != NULL ? expected : "(NULL)");
}

static const char *format_integer(char text[48], check_integer number)
{
	char digits[48], *digit = digits + sizeof digits;
	bool negative = number < 0;
	*--digit = '\0';
	do
		*--digit = (char)('0' + (int)(negative ? -(number % 10) : number % 10));
	while ((number /= 10) != 0);
	snprintf(text, 48, "%s%s", negative ? "-" : "", digit);
	return text;
}

void check_integers(const char *file, int line, const char *what, check_integer actual,
                    check_integer expected)
{
	char one[48], other[48];
	if (actual != expected)
		check_failed(file, line, "%s is %s, not %s", what,
		             format_integer(one, actual),
		             format_integer(other, expected));
}

void check_bytes(const char *file, int line, const char *what, const void *actual,
                 size_t actual_length, const void *expected, size_t expected_length)
{
	const char *one = actual, *other = expected;
	size_t same = 0;
	while (same < actual_length && same < expected_length && one[same] == other[same])
		same++;
	if (same < actual_length || same < expected_length)
		check_failed(file, line, "%s: %zu bytes, not %zu, and byte %zu differs",
		             what, actual_length, expected_length, same);
}

void check_capture(int fd)
{
	int file = memfd_create("captured", MFD_CLOEXEC);
	if (dup3(fd, FD_SAVED + fd, O_CLOEXEC) < 0 || file < 0 || dup2(file, fd) < 0)
		abort();
	close(file);
}

const char *check_captured(int fd)
{
	static char text[4][65536];
	ssize_t length = pread(fd, text[fd], sizeof text[fd] - 1, 0);
	text[fd][length > 0 ? length : 0] = '\0';
	if (dup2(FD_SAVED + fd, fd) < 0)
		abort();
	close(FD_SAVED + fd);
	return text[fd];
}

void *check_shared(size_t size)
{
	void *bytes =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (bytes == MAP_FAILED)
		abort();
	return bytes;
}

/* So many run at a time: they are short, and the sanitizers' end of a process is slow. */
enum { PLACES = 4 };

static struct place {
	pid_t pid; /* 0: free */
	const struct check_test *test;
} places[PLACES];

static int count[2]; /* of tests that failed, and passed */

static void start_test(struct place *place, const struct check_test *test)
{
	*place = (struct place){.pid = fork(), .test = test};
	if (place->pid < 0)
		abort();
	if (place->pid > 0)
		return;
	running = test;
	setpgid(0, 0);
	alarm(SECONDS_MAX);
	test->run();
	exit(failures > 0);
}

/* The place of one that has ended, which is counted. */
static struct place *reap_test(void)
{
	int status;
	struct place *place = places;
	pid_t pid = waitpid(-1, &status, 0);
	if (pid < 0)
		abort();
	while (place->pid != pid)
		place++;
	place->pid = 0;
	/* a test that failed may have left children */
	kill(-pid, SIGKILL);
	const struct check_test *test = place->test;
	if (WIFSIGNALED(status))
		dprintf(FD_REPORT, "%s:1: %s: signal %d\n", test->file, test->name,
		        WTERMSIG(status));
	else if (WEXITSTATUS(status) > 1)
		dprintf(FD_REPORT, "%s:1: %s: exit status %d\n", test->file, test->name,
		        WEXITSTATUS(status));
	count[WIFEXITED(status) && WEXITSTATUS(status) == 0]++;
	return place;
}

static bool is_chosen(const struct check_test *test, int argc, char **argv)
{
	bool chosen = false, all = true;
	for (int i = 1; i < argc; i++) {
		bool excludes = *argv[i] == '-';
		const char *word = argv[i] + excludes;
		bool fits =
		    strstr(test->file, word) != NULL || strstr(test->name, word) != NULL;
		if (fits && excludes)
			return false;
		chosen |= fits;
		all &= excludes;
	}
	return chosen || all;
}

int main(int argc, char **argv)
{
	int started = 0;
	if (dup3(STDOUT_FILENO, FD_REPORT, O_CLOEXEC) < 0)
		return 1;
	for (const struct check_test *test = tests; test != NULL; test = test->next)
		if (is_chosen(test, argc, argv)) {
			struct place *place =
			    started < PLACES ? &places[started] : reap_test();
			start_test(place, test);
			started++;
		}
	while (count[false] + count[true] < started)
		reap_test();
	dprintf(FD_REPORT, "%d passed, %d failed\n", count[true], count[false]);
	return count[false] > 0 || count[true] == 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * lock/entry.h, process/listing.h, signal/procstat.h and base/procfs.h: files of /proc as
 * the kernel prints them are read back, and any bytes in their place do no harm.
 *
 * Runs: 1000000 of at most 300 bytes
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/procfs.h"
#include "fuzz.h"
#include "lock/entry.h"
#include "process/listing.h"
#include "signal/procstat.h"

/* ------------------------------------------------------------------- /proc/locks */

static void check_strings(const struct lock_entry *entry)
{
	FUZZ_CHECK(memchr(entry->kind, '\0', sizeof entry->kind) != NULL, "no end");
	FUZZ_CHECK(entry->command[0] == '\0', "%s", entry->command);
	FUZZ_CHECK(entry->pid >= 0, "%d", entry->pid);
}

/* lock_get_status() of the kernel, fs/locks.c. */
static void test_lock(struct fuzz_input *input)
{
	static const char *const kinds[][2] = {{"OFDLCK", "ofd"},
	                                       {"POSIX ", "posix"},
	                                       {"FLOCK ", "flock"},
	                                       {"LEASE ", "lease"},
	                                       {"DELEG ", "deleg"}};
	char line[200], end[24] = "EOF";
	unsigned choice = fuzz_byte(input);
	const char *const *kind = kinds[(choice >> 3) % 5];
	bool waits = (choice & 1) != 0, shared = (choice & 2) != 0,
	     to_end = (choice & 4) != 0;
	pid_t pid = (pid_t)fuzz_word(input);
	unsigned high = (unsigned)fuzz_byte(input),
	         low = (unsigned)fuzz_word(input) & 0xfffff;
	uint64_t inode = fuzz_word(input);
	int64_t start = (int64_t)(fuzz_word(input) >> 1),
	        length = (int64_t)(fuzz_word(input) >> 1);
	/* a lock up to the last byte of all, INT64_MAX, is printed as EOF */
	if (start == INT64_MAX)
		start = 0;
	if (length == 0 || length > INT64_MAX - start)
		length = 1;
	if (!to_end) {
		long long last = start + (length - 1);
		snprintf(end, sizeof end, "%lld", last);
	}
	snprintf(line, sizeof line,
	         "%lld:%*s %s %s ADVISORY  %s %d %02x:%02x:%llu %lld %s",
	         1 + (long long)(inode & 0xff), waits ? 3 : 0, "", waits ? "->" : "",
	         kind[0], shared ? "READ " : "WRITE", pid, high, low,
	         (unsigned long long)inode, (long long)start, end);
	struct lock_entry entry;
	char *copy = fuzz_copy(line);
	FUZZ_CHECK(lock_entry_parse(&entry, copy, makedev(high, low), (ino_t)inode), "%s",
	           line);
	check_strings(&entry);
	FUZZ_CHECK(strcmp(entry.kind, kind[1]) == 0 && entry.waits == waits &&
	               entry.shared == shared && entry.pid == (pid > 0 ? pid : 0) &&
	               entry.start == start && entry.length == (to_end ? 0 : length),
	           "%s: %s %d %d %d %lld %lld", line, entry.kind, entry.waits,
	           entry.shared, entry.pid, (long long)entry.start,
	           (long long)entry.length);
	FUZZ_CHECK(!lock_entry_parse(&entry, fuzz_copy(line), makedev(high, low),
	                             (ino_t)inode + 1),
	           "%s", line);
}

static void test_any_lock(struct fuzz_input *input)
{
	struct lock_list list = {0};
	char *rest = fuzz_rest(input), *line;
	while ((line = procfs_next_line(&rest)) != NULL) {
		struct lock_entry entry;
		if (lock_entry_parse(&entry, line, makedev(8, 1), 7)) {
			check_strings(&entry);
			FUZZ_CHECK(lock_list_add(&list, &entry), "out of memory");
		}
	}
	lock_list_sort(&list);
	for (size_t i = 1; i < list.count; i++)
		FUZZ_CHECK(list.entries[i - 1].waits <= list.entries[i].waits, "%zu", i);
	lock_list_remove_duplicates(&list);
	for (size_t i = 0; i < list.count; i++)
		for (size_t k = 0; k < i; k++)
			FUZZ_CHECK(list.entries[i].pid == 0 ||
			               list.entries[i].pid != list.entries[k].pid ||
			               !lock_entry_is_same_lock(&list.entries[i],
			                                        &list.entries[k]),
			           "%zu and %zu", k, i);
	lock_list_free(&list);
}

/* -------------------------------------------------------------- /proc/PID/status */

static const char *status_text;

ssize_t fuzz_read_proc(const char *path, char *text, size_t size)
{
	if (strncmp(path, "/proc/7/", 8) != 0) {
		errno = ENOENT;
		return -1;
	}
	size_t length = strlen(status_text) < size ? strlen(status_text) : size - 1;
	memcpy(text, status_text, length);
	text[length] = '\0';
	return (ssize_t)length;
}

/* proc_task_name() of the kernel, fs/proc/array.c. */
static void print_command(char *to, const char *name)
{
	for (; *name != '\0'; name++)
		to = *name == '\n'   ? stpcpy(to, "\\n")
		     : *name == '\\' ? stpcpy(to, "\\\\")
		                     : stpncpy(to, name, 1);
	*to = '\0';
}

static void test_status(struct fuzz_input *input)
{
	uint64_t sets[5];
	char text[1024], printed[128];
	struct procstat found;
	for (int i = 0; i < 5; i++)
		sets[i] = fuzz_word(input);
	unsigned queued = fuzz_byte(input), limit = (unsigned)fuzz_word(input);
	char *name = fuzz_rest(input);
	/* 64 bytes are the longest, with the NUL */
	if (strlen(name) > 63)
		name[63] = '\0';
	print_command(printed, name);
	snprintf(
	    text, sizeof text,
	    "Name:\t%s\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t7\nNgid:\t0\nPid:\t9\n"
	    "PPid:\t1\nThreads:\t2\nSigQ:\t%u/%u\nSigPnd:\t%016llx\nShdPnd:\t%016llx\n"
	    "SigBlk:\t%016llx\nSigIgn:\t%016llx\nSigCgt:\t%016llx\nCapInh:\t0\n",
	    printed, queued, limit, (unsigned long long)sets[0],
	    (unsigned long long)sets[1], (unsigned long long)sets[2],
	    (unsigned long long)sets[3], (unsigned long long)sets[4]);
	status_text = text;
	FUZZ_CHECK(procstat_read(&found, 7, 9) == 0, "%s", text);
	FUZZ_CHECK(strcmp(found.command, name) == 0, "'%s', not '%s'", found.command,
	           name);
	FUZZ_CHECK(found.process == 7 && found.thread == 9 && found.queued == queued &&
	               found.queue_limit == limit,
	           "%s", text);
	FUZZ_CHECK(found.thread_pending == sets[0] && found.pending == sets[1] &&
	               found.blocked == sets[2] && found.ignored == sets[3] &&
	               found.caught == sets[4],
	           "%s", text);
	errno = 0;
	FUZZ_CHECK(procstat_read(&found, INT32_MAX, 0) < 0 && errno == ESRCH, "%d",
	           errno);
}

static void test_any_status(struct fuzz_input *input)
{
	struct procstat found;
	status_text = fuzz_rest(input);
	FUZZ_CHECK(procstat_read(&found, 7, 0) == 0, "%s", status_text);
	FUZZ_CHECK(memchr(found.command, '\0', sizeof found.command) != NULL, "no end");
	FUZZ_CHECK(strchr(found.command, '\n') == NULL ||
	               strstr(status_text, "\\n") != NULL,
	           "'%s'", found.command);
}

/* ------------------------------------------------------------------------- words */

static void test_words(struct fuzz_input *input)
{
	const char *text = fuzz_rest(input);
	char *rest = fuzz_copy(text), *other = fuzz_copy(text), *save;
	char *word, *expected = strtok_r(other, " \t", &save);
	while (*(word = procfs_next_word(&rest)) != '\0') {
		FUZZ_CHECK(expected != NULL && strcmp(word, expected) == 0, "'%s'", text);
		expected = strtok_r(NULL, " \t", &save);
	}
	FUZZ_CHECK(expected == NULL && *procfs_next_word(&rest) == '\0', "'%s'", text);
	rest = fuzz_copy(text);
	other = fuzz_copy(text);
	while ((word = procfs_next_line(&rest)) != NULL) {
		expected = strsep(&other, "\n");
		FUZZ_CHECK(expected != NULL && strcmp(word, expected) == 0, "'%s'", text);
	}
	FUZZ_CHECK(other == NULL || *other == '\0', "'%s'", text);
}

/* --------------------------------------------------------------- /proc/PID/stat */

/* do_task_stat() of the kernel, fs/proc/array.c: any name in the parentheses. */
static void test_stat(struct fuzz_input *input)
{
	char name[16], text[128];
	struct listing_entry entry;
	pid_t pid = (pid_t)(fuzz_word(input) & 0x3fffff),
	      parent = (pid_t)(fuzz_word(input) & 0x3fffff),
	      group = (pid_t)(fuzz_word(input) & 0x3fffff);
	char state = "RSDTtZX"[fuzz_below(input, 7)];
	snprintf(name, sizeof name, "%s", fuzz_rest(input));
	snprintf(text, sizeof text, "%d (%s) %c %d %d 1 0 -1 4194304 77", pid, name,
	         state, parent, group);
	FUZZ_CHECK(listing_parse(&entry, text), "%s", text);
	FUZZ_CHECK(entry.pid == pid && entry.parent == parent && entry.group == group &&
	               entry.state == state && strcmp(entry.command, name) == 0,
	           "%s", text);
}

static void test_any_stat(struct fuzz_input *input)
{
	struct listing_entry entry;
	if (listing_parse(&entry, fuzz_rest(input)))
		FUZZ_CHECK(memchr(entry.command, '\0', sizeof entry.command) != NULL,
		           "no end");
}

void fuzz_target(struct fuzz_input *input)
{
	static void (*const tests[])(struct fuzz_input * input) = {
	    test_lock,       test_any_lock, test_status,  test_stat,
	    test_any_status, test_words,    test_any_stat};
	tests[fuzz_below(input, sizeof tests / sizeof *tests)](input);
}

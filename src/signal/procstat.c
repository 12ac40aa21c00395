/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/procfs.h"
#include "base/value.h"
#include "signal/procstat.h"

/* The value of a field, whose name ends with a colon and a tab; "" if it is missing. */
static const char *find_status_field(const char *text, const char *field)
{
	const char *value = procfs_find_field(text, field);
	return value != NULL ? value : "";
}

static uint64_t parse_mask_field(const char *text, const char *field)
{
	return value_strtoull(find_status_field(text, field), NULL, 16);
}

static pid_t parse_pid_field(const char *text, const char *field)
{
	return (pid_t)value_strtoull(find_status_field(text, field), NULL, 10);
}

/* One for each PID namespace, the last is that of the process. */
static pid_t parse_innermost_pid(const char *text)
{
	const char *next = find_status_field(text, "\nNSpid:"), *before;
	pid_t pid = 0;
	do {
		pid_t one = (pid_t)value_strtoull(before = next, &next, 10);
		pid = one > 0 ? one : pid;
	} while (next != before && *next == '\t');
	return pid;
}

/* The first line, in which the kernel writes a newline as "\n", a backslash as "\\". */
static void parse_command(char *to, size_t size, const char *text)
{
	const char *from = find_status_field(text, "Name:\t");
	size_t length = 0;
	for (; *from != '\0' && *from != '\n' && length + 1 < size; from++) {
		char c = *from;
		if (c == '\\' && (from[1] == 'n' || from[1] == '\\'))
			c = *++from == 'n' ? '\n' : '\\';
		to[length++] = c;
	}
	to[length] = '\0';
}

static bool process_exists(pid_t process)
{
	return kill(process, 0) == 0 || errno == EPERM;
}

/* In one read, so that all fields are of one moment. */
static int read_status_file(pid_t process, pid_t thread, char *text, size_t size)
{
	char path[64];
	if (thread == 0)
		snprintf(path, sizeof path, "/proc/%d/status", process);
	else
		snprintf(path, sizeof path, "/proc/%d/task/%d/status", process, thread);
	if (procfs_read(path, text, size) >= 0)
		return 0;
	if (errno == ENOENT)
		errno = thread == 0 && process_exists(process) ? EPERM : ESRCH;
	return -1;
}

int procstat_read(struct procstat *procstat, pid_t process, pid_t thread)
{
	char text[4096];
	if (read_status_file(process, thread, text, sizeof text) < 0)
		return -1;
	const char *slash;
	*procstat = (struct procstat){
	    .process = parse_pid_field(text, "\nTgid:\t"),
	    .thread = parse_pid_field(text, "\nPid:\t"),
	    .ignored = parse_mask_field(text, "\nSigIgn:\t"),
	    .caught = parse_mask_field(text, "\nSigCgt:\t"),
	    .pending = parse_mask_field(text, "\nShdPnd:\t"),
	    .blocked = parse_mask_field(text, "\nSigBlk:\t"),
	    .thread_pending = parse_mask_field(text, "\nSigPnd:\t"),
	    .sleeps = value_strtoull(
	        find_status_field(text, "\nvoluntary_ctxt_switches:\t"), NULL, 10),
	    .queued = value_strtoull(find_status_field(text, "\nSigQ:\t"), &slash, 10),
	};
	procstat->state = *find_status_field(text, "\nState:\t");
	procstat->user = (uid_t)parse_pid_field(text, "\nUid:\t");
	procstat->parent = parse_pid_field(text, "\nPPid:\t");
	procstat->tracer = parse_pid_field(text, "\nTracerPid:\t");
	procstat->inner = parse_innermost_pid(text);
	procstat->has_memory = procfs_find_field(text, "\nVmSize:") != NULL;
	procstat->queue_limit = value_strtoull(slash + (*slash == '/'), NULL, 10);
	parse_command(procstat->command, sizeof procstat->command, text);
	return 0;
}

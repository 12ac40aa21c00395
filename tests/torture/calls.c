/* SPDX-License-Identifier: MIT */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

struct named {
	const char *name;
	int number;
};

/* Made from the system's headers: X(name, number). */
#define X(name, number) {#name, number},
static const struct named calls[] = {
#include "torture/calls.inc"
};
static const struct named errors[] = {
#include "torture/errors.inc"
};
#undef X

#define LENGTH(array) ((int)(sizeof(array) / sizeof *(array)))

static int *errors_of[CALLS_MAX];

static const char *name_of(const struct named *list, int length, int number)
{
	for (int i = 0; i < length; i++)
		if (list[i].number == number)
			return list[i].name;
	return "?";
}

static int number_of(const struct named *list, int length, const char *name, int none)
{
	for (int i = 0; i < length; i++)
		if (strcmp(list[i].name, name) == 0)
			return list[i].number;
	return none;
}

const char *call_name(int number)
{
	return name_of(calls, LENGTH(calls), number);
}

int call_number(const char *name)
{
	return number_of(calls, LENGTH(calls), name, -1);
}

const char *error_name(int error)
{
	return name_of(errors, LENGTH(errors), error);
}

int error_number(const char *name)
{
	return number_of(errors, LENGTH(errors), name, 0);
}

/* One line: a call of this processor, or of another one, and its errors. */
static bool read_line(char *line)
{
	char *rest = NULL, *word = strtok_r(line, " \t\n", &rest);
	if (word == NULL || word[0] == '#')
		return true;
	int number = call_number(word);
	size_t count = 0;
	int *list = calloc(64, sizeof *list);
	if (list == NULL)
		return false;
	while ((word = strtok_r(NULL, " \t\n", &rest)) != NULL && count < 63) {
		if ((list[count++] = error_number(word)) == 0) {
			fprintf(stderr, "torture: %s is no error\n", word);
			free(list);
			return false;
		}
	}
	if (number >= 0 && number < CALLS_MAX && errors_of[number] == NULL)
		errors_of[number] = list;
	else
		free(list);
	return true;
}

bool calls_read_errors(const char *path)
{
	char line[1024];
	bool good = true;
	FILE *file = fopen(path, "re");
	if (file == NULL) {
		fprintf(stderr, "torture: %s: %s\n", path, strerror(errno));
		return false;
	}
	while (good && fgets(line, sizeof line, file) != NULL)
		good = read_line(line);
	fclose(file);
	return good;
}

const int *call_errors(int number)
{
	return number >= 0 && number < CALLS_MAX ? errors_of[number] : NULL;
}

/* anon_inode:[eventfd] and its like are neither of a type of stat(2) nor sockets. */
static enum descriptor_kind kind_of(int fd, bool standard)
{
	enum { PIPEFS = 0x50495045 }; /* PIPEFS_MAGIC */
	struct stat st;
	struct statfs fs;
	int type = 0;
	socklen_t length = sizeof type;
	if (fstat(fd, &st) < 0)
		return DESCRIPTOR_NONE;
	if (S_ISFIFO(st.st_mode))
		return !standard && fstatfs(fd, &fs) == 0 && fs.f_type == PIPEFS
		           ? DESCRIPTOR_OWN_PIPE
		           : DESCRIPTOR_PIPE;
	if (S_ISSOCK(st.st_mode))
		return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 &&
		               type == SOCK_STREAM
		           ? DESCRIPTOR_STREAM_SOCKET
		           : DESCRIPTOR_PACKET_SOCKET;
	return (st.st_mode & S_IFMT) == 0 ? DESCRIPTOR_ANONYMOUS : DESCRIPTOR_FILE;
}

/*
 * Does it catch a signal that it does not block? Not counted are those that ask to end:
 * they are sent for themselves, and EINTR without one of them would be believed to be
 * one.
 */
static bool catches_signals(pid_t pid)
{
	char path[64], line[256];
	unsigned long long caught = 0, blocked = 0;
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		if (strncmp(line, "SigBlk:", 7) == 0)
			blocked = strtoull(line + 7, NULL, 16);
		else if (strncmp(line, "SigCgt:", 7) == 0)
			caught = strtoull(line + 7, NULL, 16);
	}
	if (file != NULL)
		fclose(file);
	const unsigned long long ending = 1ULL << (SIGHUP - 1) | 1ULL << (SIGINT - 1) |
	                                  1ULL << (SIGQUIT - 1) | 1ULL << (SIGTERM - 1);
	return (caught & ~blocked & ~ending) != 0;
}

void call_examine(struct system_call *call, pid_t pid)
{
	call->kind = DESCRIPTOR_NONE;
	call->nonblocking = false;
	call->interruptible = catches_signals(pid);
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return;
	/* an argument that is no descriptor gives an error, or a kind that no question is
	 * asked about */
	int fd = call->argument[0] <= INT_MAX
	             ? (int)syscall(SYS_pidfd_getfd, pidfd, (int)call->argument[0], 0)
	             : -1;
	if (fd >= 0) {
		call->kind = kind_of(fd, call->argument[0] <= STDERR_FILENO);
		call->nonblocking = (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
		close(fd);
	}
	close(pidfd);
}

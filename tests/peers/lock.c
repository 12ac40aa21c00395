/* SPDX-License-Identifier: MIT */
/*
 * lock VERB API MODE FILE [START LENGTH]: locks on files by the functions of the C
 * library.
 *
 *   hold   wait for it, print "held", keep it until standard input ends
 *   try    status 0 if it is free, 3 if another process holds it
 *   cross  as hold; then, when a line comes, wait for the lock of the next file, START:
 *          status 35 (EDEADLK) if that is a deadlock
 *   count  START times: wait for it, add 1 to the number in the file `count`, release it
 *
 * API is ofd, posix or flock, MODE is read or write. Status 1 for other errors.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* The descriptor that is locked, or -1. */
static int lock(const char *api, const char *mode, const char *path, int wait,
                const char *const *range)
{
	int shared = strcmp(mode, "read") == 0;
	int fd = open(path, O_RDWR | O_CREAT, 0666);
	if (fd < 0)
		return -1;
	if (strcmp(api, "flock") == 0)
		return flock(fd, (shared ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB)) < 0
		           ? -1
		           : fd;
	struct flock what = {.l_type = shared ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET};
	if (range[0] != NULL && range[1] != NULL) {
		what.l_start = strtoll(range[0], NULL, 10);
		what.l_len = strtoll(range[1], NULL, 10);
	}
	int posix = wait ? F_SETLKW : F_SETLK, ofd = wait ? F_OFD_SETLKW : F_OFD_SETLK;
	return fcntl(fd, strcmp(api, "posix") == 0 ? posix : ofd, &what) < 0 ? -1 : fd;
}

/* Add 1 to the number in the file `count`. */
static int add_one(void)
{
	char number[32] = "";
	FILE *file = fopen("count", "r+");
	if (file == NULL)
		return -1;
	if (fgets(number, sizeof number, file) == NULL)
		*number = '\0';
	rewind(file);
	fprintf(file, "%ld\n", strtol(number, NULL, 10) + 1);
	return fclose(file);
}

static int failed(const char *what)
{
	int error = errno;
	perror(what);
	return error == EAGAIN || error == EACCES ? 3 : error == EDEADLK ? EDEADLK : 1;
}

int main(int argc, char **argv)
{
	static const char *const all[2];
	char byte;
	if (argc < 5)
		return 2;
	const char *verb = argv[1];
	int counts = strcmp(verb, "count") == 0;
	int cross = strcmp(verb, "cross") == 0;
	const char *range[2] = {argv[5], argc > 6 ? argv[6] : NULL};
	for (long i = counts ? strtol(argv[5], NULL, 10) : 0; i > 0; i--) {
		int fd = lock(argv[2], argv[3], argv[4], 1, all);
		if (fd < 0 || add_one() != 0)
			return failed(argv[4]);
		close(fd);
	}
	if (counts)
		return 0;
	if (lock(argv[2], argv[3], argv[4], strcmp(verb, "try") != 0,
	         cross ? all : range) < 0)
		return failed(argv[4]);
	if (strcmp(verb, "try") == 0)
		return 0;
	puts("held");
	fflush(stdout);
	if (read(STDIN_FILENO, &byte, 1) > 0 && cross &&
	    lock(argv[2], argv[3], argv[5], 1, all) < 0)
		return failed(argv[5]);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		continue;
	return 0;
}

/*
 * lock VERB API MODE FILE [START LENGTH]: locks on files by the functions of the C
 * library.
 *
 *   hold   wait for it, print "held", keep it until standard input ends
 *   try    status 0 where it can be had, 3 where another has it
 *   cross  as hold; then, when a line comes, wait for the lock of the next file, START:
 *          status 35 (EDEADLK) where that is a deadlock
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

static int lock(const char *api, const char *mode, const char *path, int wait,
                const char *const *range)
{
	int shared = strcmp(mode, "read") == 0;
	int fd = open(path, O_RDWR | O_CREAT, 0666);
	if (fd < 0)
		return -1;
	if (strcmp(api, "flock") == 0)
		return flock(fd, (shared ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB));
	struct flock what = {.l_type = shared ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET};
	if (range[0] != NULL && range[1] != NULL) {
		what.l_start = strtoll(range[0], NULL, 10);
		what.l_len = strtoll(range[1], NULL, 10);
	}
	if (strcmp(api, "posix") == 0)
		return fcntl(fd, wait ? F_SETLKW : F_SETLK, &what);
	return fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &what);
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
	int cross = strcmp(verb, "cross") == 0;
	const char *range[2] = {argv[5], argc > 6 ? argv[6] : NULL};
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

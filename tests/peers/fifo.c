/* SPDX-License-Identifier: MIT */
/*
 * fifo - the other end of a FIFO, with the system's C library
 *
 *   fifo read PATH [BYTES]   open(2), which waits; then to standard output, up to the end
 *                            of file or BYTES bytes
 *   fifo write PATH TEXT     open(2), which waits; then TEXT
 *   fifo hold PATH FILE      open for reading, read nothing, until FILE does not exist
 *   fifo circulate PATH      open for both, fill it with a megabyte, then put standard
 *                            input into it, up to the end of file
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int opened(const char *path, int flags)
{
	int fd = open(path, flags);
	if (fd < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

static int copy(int fd, long most)
{
	char block[4096];
	while (most > 0) {
		size_t wanted = most < (long)sizeof block ? (size_t)most : sizeof block;
		ssize_t length = read(fd, block, wanted);
		if (length <= 0)
			return length < 0;
		if (write(STDOUT_FILENO, block, (size_t)length) != length)
			return 1;
		most -= length;
	}
	return 0;
}

static int circulate(int fifo)
{
	enum { CAPACITY = 1 << 20 };
	static const char bytes[CAPACITY];
	if (fcntl(fifo, F_SETPIPE_SZ, CAPACITY) != CAPACITY ||
	    write(fifo, bytes, CAPACITY) != CAPACITY || dup2(fifo, STDOUT_FILENO) < 0) {
		perror("circulate");
		return 1;
	}
	return copy(STDIN_FILENO, LONG_MAX);
}

int main(int argc, char **argv)
{
	if (argc >= 3 && strcmp(argv[1], "read") == 0)
		return copy(opened(argv[2], O_RDONLY),
		            argc > 3 ? strtol(argv[3], NULL, 10) : 1L << 40);
	if (argc == 4 && strcmp(argv[1], "write") == 0) {
		size_t length = strlen(argv[3]);
		return write(opened(argv[2], O_WRONLY), argv[3], length) !=
		       (ssize_t)length;
	}
	if (argc == 3 && strcmp(argv[1], "circulate") == 0)
		return circulate(opened(argv[2], O_RDWR));
	if (argc == 4 && strcmp(argv[1], "hold") == 0) {
		opened(argv[2], O_RDONLY);
		while (access(argv[3], F_OK) == 0)
			usleep(5000);
		return 0;
	}
	return 2;
}

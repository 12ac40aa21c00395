/* SPDX-License-Identifier: MIT */
/*
 * pipe - a member of a pipeline, with the system's C library
 *
 *   pipe size FD  F_GETPIPE_SZ: how many bytes the pipe at FD holds
 *   pipe square   answers each number on standard input with its square, at once
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_size(int fd)
{
	int size = fcntl(fd, F_GETPIPE_SZ);
	if (size < 0)
		return 1;
	printf("%d\n", size);
	return 0;
}

static int square_numbers(void)
{
	char line[64];
	while (fgets(line, sizeof line, stdin) != NULL) {
		long n = strtol(line, NULL, 10);
		printf("%ld\n", n * n);
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "size") == 0)
		return print_size((int)strtol(argv[2], NULL, 10));
	if (argc == 2 && strcmp(argv[1], "square") == 0)
		return square_numbers();
	return 2;
}

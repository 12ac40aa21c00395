/* SPDX-License-Identifier: MIT */
/*
 * The other end of an eventfd, by the system's C library.
 *
 *   efd read FD              read(2) it, print the value
 *   efd write FD N           write(2) N
 *   efd give INIT FLAGS CMD  make one (- or s, n: EFD_ flags), run CMD, $EFD its number
 *   efd hold INIT FLAGS      make one, print its number, stay
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int make(char **argv)
{
	uint64_t initial = strtoull(argv[2], NULL, 10);
	int flags = (strchr(argv[3], 's') ? EFD_SEMAPHORE : 0) |
	            (strchr(argv[3], 'n') ? EFD_NONBLOCK : 0);
	int fd = eventfd(initial <= UINT32_MAX ? (unsigned)initial : 0, flags);
	if (fd >= 0 && initial > UINT32_MAX && eventfd_write(fd, initial) < 0)
		return -1;
	return fd;
}

static int give(char **argv)
{
	char number[16];
	snprintf(number, sizeof number, "%d", make(argv));
	setenv("EFD", number, 1);
	execvp(argv[4], argv + 4);
	return 127;
}

static _Noreturn void hold(char **argv)
{
	printf("%d\n", make(argv));
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	uint64_t value;
	if (argc > 4 && strcmp(argv[1], "give") == 0)
		return give(argv);
	if (argc == 4 && strcmp(argv[1], "hold") == 0)
		hold(argv);
	if (argc == 3 && strcmp(argv[1], "read") == 0) {
		if (read((int)strtol(argv[2], NULL, 10), &value, sizeof value) !=
		    sizeof value)
			return 1;
		return printf("%" PRIu64 "\n", value) < 0;
	}
	if (argc == 4 && strcmp(argv[1], "write") == 0) {
		value = strtoull(argv[3], NULL, 10);
		return write((int)strtol(argv[2], NULL, 10), &value, sizeof value) !=
		       sizeof value;
	}
	return 2;
}

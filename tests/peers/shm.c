/* SPDX-License-Identifier: MIT */
/*
 * shm: shared memory as a program linked with the system's library uses it.
 *
 *   shm create NAME SIZE          shm_open, ftruncate
 *   shm write NAME OFFSET TEXT    through a mapping
 *   shm read NAME                 through a mapping, all of it
 *   shm hold NAME                 map it, print "mapped", wait for the end of standard
 *                                 input, then as read
 *   shm unlink NAME               shm_unlink
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static char *map(const char *name, size_t *size)
{
	struct stat st;
	int fd = shm_open(name, O_RDWR, 0);
	if (fd < 0 || fstat(fd, &st) < 0)
		die(name);
	*size = (size_t)st.st_size;
	char *bytes = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		die("mmap");
	close(fd);
	return bytes;
}

static void create(const char *name, const char *size)
{
	int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || ftruncate(fd, strtoll(size, NULL, 10)) < 0)
		die(name);
}

static void wait_for_the_end(void)
{
	puts("mapped");
	fflush(stdout);
	while (getchar() != EOF)
		continue;
}

int main(int argc, char **argv)
{
	size_t size;
	if (argc < 3)
		return 2;
	if (strcmp(argv[1], "unlink") == 0)
		return shm_unlink(argv[2]) != 0;
	if (strcmp(argv[1], "create") == 0 && argc == 4) {
		create(argv[2], argv[3]);
		return 0;
	}
	char *bytes = map(argv[2], &size);
	if (strcmp(argv[1], "write") == 0 && argc == 5) {
		memcpy(bytes + strtoll(argv[3], NULL, 10), argv[4], strlen(argv[4]));
		return 0;
	}
	if (strcmp(argv[1], "hold") == 0)
		wait_for_the_end();
	fwrite(bytes, 1, size, stdout);
	return 0;
}

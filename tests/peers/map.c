/* SPDX-License-Identifier: MIT */
/*
 * map - a file as a program that maps it sees it, with the system's C library
 *
 *   map watch FILE BYTE TEXT   mmap(2) MAP_SHARED; for each line of standard input print
 *                              "seen" if TEXT is at BYTE, otherwise "not seen"
 *   map write FILE BYTE TEXT   through a shared map
 *   map shrink FILE SIZE       truncate it to SIZE and restore its length, without end
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

static void watch(const volatile char *bytes, const char *text)
{
	char line[8];
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof line, stdin) != NULL) {
		size_t same = 0;
		while (text[same] != '\0' && bytes[same] == text[same])
			same++;
		puts(text[same] == '\0' ? "seen" : "not seen");
	}
}

static _Noreturn void shrink(int fd, off_t size, off_t full)
{
	for (;;)
		if (ftruncate(fd, size) < 0 || ftruncate(fd, full) < 0)
			die("ftruncate");
}

int main(int argc, char **argv)
{
	struct stat st;
	if (argc < 4)
		return 2;
	int fd = open(argv[2], O_RDWR);
	if (fd < 0 || fstat(fd, &st) < 0)
		die(argv[2]);
	long number = strtol(argv[3], NULL, 10);
	if (strcmp(argv[1], "shrink") == 0)
		shrink(fd, number, st.st_size);
	char *bytes =
	    mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		die("mmap");
	if (argc == 5 && strcmp(argv[1], "watch") == 0)
		watch(bytes + number, argv[4]);
	else if (argc == 5 && strcmp(argv[1], "write") == 0)
		memcpy(bytes + number, argv[4], strlen(argv[4]));
	else
		return 2;
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * cell VERB NAME OFFSET [ARGUMENT...]: an _Atomic uint64_t in the shared memory object
 * /NAME, by the atomic operations of C11.
 *
 *   get                    print the value
 *   add N [TIMES]          add N, TIMES times; prints nothing
 *   store VALUE            without waking any process
 *   wake VALUE             store, then FUTEX_WAKE on the half with the low bits
 *   wait VALUE             FUTEX_WAIT until it has this value; print "there"
 *   consume TIMES          a condition variable, as in shmcell(1): a mutex at OFFSET + 8,
 *                          and in the file `queue` a line for each item. TIMES times wait
 *                          until the file has a line, and print and remove the first one
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The half of the number that holds its low 32 bits. */
static uint32_t *low_half(_Atomic uint64_t *cell)
{
	return (uint32_t *)(void *)cell + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

static void wake_all(_Atomic uint64_t *cell)
{
	syscall(SYS_futex, low_half(cell), FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Sleep while the cell has this value. */
static void sleep_while(_Atomic uint64_t *cell, uint64_t value)
{
	while (atomic_load(cell) == value)
		syscall(SYS_futex, low_half(cell), FUTEX_WAIT, (uint32_t)value, NULL,
		        NULL, 0);
}

/* Print and remove the first line; 0: there is none. */
static int take_line(void)
{
	char lines[4096] = "";
	int fd = open("queue", O_RDWR);
	ssize_t length = fd < 0 ? 0 : read(fd, lines, sizeof lines - 1);
	char *end = strchr(lines, '\n');
	if (length <= 0 || end == NULL) {
		close(fd);
		return 0;
	}
	size_t rest = (size_t)length - (size_t)(end + 1 - lines);
	if (pwrite(fd, end + 1, rest, 0) != (ssize_t)rest ||
	    ftruncate(fd, (off_t)rest) < 0)
		perror("queue");
	close(fd);
	printf("%.*s\n", (int)(end - lines), lines);
	fflush(stdout);
	return 1;
}

/* The cell counts changes of the queue: read it under the lock, sleep outside of it. */
static void consume(_Atomic uint64_t *cell, pthread_mutex_t *mutex, long times)
{
	while (times > 0) {
		pthread_mutex_lock(mutex);
		uint64_t seen = atomic_load(cell);
		int taken = take_line();
		pthread_mutex_unlock(mutex);
		times -= taken;
		if (!taken)
			sleep_while(cell, seen);
	}
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	const char *verb = argv[1];
	long offset = strtol(argv[3], NULL, 10);
	int fd = shm_open(argv[2], O_RDWR, 0);
	char *bytes =
	    mmap(NULL, (size_t)offset + 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd < 0 || bytes == MAP_FAILED) {
		perror(argv[2]);
		return 1;
	}
	_Atomic uint64_t *cell = (void *)(bytes + offset);
	uint64_t value = argc > 4 ? strtoull(argv[4], NULL, 0) : 0;
	if (strcmp(verb, "get") == 0) {
		printf("%llu\n", (unsigned long long)atomic_load(cell));
	} else if (strcmp(verb, "add") == 0) {
		for (long times = argc > 5 ? strtol(argv[5], NULL, 10) : 1; times > 0;
		     times--)
			atomic_fetch_add(cell, value);
	} else if (strcmp(verb, "store") == 0) {
		atomic_store(cell, value);
	} else if (strcmp(verb, "wake") == 0) {
		atomic_store(cell, value);
		wake_all(cell);
	} else if (strcmp(verb, "wait") == 0) {
		for (uint64_t seen; (seen = atomic_load(cell)) != value;)
			sleep_while(cell, seen);
		puts("there");
	} else if (strcmp(verb, "consume") == 0) {
		consume(cell, (void *)(bytes + offset + 8), (long)value);
	} else {
		return 2;
	}
	return 0;
}

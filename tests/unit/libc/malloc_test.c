/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"

/* With glibc the same tests are of its malloc(3). */
enum { BLOCKS = 64 };

/* The compiler and the analyzers know what these do, and that some calls here are wrong.
 */
static void *(*volatile allocate)(size_t) = malloc;
static void *(*volatile allocate_cleared)(size_t, size_t) = calloc;
static void *(*volatile allocate_again)(void *, size_t) = realloc;
static void (*volatile release)(void *) = free;

static unsigned next_random(void)
{
	static unsigned state = 1;
	state = state * 1103515245 + 12345;
	return state >> 8;
}

static size_t random_size(void)
{
	return next_random() % ((size_t)1 << (next_random() % 20 + 1));
}

static void check_filled(const unsigned char *block, size_t size, unsigned char byte)
{
	for (size_t i = 0; i < size; i++)
		if (block[i] != byte) {
			CHECK_EQUAL(block[i], byte);
			return;
		}
}

TEST(blocks_are_aligned_and_keep_their_bytes_until_they_are_freed)
{
	unsigned char *blocks[BLOCKS] = {NULL};
	size_t sizes[BLOCKS] = {0};
	for (int round = 0; round < 3000; round++) {
		unsigned which = next_random() % BLOCKS;
		unsigned char byte = (unsigned char)which;
		size_t size = random_size();
		check_filled(blocks[which], sizes[which], byte);
		if (next_random() % 2 != 0) {
			release(blocks[which]);
			blocks[which] = next_random() % 2 != 0
			                    ? allocate(size)
			                    : allocate_cleared(1, size);
		} else {
			unsigned char *moved = allocate_again(blocks[which], size + 1);
			check_filled(moved, sizes[which] < size ? sizes[which] : size,
			             byte);
			blocks[which] = moved;
		}
		CHECK(blocks[which] != NULL);
		CHECK_EQUAL((uintptr_t)blocks[which] % 16, 0);
		if (blocks[which] != NULL)
			memset(blocks[which], byte, size);
		sizes[which] = size;
	}
	for (int i = 0; i < BLOCKS; i++)
		release(blocks[i]);
}

TEST(calloc_clears_what_was_used_before)
{
	for (size_t size = 1; size <= 1 << 20; size *= 4) {
		unsigned char *block = allocate(size);
		memset(block, 0xff, size);
		release(block);
		block = allocate_cleared(size, 1);
		check_filled(block, size, 0);
		release(block);
	}
}

#ifndef __SANITIZE_ADDRESS__ /* its malloc(3) keeps what is freed, and ends the process  \
                              */

TEST(what_was_freed_is_used_again)
{
	size_t least = SIZE_MAX, most = 0;
	for (int i = 0; i < 100000; i++) {
		void *block = allocate(8000);
		least = (uintptr_t)block < least ? (uintptr_t)block : least;
		most = (uintptr_t)block > most ? (uintptr_t)block : most;
		release(block);
	}
	CHECK(most - least < 1 << 20);
}

TEST(more_than_there_can_be_is_refused_with_ENOMEM)
{
	void *block = allocate(10);
	errno = 0;
	CHECK(allocate(SIZE_MAX) == NULL && errno == ENOMEM);
	errno = 0;
	CHECK(allocate(SIZE_MAX / 2) == NULL && errno == ENOMEM);
	errno = 0;
	CHECK(allocate_cleared(SIZE_MAX / 2, 3) == NULL && errno == ENOMEM);
	errno = 0;
	void *moved = allocate_again(block, SIZE_MAX - 100);
	CHECK(moved == NULL && errno == ENOMEM);
	release(moved == NULL ? block : moved);
}

#endif

TEST(a_block_that_is_freed_twice_ends_the_process)
{
	pid_t pid = fork();
	if (pid == 0) {
		void *block = allocate(3000);
		release(block);
		close(STDERR_FILENO);
		release(block);
		_exit(0);
	}
	int status;
	CHECK_EQUAL(waitpid(pid, &status, 0), pid);
	CHECK(status != 0);
}

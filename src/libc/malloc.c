/* SPDX-License-Identifier: MIT */
/*
 * malloc(3) for the static program: powers of two, each with a list of what was freed,
 * out of memory that is not given back before the end, and a mapping of its own for what
 * is large. One thread, and no call in a signal handler. A block that is freed twice, or
 * whose head was written over, ends the program. The first memory is mapped when it is
 * asked for: 64 KB of .bss would be a mapping of each start, 4 % of it.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

/* By other names: the compiler assumes things about those of the C library. */
void *malloc_block(size_t wanted) __asm__("malloc");
void malloc_free(void *bytes) __asm__("free");
void *malloc_cleared(size_t count, size_t item) __asm__("calloc");
void *malloc_again(void *bytes, size_t wanted) __asm__("realloc");

/* The caller's bytes take the place of `next`. */
struct block {
	size_t size; /* with the head */
	size_t state;
	struct block *next;
};

enum {
	HEAD = offsetof(struct block, next), /* 16: bytes are aligned as malloc(3) says */
	CHUNK = 64 * 1024,                   /* of one mmap(2) */
	SMALLEST = 5,                        /* 2^5 */
	LARGEST = 15,                        /* above 2^15: a mapping */
};

static const size_t USED = 0x5ced5ced, FREE = 0xf4eef4ee;

static struct block *freed[LARGEST + 1];
static char *rest;
static size_t rest_size;

static bool is_mapping(size_t size)
{
	return size > (size_t)1 << LARGEST;
}

static void *map(size_t size)
{
	void *start =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (start != MAP_FAILED)
		return start;
	errno = ENOMEM; /* not the EAGAIN of locked memory */
	return NULL;
}

static struct block *cut(size_t size)
{
	if (size > rest_size) {
		void *start = map(CHUNK);
		if (start == NULL)
			return NULL;
		rest = start;
		rest_size = CHUNK;
	}
	void *block = rest;
	rest += size;
	rest_size -= size;
	return block;
}

static struct block *check_state(struct block *block, size_t state)
{
	if (block->state != state)
		__builtin_trap();
	return block;
}

static struct block *block_of(void *bytes)
{
	void *block = (char *)bytes - HEAD;
	return check_state(block, USED);
}

static struct block **list_of(size_t size)
{
	int list = SMALLEST;
	while ((size_t)1 << list < size)
		list++;
	return &freed[list];
}

void *malloc_block(size_t wanted)
{
	size_t size = wanted + HEAD;
	struct block *block;
	if (wanted > PTRDIFF_MAX - HEAD) {
		errno = ENOMEM;
		return NULL;
	}
	if (is_mapping(size)) {
		block = map(size);
	} else {
		struct block **list = list_of(size);
		size = (size_t)1 << (list - freed);
		block = *list;
		if (block != NULL)
			*list = check_state(block, FREE)->next;
		else
			block = cut(size);
	}
	if (block == NULL)
		return NULL;
	block->size = size;
	block->state = USED;
	return (char *)block + HEAD;
}

void malloc_free(void *bytes)
{
	if (bytes == NULL)
		return;
	struct block *block = block_of(bytes);
	if (is_mapping(block->size)) {
		munmap(block, block->size);
		return;
	}
	struct block **list = list_of(block->size);
	block->state = FREE;
	block->next = *list;
	*list = block;
}

void *malloc_cleared(size_t count, size_t item)
{
	size_t size;
	if (__builtin_mul_overflow(count, item, &size))
		size = SIZE_MAX;
	void *bytes = malloc_block(size);
	if (bytes != NULL && !is_mapping(size + HEAD))
		memset(bytes, 0, size);
	return bytes;
}

void *malloc_again(void *bytes, size_t wanted)
{
	if (bytes == NULL)
		return malloc_block(wanted);
	struct block *block = block_of(bytes);
	size_t size = wanted + HEAD, kept = block->size - HEAD;
	if (is_mapping(size) && is_mapping(block->size) && wanted <= PTRDIFF_MAX / 2) {
		block = mremap(block, block->size, size, MREMAP_MAYMOVE);
		if (block == MAP_FAILED) {
			errno = ENOMEM;
			return NULL;
		}
		block->size = size;
		return (char *)block + HEAD;
	}
	if (wanted <= kept && size > block->size / 4)
		return bytes;
	void *other = malloc_block(wanted);
	if (other == NULL)
		return NULL;
	memcpy(other, bytes, kept < wanted ? kept : wanted);
	malloc_free(bytes);
	return other;
}

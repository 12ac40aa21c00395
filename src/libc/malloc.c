/*
 * malloc(3) for the static program: powers of two, each with a list of what was freed,
 * out of memory that is not given back before the end, and a mapping of its own for what
 * is large. One thread, and no call in a signal handler. A block that is freed twice, or
 * whose head was written over, ends the program. The first blocks need no system call.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	ARENA = 64 * 1024,  /* touched only as it is used */
	CHUNK = 512 * 1024, /* of one mmap(2) */
	SMALLEST = 5,       /* 2^5 */
	LARGEST = 17,       /* above 2^17: a mapping */
};

/* Before each block: 16 bytes, so that a block is aligned as malloc(3) says. */
struct head {
	size_t size; /* with the head */
	size_t state;
};

static const size_t USED = 0x5ced5ced, FREE = 0xf4eef4ee;

static struct head *freed[LARGEST + 1]; /* each block holds the address of the next */
static _Alignas(16) char arena[ARENA];
static char *rest = arena;
static size_t rest_size = ARENA;

static bool is_mapping(size_t size)
{
	return size > (size_t)1 << LARGEST;
}

static struct head *map(size_t size)
{
	void *start =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (start != MAP_FAILED)
		return start;
	errno = ENOMEM; /* not the EAGAIN of locked memory */
	return NULL;
}

static struct head *cut(size_t size)
{
	if (size > rest_size) {
		char *start = (char *)map(CHUNK);
		if (start == NULL)
			return NULL;
		rest = start;
		rest_size = CHUNK;
	}
	struct head *head = (struct head *)(void *)rest;
	rest += size;
	rest_size -= size;
	return head;
}

static struct head *head_of(void *block, size_t state)
{
	struct head *head = (struct head *)block - 1;
	if (head->state != state)
		__builtin_trap();
	return head;
}

static int list_of(size_t size)
{
	int list = SMALLEST;
	while ((size_t)1 << list < size)
		list++;
	return list;
}

void *malloc(size_t wanted)
{
	size_t size = wanted + sizeof(struct head);
	struct head *head;
	if (wanted > PTRDIFF_MAX - sizeof(struct head)) {
		errno = ENOMEM;
		return NULL;
	}
	if (is_mapping(size)) {
		head = map(size);
	} else {
		int list = list_of(size);
		size = (size_t)1 << list;
		head = freed[list];
		if (head != NULL)
			memcpy(&freed[list], head_of(head + 1, FREE) + 1, sizeof head);
		else
			head = cut(size);
	}
	if (head == NULL)
		return NULL;
	*head = (struct head){.size = size, .state = USED};
	return head + 1;
}

void free(void *block)
{
	if (block == NULL)
		return;
	struct head *head = head_of(block, USED);
	if (is_mapping(head->size)) {
		munmap(head, head->size);
		return;
	}
	struct head **list = &freed[list_of(head->size)];
	head->state = FREE;
	memcpy(block, list, sizeof *list);
	*list = head;
}

void *calloc(size_t count, size_t item)
{
	size_t size;
	if (__builtin_mul_overflow(count, item, &size))
		size = SIZE_MAX;
	void *block = malloc(size);
	if (block != NULL && !is_mapping(size + sizeof(struct head)))
		memset(block, 0, size);
	return block;
}

void *realloc(void *block, size_t wanted)
{
	if (block == NULL)
		return malloc(wanted);
	struct head *head = head_of(block, USED);
	size_t size = wanted + sizeof *head;
	if (is_mapping(size) && is_mapping(head->size) && wanted <= PTRDIFF_MAX / 2) {
		struct head *moved = mremap(head, head->size, size, MREMAP_MAYMOVE);
		if (moved == MAP_FAILED) {
			errno = ENOMEM;
			return NULL;
		}
		moved->size = size;
		return moved + 1;
	}
	if (size >= wanted && size <= head->size && size > head->size / 4)
		return block;
	void *other = malloc(wanted);
	if (other == NULL)
		return NULL;
	size_t kept = head->size - sizeof *head;
	memcpy(other, block, kept < wanted ? kept : wanted);
	free(block);
	return other;
}

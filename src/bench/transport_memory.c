/*
 * Shared memory: messages lie in the slots of a ring, and a semaphore, a futex or an
 * eventfd says how many are full. See shm_overview(7), futex(2), eventfd(2).
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/futex.h"
#include "bench/transport.h"
#include "semaphore/futex.h"

enum { SLOTS = 16, CACHE_LINE = 64 };

static const struct deadline for_ever;

/* Each word that one side writes has a cache line for itself. */
struct ring {
	_Alignas(CACHE_LINE) uint32_t filled;    /* how many have been put in so far */
	_Alignas(CACHE_LINE) uint32_t taken;     /* how many have been taken out */
	_Alignas(CACHE_LINE) uint32_t sleeps[2]; /* does the one who takes, puts sleep? */
	_Alignas(CACHE_LINE) uint64_t full[SEM_BYTES / sizeof(uint64_t)];
	_Alignas(CACHE_LINE) uint64_t empty[SEM_BYTES / sizeof(uint64_t)];
	_Alignas(CACHE_LINE) char slots[];
};

static int map_rings(struct channel *channel)
{
	channel->ring_bytes = sizeof(struct ring) + SLOTS * channel->size;
	for (int way = 0; way < 2; way++) {
		void *memory = mmap(NULL, channel->ring_bytes, PROT_READ | PROT_WRITE,
		                    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (memory == MAP_FAILED)
			return -1;
		channel->rings[way] = memory;
	}
	return 0;
}

static void unmap_rings(struct channel *channel)
{
	for (int way = 0; way < 2; way++) {
		if (channel->rings[way] != NULL)
			munmap(channel->rings[way], channel->ring_bytes);
		if (channel->from[way] >= 0)
			close(channel->from[way]);
		if (channel->to[way] >= 0)
			close(channel->to[way]);
	}
}

static char *slot(const struct channel *channel, struct ring *ring, uint32_t number)
{
	return ring->slots + number % SLOTS * channel->size;
}

/* The side that puts in is the only one that writes `filled`, and likewise `taken`. */
static void put(const struct channel *channel, struct ring *ring, const char *bytes)
{
	memcpy(slot(channel, ring, ring->filled), bytes, channel->size);
	__atomic_store_n(&ring->filled, ring->filled + 1, __ATOMIC_SEQ_CST);
}

static void take(const struct channel *channel, struct ring *ring, char *bytes)
{
	memcpy(bytes, slot(channel, ring, ring->taken), channel->size);
	__atomic_store_n(&ring->taken, ring->taken + 1, __ATOMIC_SEQ_CST);
}

/* --------------------------------------------------------------- semaphores */

static int open_semaphores(struct channel *channel)
{
	if (map_rings(channel) < 0)
		return -1;
	for (int way = 0; way < 2; way++) {
		sem_layout_glibc.make(channel->rings[way]->full, 0);
		sem_layout_glibc.make(channel->rings[way]->empty, SLOTS);
	}
	return 0;
}

static int semaphore_put(const struct channel *channel, int way, const char *bytes)
{
	struct ring *ring = channel->rings[way];
	if (sem_futex_take(&sem_layout_glibc, ring->empty, 1, &for_ever, NULL) < 0)
		return -1;
	put(channel, ring, bytes);
	return sem_futex_give(&sem_layout_glibc, ring->full, 1);
}

static int semaphore_get(const struct channel *channel, int way, char *bytes)
{
	struct ring *ring = channel->rings[way];
	if (sem_futex_take(&sem_layout_glibc, ring->full, 1, &for_ever, NULL) < 0)
		return -1;
	take(channel, ring, bytes);
	return sem_futex_give(&sem_layout_glibc, ring->empty, 1);
}

const struct mechanism mechanism_semaphore = {
    .name = "semaphore",
    .summary = "shared memory with POSIX semaphores",
    .open = open_semaphores,
    .send = semaphore_put,
    .receive = semaphore_get,
    .close = unmap_rings,
};

/* -------------------------------------------------------------------- futex */

enum { TAKER, PUTTER };

/*
 * Sleep while the word is as it was seen. Who sleeps says so before it looks a last time,
 * and who changes the word looks for sleepers afterwards: none is missed, and no system
 * call is made for nobody.
 */
static void sleep_on(uint32_t *word, uint32_t seen, uint32_t *sleeps)
{
	__atomic_store_n(sleeps, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(word, __ATOMIC_SEQ_CST) == seen)
		futex_wait(word, seen);
}

static void wake(uint32_t *word, uint32_t *sleeps)
{
	if (__atomic_exchange_n(sleeps, 0, __ATOMIC_SEQ_CST) != 0)
		futex_wake(word, 1);
}

static int futex_put(const struct channel *channel, int way, const char *bytes)
{
	struct ring *ring = channel->rings[way];
	uint32_t taken = __atomic_load_n(&ring->taken, __ATOMIC_SEQ_CST);
	while (ring->filled - taken == SLOTS) {
		sleep_on(&ring->taken, taken, &ring->sleeps[PUTTER]);
		taken = __atomic_load_n(&ring->taken, __ATOMIC_SEQ_CST);
	}
	put(channel, ring, bytes);
	wake(&ring->filled, &ring->sleeps[TAKER]);
	return 0;
}

static int futex_get(const struct channel *channel, int way, char *bytes)
{
	struct ring *ring = channel->rings[way];
	uint32_t filled = __atomic_load_n(&ring->filled, __ATOMIC_SEQ_CST);
	while (filled == ring->taken) {
		sleep_on(&ring->filled, filled, &ring->sleeps[TAKER]);
		filled = __atomic_load_n(&ring->filled, __ATOMIC_SEQ_CST);
	}
	take(channel, ring, bytes);
	wake(&ring->taken, &ring->sleeps[PUTTER]);
	return 0;
}

const struct mechanism mechanism_futex = {
    .name = "futex",
    .summary = "shared memory with futexes",
    .open = map_rings,
    .send = futex_put,
    .receive = futex_get,
    .close = unmap_rings,
};

/* ------------------------------------------------------------------ eventfd */

static int open_eventfds(struct channel *channel)
{
	if (map_rings(channel) < 0)
		return -1;
	for (int way = 0; way < 2; way++) {
		channel->from[way] = eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC);
		channel->to[way] = eventfd(SLOTS, EFD_SEMAPHORE | EFD_CLOEXEC);
		if (channel->from[way] < 0 || channel->to[way] < 0)
			return -1;
	}
	return 0;
}

static int wait_for_one(int fd)
{
	uint64_t one;
	return read(fd, &one, sizeof one) == (ssize_t)sizeof one ? 0 : -1;
}

static int add_one(int fd)
{
	static const uint64_t one = 1;
	return write(fd, &one, sizeof one) == (ssize_t)sizeof one ? 0 : -1;
}

static int eventfd_put(const struct channel *channel, int way, const char *bytes)
{
	if (wait_for_one(channel->to[way]) < 0)
		return -1;
	put(channel, channel->rings[way], bytes);
	return add_one(channel->from[way]);
}

static int eventfd_get(const struct channel *channel, int way, char *bytes)
{
	if (wait_for_one(channel->from[way]) < 0)
		return -1;
	take(channel, channel->rings[way], bytes);
	return add_one(channel->to[way]);
}

const struct mechanism mechanism_eventfd = {
    .name = "eventfd",
    .summary = "shared memory with eventfds",
    .open = open_eventfds,
    .send = eventfd_put,
    .receive = eventfd_get,
    .close = unmap_rings,
};

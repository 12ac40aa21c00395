/* SPDX-License-Identifier: MIT */
/*
 * Shared memory: messages are in the slots of a ring, and a semaphore, a futex or an
 * eventfd counts the filled ones. See shm_overview(7), futex(2), eventfd(2).
 */
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/futex.h"
#include "bench/transport.h"
#include "semaphore/futex.h"

enum { RING_SLOTS = 16, CACHE_LINE = 64 };

/* Each word that one end writes has a cache line of its own. */
struct transport_ring {
	_Alignas(CACHE_LINE) uint32_t filled; /* messages put in so far */
	_Alignas(CACHE_LINE) uint32_t taken;  /* messages taken out so far */
	_Alignas(
	    CACHE_LINE) uint32_t sleeps[2]; /* does the receiver, the sender sleep? */
	_Alignas(CACHE_LINE) uint64_t full[SEMAPHORE_BYTES / sizeof(uint64_t)];
	_Alignas(CACHE_LINE) uint64_t empty[SEMAPHORE_BYTES / sizeof(uint64_t)];
	_Alignas(CACHE_LINE) char slots[];
};

static int map_rings(struct transport *transport)
{
	transport->ring_bytes =
	    sizeof(struct transport_ring) + RING_SLOTS * transport->size;
	for (int direction = 0; direction < 2; direction++) {
		void *memory = mmap(NULL, transport->ring_bytes, PROT_READ | PROT_WRITE,
		                    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (memory == MAP_FAILED)
			return -1;
		transport->rings[direction] = memory;
	}
	return 0;
}

static int unmap_rings(struct transport *transport)
{
	for (int direction = 0; direction < 2; direction++) {
		if (transport->rings[direction] != NULL)
			munmap(transport->rings[direction], transport->ring_bytes);
		if (transport->from[direction] >= 0)
			close(transport->from[direction]);
		if (transport->to[direction] >= 0)
			close(transport->to[direction]);
	}
	return 0;
}

static char *ring_slot(const struct transport *transport, struct transport_ring *ring,
                       uint32_t number)
{
	return ring->slots + number % RING_SLOTS * transport->size;
}

/* Only the sender writes `filled`, only the receiver `taken`. */
static void ring_put(const struct transport *transport, struct transport_ring *ring,
                     const char *bytes)
{
	memcpy(ring_slot(transport, ring, ring->filled), bytes, transport->size);
	__atomic_store_n(&ring->filled, ring->filled + 1, __ATOMIC_SEQ_CST);
}

static void ring_take(const struct transport *transport, struct transport_ring *ring,
                      char *bytes)
{
	memcpy(bytes, ring_slot(transport, ring, ring->taken), transport->size);
	__atomic_store_n(&ring->taken, ring->taken + 1, __ATOMIC_SEQ_CST);
}

/* --------------------------------------------------------------- semaphores */

static int open_semaphores(struct transport *transport)
{
	if (map_rings(transport) < 0)
		return -1;
	for (int direction = 0; direction < 2; direction++) {
		semaphore_layout_glibc.init(transport->rings[direction]->full, 0);
		semaphore_layout_glibc.init(transport->rings[direction]->empty,
		                            RING_SLOTS);
	}
	return 0;
}

static int send_with_semaphore(const struct transport *transport, int direction,
                               const char *bytes)
{
	struct transport_ring *ring = transport->rings[direction];
	if (semaphore_futex_wait(&semaphore_layout_glibc, ring->empty, 1, &DEADLINE_NEVER,
	                         NULL) < 0)
		return -1;
	ring_put(transport, ring, bytes);
	return semaphore_futex_post(&semaphore_layout_glibc, ring->full, 1) < 0 ? -1 : 0;
}

static int receive_with_semaphore(const struct transport *transport, int direction,
                                  char *bytes)
{
	struct transport_ring *ring = transport->rings[direction];
	if (semaphore_futex_wait(&semaphore_layout_glibc, ring->full, 1, &DEADLINE_NEVER,
	                         NULL) < 0)
		return -1;
	ring_take(transport, ring, bytes);
	return semaphore_futex_post(&semaphore_layout_glibc, ring->empty, 1) < 0 ? -1 : 0;
}

const struct transport_mechanism transport_semaphore = {
    .name = "semaphore",
    .summary = "shared memory with POSIX semaphores",
    .open = open_semaphores,
    .send = send_with_semaphore,
    .receive = receive_with_semaphore,
    .close = unmap_rings,
};

/* -------------------------------------------------------------------- futex */

enum { RING_RECEIVER, RING_SENDER };

/*
 * Sleep while the word is `seen`. A sleeper sets *sleeps before it reads the word a last
 * time, and a process that changes the word reads *sleeps afterwards: no wake is missed,
 * and no system call is made without a sleeper.
 */
static void futex_sleep(uint32_t *word, uint32_t seen, uint32_t *sleeps)
{
	__atomic_store_n(sleeps, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(word, __ATOMIC_SEQ_CST) == seen)
		futex_wait(word, seen);
}

static void futex_wake_sleeper(uint32_t *word, uint32_t *sleeps)
{
	if (__atomic_exchange_n(sleeps, 0, __ATOMIC_SEQ_CST) != 0)
		futex_wake(word, 1);
}

static int send_with_futex(const struct transport *transport, int direction,
                           const char *bytes)
{
	struct transport_ring *ring = transport->rings[direction];
	uint32_t taken = __atomic_load_n(&ring->taken, __ATOMIC_SEQ_CST);
	while (ring->filled - taken == RING_SLOTS) {
		futex_sleep(&ring->taken, taken, &ring->sleeps[RING_SENDER]);
		taken = __atomic_load_n(&ring->taken, __ATOMIC_SEQ_CST);
	}
	ring_put(transport, ring, bytes);
	futex_wake_sleeper(&ring->filled, &ring->sleeps[RING_RECEIVER]);
	return 0;
}

static int receive_with_futex(const struct transport *transport, int direction,
                              char *bytes)
{
	struct transport_ring *ring = transport->rings[direction];
	uint32_t filled = __atomic_load_n(&ring->filled, __ATOMIC_SEQ_CST);
	while (filled == ring->taken) {
		futex_sleep(&ring->filled, filled, &ring->sleeps[RING_RECEIVER]);
		filled = __atomic_load_n(&ring->filled, __ATOMIC_SEQ_CST);
	}
	ring_take(transport, ring, bytes);
	futex_wake_sleeper(&ring->taken, &ring->sleeps[RING_SENDER]);
	return 0;
}

const struct transport_mechanism transport_futex = {
    .name = "futex",
    .summary = "shared memory with futexes",
    .open = map_rings,
    .send = send_with_futex,
    .receive = receive_with_futex,
    .close = unmap_rings,
};

/* ------------------------------------------------------------------ eventfd */

static int open_eventfds(struct transport *transport)
{
	if (map_rings(transport) < 0)
		return -1;
	for (int direction = 0; direction < 2; direction++) {
		transport->from[direction] = eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC);
		transport->to[direction] =
		    eventfd(RING_SLOTS, EFD_SEMAPHORE | EFD_CLOEXEC);
		if (transport->from[direction] < 0 || transport->to[direction] < 0)
			return -1;
	}
	return 0;
}

static int decrement_eventfd(int fd)
{
	uint64_t one;
	return read(fd, &one, sizeof one) == (ssize_t)sizeof one ? 0 : -1;
}

static int increment_eventfd(int fd)
{
	static const uint64_t one = 1;
	return write(fd, &one, sizeof one) == (ssize_t)sizeof one ? 0 : -1;
}

static int send_with_eventfd(const struct transport *transport, int direction,
                             const char *bytes)
{
	if (decrement_eventfd(transport->to[direction]) < 0)
		return -1;
	ring_put(transport, transport->rings[direction], bytes);
	return increment_eventfd(transport->from[direction]);
}

static int receive_with_eventfd(const struct transport *transport, int direction,
                                char *bytes)
{
	if (decrement_eventfd(transport->from[direction]) < 0)
		return -1;
	ring_take(transport, transport->rings[direction], bytes);
	return increment_eventfd(transport->to[direction]);
}

const struct transport_mechanism transport_eventfd = {
    .name = "eventfd",
    .summary = "shared memory with eventfds",
    .open = open_eventfds,
    .send = send_with_eventfd,
    .receive = receive_with_eventfd,
    .close = unmap_rings,
};

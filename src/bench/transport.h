/*
 * A way between two processes and back, by one mechanism of the kernel: what ipcbench
 * measures.
 *
 *     transport_open(&channel, mechanism, 64)      in a process that then forks twice
 *     transport_join(&channel, TRANSPORT_END_A)             in one child; TRANSPORT_END_B
 * in the other transport_send(), transport_receive()          in both
 *     transport_close(&channel)                    in the first process, when both ended
 *
 * A message from one side is received by the other, whole and in order. Sending waits
 * while the mechanism is full, receiving while it is empty. Nothing of a channel has a
 * name once it is open, so that a death leaves nothing behind, but for the two queues of
 * System V, which only transport_close() removes.
 */
#ifndef BENCH_TRANSPORT_H
#define BENCH_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum transport_end { TRANSPORT_END_A, TRANSPORT_END_B };

struct transport {
	const struct transport_mechanism *mechanism;
	size_t size; /* bytes of a message: 1 and up */
	/* Each mechanism uses of these what it needs; [0] leads from A to B, [1] back. */
	int from[2], to[2]; /* descriptors, or ids of queues in both; -1: none */
	struct transport_ring *rings[2];
	size_t ring_bytes;
	int *pids; /* of the two sides, shared between them */
	enum transport_end end;
};

struct transport_mechanism {
	const char *name;
	const char *summary;
	/*
	 * Bytes that a message can have at most, with the limit's name. NULL: any number;
	 * 0 or less: nobody knows.
	 */
	int64_t (*largest)(const char **limit);
	bool fixed; /* its messages have that size and no other */
	/* -1 with errno; what was opened is then closed by the caller's transport_close()
	 */
	int (*open)(struct transport *transport);
	int (*join)(struct transport *transport); /* NULL: nothing is to be done */
	int (*send)(const struct transport *transport, int direction, const char *bytes);
	int (*receive)(const struct transport *transport, int direction, char *bytes);
	void (*close)(struct transport *transport);
};

/* All there are, up to one without a name. */
extern const struct transport_mechanism *const transport_mechanisms[];

/* By its name; NULL: there is none. */
const struct transport_mechanism *transport_mechanism_by_name(const char *name,
                                                              size_t length);

/* 0, or -1 with errno, and nothing left open. */
int transport_open(struct transport *transport,
                   const struct transport_mechanism *mechanism, size_t size);
int transport_join(struct transport *transport, enum transport_end end);
void transport_close(struct transport *transport);

/* channel->size bytes: 0, or -1 with errno; EPIPE where the other side has ended, as far
 * as the mechanism tells. */
int transport_send(const struct transport *transport, const char *bytes);
int transport_receive(const struct transport *transport, char *bytes);

/* Of bench/transport_files.c, bench/transport_queues.c, bench/transport_memory.c,
 * bench/transport_signal.c. */
extern const struct transport_mechanism transport_pipe, transport_fifo, transport_stream,
    transport_datagram, transport_seqpacket, transport_mq, transport_sysv,
    transport_semaphore, transport_futex, transport_eventfd, transport_signal;

#endif

/*
 * A way between two processes and back, by one mechanism of the kernel: what ipcbench
 * measures.
 *
 *     channel_open(&channel, mechanism, 64)      in a process that then forks twice
 *     channel_join(&channel, SIDE_A)             in one child; SIDE_B in the other
 *     channel_send(), channel_receive()          in both
 *     channel_close(&channel)                    in the first process, when both ended
 *
 * A message from one side is received by the other, whole and in order. Sending waits
 * while the mechanism is full, receiving while it is empty. Nothing of a channel has a
 * name once it is open, so that a death leaves nothing behind, but for the two queues of
 * System V, which only channel_close() removes.
 */
#ifndef BENCH_TRANSPORT_H
#define BENCH_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum side { SIDE_A, SIDE_B };

struct channel {
	const struct mechanism *mechanism;
	size_t size; /* bytes of a message: 1 and up */
	/* Each mechanism uses of these what it needs; [0] leads from A to B, [1] back. */
	int from[2], to[2]; /* descriptors, or ids of queues in both; -1: none */
	struct ring *rings[2];
	size_t ring_bytes;
	int *pids; /* of the two sides, shared between them */
	enum side side;
};

struct mechanism {
	const char *name;
	const char *summary;
	/*
	 * Bytes that a message can have at most, with the limit's name. NULL: any number;
	 * 0 or less: nobody knows.
	 */
	int64_t (*largest)(const char **limit);
	bool fixed; /* its messages have that size and no other */
	/* -1 with errno; what was opened is then closed by the caller's channel_close()
	 */
	int (*open)(struct channel *channel);
	int (*join)(struct channel *channel); /* NULL: nothing is to be done */
	int (*send)(const struct channel *channel, int way, const char *bytes);
	int (*receive)(const struct channel *channel, int way, char *bytes);
	void (*close)(struct channel *channel);
};

/* All there are, up to one without a name. */
extern const struct mechanism *const mechanisms[];

/* By its name; NULL: there is none. */
const struct mechanism *mechanism_by_name(const char *name, size_t length);

/* 0, or -1 with errno, and nothing left open. */
int channel_open(struct channel *channel, const struct mechanism *mechanism, size_t size);
int channel_join(struct channel *channel, enum side side);
void channel_close(struct channel *channel);

/* channel->size bytes: 0, or -1 with errno; EPIPE where the other side has ended, as far
 * as the mechanism tells. */
int channel_send(const struct channel *channel, const char *bytes);
int channel_receive(const struct channel *channel, char *bytes);

/* Of bench/transport_files.c, bench/transport_queues.c, bench/transport_memory.c,
 * bench/transport_signal.c. */
extern const struct mechanism mechanism_pipe, mechanism_fifo, mechanism_stream,
    mechanism_datagram, mechanism_seqpacket, mechanism_mq, mechanism_sysv,
    mechanism_semaphore, mechanism_futex, mechanism_eventfd, mechanism_signal;

#endif

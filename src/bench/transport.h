/* SPDX-License-Identifier: MIT */
/*
 * A transport between two processes, in both directions, by one mechanism of the kernel:
 * what ipcbench measures.
 *
 *     transport_open(&transport, mechanism, 64)     in a process that then forks twice
 *     transport_join(&transport, TRANSPORT_END_A)   in one child, TRANSPORT_END_B in the
 *                                                   other
 *     transport_send(), transport_receive()         in both
 *     transport_close(&transport)                   in the first process, after both
 *
 * A message from one end is received by the other, whole and in order. Sending waits
 * while the mechanism is full, receiving while it is empty. No part of a transport has a
 * name once it is open, unless that could not be removed, so a killed process leaves
 * nothing behind, except the two System V queues, which only transport_close() removes.
 */
#ifndef BENCH_TRANSPORT_H
#define BENCH_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum transport_end { TRANSPORT_END_A, TRANSPORT_END_B };

struct transport {
	const struct transport_mechanism *mechanism;
	size_t size; /* bytes of a message, at least 1 */
	/* Each mechanism uses what it needs; [0] is for A to B, [1] for B to A. */
	int from[2], to[2]; /* descriptors, or ids of queues; -1: none */
	char names[2][32];  /* of queues that still have one */
	struct transport_ring *rings[2];
	size_t ring_bytes;
	struct transport_signal_end *signal_ends;
	enum transport_end end;
};

struct transport_mechanism {
	const char *name;
	const char *summary;
	/*
	 * The maximum size of a message, and the name of the limit. NULL: any size; 0 or
	 * less: unknown.
	 */
	int64_t (*largest)(const char **limit);
	bool fixed; /* its messages have that size only */
	/* ENOBUFS of send means RLIMIT_SIGPENDING */
	bool pending_signals;
	/* 0, or -1 with errno; the caller then calls close */
	int (*open)(struct transport *transport);
	int (*join)(struct transport *transport); /* NULL: nothing to do */
	int (*send)(const struct transport *transport, int direction, const char *bytes);
	int (*receive)(const struct transport *transport, int direction, char *bytes);
	/* 0, or -1 with errno if an object that the kernel keeps is not removed */
	int (*close)(struct transport *transport);
};

/* All of them, up to NULL; and their names. */
#define TRANSPORT_MECHANISM_NAMES                                                        \
	"pipe fifo stream datagram seqpacket mq sysv semaphore futex eventfd signal"
extern const struct transport_mechanism *const transport_mechanisms[];

/* The one of this name, or NULL. */
const struct transport_mechanism *transport_mechanism_by_name(const char *name,
                                                              size_t length);

/* 0, or -1 with errno, and nothing is left open. */
int transport_open(struct transport *transport,
                   const struct transport_mechanism *mechanism, size_t size);
int transport_join(struct transport *transport, enum transport_end end);

/* 0, or -1 with errno if an object remains, which the kernel keeps. */
int transport_close(struct transport *transport);

/*
 * A message of transport->size bytes: 0, or -1 with errno; EPIPE if the other end has
 * exited, as far as the mechanism reports it.
 */
int transport_send(const struct transport *transport, const char *bytes);
int transport_receive(const struct transport *transport, char *bytes);

/* In bench/transport_files.c, transport_queues.c, transport_memory.c, transport_signal.c.
 */
extern const struct transport_mechanism transport_pipe, transport_fifo, transport_stream,
    transport_datagram, transport_seqpacket, transport_mq, transport_sysv,
    transport_semaphore, transport_futex, transport_eventfd, transport_signal;

#endif

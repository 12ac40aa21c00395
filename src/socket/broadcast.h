/* SPDX-License-Identifier: MIT */
/*
 * Each line of standard input to every connection of a listening socket.
 *
 * The lines that a reader has not received yet are in one buffer for all, of
 * BROADCAST_BYTES, so memory is bounded however many readers there are and however slow
 * they are. When it is full no input is read until each reader has received half of it.
 * One that has received less than BROADCAST_PAUSE_BYTES in BROADCAST_PAUSE is dropped
 * then, which is reported: a reader that does not read holds the others for that time,
 * once.
 *
 * A reader gets the lines that are read from standard input after it was accepted. Data
 * that it sends is read and ignored.
 */
#ifndef SOCKET_BROADCAST_H
#define SOCKET_BROADCAST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timeout.h"
#include "socket/socket.h"

enum {
	BROADCAST_BYTES = 4 << 20,
	BROADCAST_LINE_MAX = 1 << 20,
	BROADCAST_READERS_MAX = 1000,
	BROADCAST_PAUSE = 2000000000, /* nanoseconds */
	BROADCAST_PAUSE_BYTES = 64 << 10
};

struct broadcast {
	const struct socket_endpoint *endpoint; /* listens: stream or seqpacket */
	int64_t readers;        /* that must be connected before input is read */
	struct timeout timeout; /* for these */
	bool peercred;          /* print the credentials of each on standard error */
};

/*
 * Returns after the end of standard input, when the readers have received the last line
 * or were dropped, ten seconds later at most. A failure is reported. The endpoint stays
 * open.
 */
enum status broadcast_run(const struct broadcast *broadcast);

#endif

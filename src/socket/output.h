/* SPDX-License-Identifier: MIT */
/*
 * Writing the messages that a socket receives to standard output.
 *
 * Functions that return a status have reported their failure; but STATUS_SIGPIPE, if
 * standard output has no reader, is not reported.
 */
#ifndef SOCKET_OUTPUT_H
#define SOCKET_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timeout.h"
#include "socket/socket.h"
#include "stream/framing.h"

struct socket_output {
	enum framing framing; /* of the output, and of a stream that is received */
	int64_t count;        /* messages to receive, unless all or follow */
	bool all;             /* receive until the first connection ends */
	bool follow;          /* receive without end */
	bool peercred;        /* print the credentials of each peer on standard error */
	const char *into; /* --into: messages go to shell_variable_add(), without framing;
	                     NULL: to standard output */
	bool verbose;     /* report each message on standard error */
	struct timeout
	    timeout; /* for all `count` messages, otherwise for each next one */
};

/*
 * Receive messages and write each as the framing says. The endpoint listens, or with
 * is_connected is connected, and is closed. A message that cannot be written is lost,
 * which is reported.
 */
enum status socket_output_messages(const struct socket_output *options,
                                   struct socket_endpoint *endpoint, bool is_connected);

/*
 * Receive `count` datagrams (0: without end) and write their bytes, nothing else. The
 * timeout is for each next one; framing, all, follow and verbose have no effect.
 */
enum status socket_output_datagrams(const struct socket_output *options,
                                    const struct socket_endpoint *endpoint);

#endif

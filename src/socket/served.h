/* SPDX-License-Identifier: MIT */
/*
 * The commands that serve connections now (socket/serve.h): whose connection each has,
 * and how long it may.
 *
 * A command whose time is over gets SIGTERM, and after SERVED_GRACE SIGKILL. Then, or
 * when it has ended before, its connection is shut down (shutdown(2)), so that neither a
 * process that it has started nor a command that cannot be killed keeps it.
 */
#ifndef SOCKET_SERVED_H
#define SOCKET_SERVED_H

#include <stdbool.h>

#include "base/deadline.h"
#include "process/children.h"
#include "socket/socket.h"

enum { SERVED_GRACE = 2000000000 }; /* nanoseconds */

enum served_state { SERVED_RUNNING, SERVED_TERMINATED, SERVED_KILLED };

struct served_command {
	uid_t user;     /* (uid_t)-1: not known */
	int connection; /* with a limit; -1: none */
	struct deadline end;
	enum served_state state;
};

/* Those of children->pids, by the same index. */
struct served {
	struct served_command *commands;
	struct children *children;
	const struct socket_endpoint *endpoint;
	struct timeout limit; /* of each connection; TIMEOUT_NONE: no limit */
};

/*
 * Set the other members before. false with errno ENOMEM: then there is nothing to end. No
 * command may be running at the end.
 */
bool served_begin(struct served *served);
void served_end(struct served *served);

/* The command has been started for the connection, which stays the caller's. */
void served_add(struct served *served, pid_t pid, int connection, uid_t user);

/* The command has ended. */
void served_remove(struct served *served, const struct children_exit *ended);

/* How many commands run for the user. */
int served_count(const struct served *served, uid_t user);

/* The earlier one of the deadline and the next end of a connection's time. */
struct deadline served_deadline(const struct served *served, struct deadline deadline);

/* End the commands whose time is over; each is reported. */
void served_enforce(struct served *served);

#endif

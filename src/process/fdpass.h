/* SPDX-License-Identifier: MIT */
/*
 * Messages over a local socket that carry a descriptor (SCM_RIGHTS) and the sender's
 * credentials (SCM_CREDENTIALS). See unix(7).
 */
#ifndef PROCESS_FDPASS_H
#define PROCESS_FDPASS_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

struct fdpass_ancillary {
	int fd;      /* received, close-on-exec; -1: none */
	int closed;  /* how many others came with it, and were closed here */
	bool is_cut; /* and others that the kernel could not open (RLIMIT_NOFILE) */
	/* with SO_PASSCRED: every message has one, end of file has not */
	bool has_sender;
	struct ucred sender;
};

/* unix(7), SCM_MAX_FD: how many descriptors a message can have. */
enum { FDPASS_MAX = 253 };

struct fdpass_set {
	int fds[FDPASS_MAX];
	int count;
};

/* fdpass_close() for each. */
void fdpass_set_close(struct fdpass_set *set);

/*
 * sendmsg(2) with a descriptor, or without one if fd is -1; on a stream socket with at
 * least one byte. The caller keeps fd. Never raises SIGPIPE.
 */
ssize_t fdpass_send(int socket, const void *bytes, size_t length, int fd, int flags);

/* The same with several descriptors, none if set->count is 0. */
ssize_t fdpass_send_set(int socket, const void *bytes, size_t length,
                        const struct fdpass_set *set, int flags);

/*
 * recvmsg(2). The first of several descriptors is kept, the others are closed. A longer
 * message is truncated silently.
 */
ssize_t fdpass_receive(int socket, void *bytes, size_t size,
                       struct fdpass_ancillary *ancillary, int flags);

/* The same; all descriptors are kept, in *set, and ancillary->fd is the first of them. */
ssize_t fdpass_receive_set(int socket, void *bytes, size_t size,
                           struct fdpass_ancillary *ancillary, struct fdpass_set *set,
                           int flags);

/*
 * Refuse descriptors: a process that sends one to this socket, or to a connection that
 * was made to it, gets EPERM. Call it before bind(2) or connect(2), so that none has been
 * sent yet. 0, or -1 with errno: ENOPROTOOPT before Linux 6.16 (SO_PASSRIGHTS).
 */
int fdpass_refuse(int socket);

/*
 * close(2) for a descriptor that another process passed, or for a socket in which one may
 * be left, which the kernel closes then. The last close of a TCP connection with
 * SO_LINGER and unsent bytes waits as long as the sender says; here it is interrupted
 * after a millisecond. Leaves errno unchanged.
 */
void fdpass_close(int fd);

#endif

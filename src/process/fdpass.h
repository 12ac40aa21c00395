/*
 * Messages over a local socket that carry a descriptor (SCM_RIGHTS), and tell who sent
 * them (SCM_CREDENTIALS). See unix(7).
 */
#ifndef PROCESS_FDPASS_H
#define PROCESS_FDPASS_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

struct fdpass_ancillary {
	int fd;          /* which came along, close-on-exec; -1: none */
	bool has_sender; /* where SO_PASSCRED is set: it is a message, and no end of them
	                  */
	struct ucred sender;
};

/*
 * sendmsg(2) with a descriptor, or none where it is -1: on a stream a message of at least
 * a byte. The descriptor stays open here. Never SIGPIPE.
 */
ssize_t fdpass_send(int socket, const void *bytes, size_t length, int fd, int flags);

/*
 * recvmsg(2). Of several descriptors the first is kept. Bytes of a message that did not
 * fit are cut off without a word.
 */
ssize_t fdpass_receive(int socket, void *bytes, size_t size,
                       struct fdpass_ancillary *ancillary, int flags);

#endif

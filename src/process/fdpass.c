/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/syscall_timer.h"
#include "process/fdpass.h"

/* socket(7); the C libraries do not know it yet. */
enum { FDPASS_SO_PASSRIGHTS = 83 };

int fdpass_refuse(int socket)
{
	static const int no = 0;
	return setsockopt(socket, SOL_SOCKET, FDPASS_SO_PASSRIGHTS, &no, sizeof no);
}

void fdpass_close(int fd)
{
	struct syscall_timer timer;
	int error = errno;
	bool limited = syscall_timer_begin_brief(&timer) == 0;
	close(fd);
	if (limited)
		syscall_timer_end(&timer);
	errno = error;
}

void fdpass_set_close(struct fdpass_set *set)
{
	for (int i = 0; i < set->count; i++)
		fdpass_close(set->fds[i]);
	set->count = 0;
}

static ssize_t send_with_fds(int socket, const void *bytes, size_t length, const int *fds,
                             int count, int flags)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(FDPASS_MAX * sizeof(int))];
	} control;
	size_t size = (size_t)count * sizeof *fds;
	struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = length};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	if (count > 0) {
		memset(&control, 0, CMSG_SPACE(size));
		message.msg_control = &control;
		message.msg_controllen = (socklen_t)CMSG_SPACE(size);
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = (socklen_t)CMSG_LEN(size);
		memcpy(CMSG_DATA(header), fds, size);
	}
	return sendmsg(socket, &message, flags | MSG_NOSIGNAL);
}

ssize_t fdpass_send(int socket, const void *bytes, size_t length, int fd, int flags)
{
	return send_with_fds(socket, bytes, length, &fd, fd >= 0, flags);
}

ssize_t fdpass_send_set(int socket, const void *bytes, size_t length,
                        const struct fdpass_set *set, int flags)
{
	return send_with_fds(socket, bytes, length, set->fds, set->count, flags);
}

/* CMSG_NXTHDR(3), whose macro in musl does not compile without warnings. */
static const struct cmsghdr *next_cmsghdr(const struct msghdr *message,
                                          const struct cmsghdr *header)
{
	size_t used = (size_t)((const char *)header - (const char *)message->msg_control);
	used += CMSG_SPACE(header->cmsg_len - CMSG_LEN(0));
	if (used + sizeof *header > message->msg_controllen)
		return NULL;
	const void *next = (const char *)message->msg_control + used;
	return next;
}

/* Keep all in the set; without one keep the first, and close the others. */
static void receive_descriptors(const struct cmsghdr *header,
                                struct fdpass_ancillary *ancillary,
                                struct fdpass_set *set)
{
	const unsigned char *data = CMSG_DATA(header);
	size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	for (size_t i = 0; i < count; i++) {
		int fd;
		memcpy(&fd, data + i * sizeof fd, sizeof fd);
		bool is_first = ancillary->fd < 0;
		if (is_first)
			ancillary->fd = fd;
		if (set != NULL && set->count < FDPASS_MAX) {
			set->fds[set->count++] = fd;
		} else if (!is_first) {
			fdpass_close(fd);
			ancillary->closed++;
		}
	}
}

ssize_t fdpass_receive(int socket, void *bytes, size_t size,
                       struct fdpass_ancillary *ancillary, int flags)
{
	return fdpass_receive_set(socket, bytes, size, ancillary, NULL, flags);
}

ssize_t fdpass_receive_set(int socket, void *bytes, size_t size,
                           struct fdpass_ancillary *ancillary, struct fdpass_set *set,
                           int flags)
{
	/* room for as many as a message can have, to count them */
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(FDPASS_MAX * sizeof(int)) +
		           CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec part = {.iov_base = bytes, .iov_len = size};
	struct msghdr message = {.msg_iov = &part,
	                         .msg_iovlen = 1,
	                         .msg_control = &control,
	                         .msg_controllen = sizeof control};
	*ancillary = (struct fdpass_ancillary){.fd = -1};
	if (set != NULL)
		set->count = 0;
	ssize_t length = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
	if (length < 0)
		return -1;
	ancillary->is_cut = (message.msg_flags & MSG_CTRUNC) != 0;
	for (const struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL;
	     header = next_cmsghdr(&message, header)) {
		if (header->cmsg_level != SOL_SOCKET)
			continue;
		if (header->cmsg_type == SCM_RIGHTS)
			receive_descriptors(header, ancillary, set);
		if (header->cmsg_type == SCM_CREDENTIALS) {
			memcpy(&ancillary->sender, CMSG_DATA(header),
			       sizeof ancillary->sender);
			ancillary->has_sender = true;
		}
	}
	return length;
}

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "io/error.h"
#include "process/helper.h"
#include "socket/resolve.h"

/* vsock(7); the C library has no struct for it. */
struct vsock_sockaddr {
	sa_family_t family;
	unsigned short reserved;
	uint32_t port, cid;
	unsigned char zero[4];
};

/* ----------------------------------------------------------- look a name up */

/* The result of getaddrinfo(3), or EAI_* of it; errno of EAI_SYSTEM. */
struct lookup {
	int error, system_error;
	struct socket_resolved resolved;
};

static void look_up(struct lookup *lookup, const struct socket_address *address,
                    int flags)
{
	bool is_udp = address->family == SOCKET_UDP;
	struct addrinfo hints = {.ai_flags = flags | AI_NUMERICSERV,
	                         .ai_socktype = is_udp ? SOCK_DGRAM : SOCK_STREAM};
	struct addrinfo *list = NULL;
	struct socket_resolved *resolved = &lookup->resolved;
	char port[16];
	snprintf(port, sizeof port, "%u", address->port);
	*lookup = (struct lookup){0};
	lookup->error = getaddrinfo(
	    address->host[0] != '\0' ? address->host : "127.0.0.1", port, &hints, &list);
	lookup->system_error = errno;
	if (lookup->error != 0)
		return;
	for (const struct addrinfo *next = list;
	     next != NULL && resolved->count < SOCKET_RESOLVE_MAX; next = next->ai_next) {
		if (next->ai_addrlen > sizeof *resolved->addresses)
			continue;
		memcpy(&resolved->addresses[resolved->count], next->ai_addr,
		       next->ai_addrlen);
		resolved->lengths[resolved->count++] = next->ai_addrlen;
	}
	freeaddrinfo(list);
}

/* In the helper process: a pipe takes this much in one write. */
static void look_up_in_helper(int to, const struct socket_address *address)
{
	struct lookup lookup;
	look_up(&lookup, address, 0);
	const char *bytes = (const char *)&lookup;
	size_t done = 0;
	while (done < sizeof lookup) {
		ssize_t length = write(to, bytes + done, sizeof lookup - done);
		if (length <= 0)
			break;
		done += (size_t)length;
	}
}

/* 0, or -1 with errno: of the deadline too. */
static int read_lookup(struct lookup *lookup, int from, const struct deadline *deadline)
{
	char *bytes = (char *)lookup;
	size_t done = 0;
	while (done < sizeof *lookup) {
		struct pollfd ready = {.fd = from, .events = POLLIN};
		if (deadline_poll(deadline, &ready, 1) < 0)
			return -1;
		ssize_t length = read(from, bytes + done, sizeof *lookup - done);
		if (length <= 0) {
			errno = length == 0 ? ESRCH : errno;
			return -1;
		}
		done += (size_t)length;
	}
	return 0;
}

/* 0, or -1 with errno. */
static int look_up_by_helper(struct lookup *lookup, const struct socket_address *address,
                             const struct deadline *deadline)
{
	uint64_t mask;
	int ends[2], wait_status;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = helper_fork(&mask);
	if (pid == 0) {
		look_up_in_helper(ends[1], address);
		_exit(0);
	}
	fd_close_keep_errno(ends[1]);
	int result = pid > 0 ? read_lookup(lookup, ends[0], deadline) : -1;
	int error = errno;
	if (pid > 0) {
		kill(pid, SIGKILL);
		helper_wait(pid, &wait_status);
	}
	close(ends[0]);
	errno = error;
	return result;
}

static enum status report_lookup_error(const struct socket_address *address,
                                       const struct lookup *lookup)
{
	switch (lookup->error) {
	case EAI_NONAME:
		return error_as(STATUS_NOT_FOUND, "%s: no such host", address->text);
	case EAI_AGAIN:
		return error_as(STATUS_FAILED, "%s: the name server does not answer now",
		                address->text);
	case EAI_SYSTEM:
		errno = lookup->system_error;
		return error_errno_as(STATUS_FAILED, "%s: cannot look up the host",
		                      address->text);
	default:
		return error_as(STATUS_FAILED,
		                "%s: cannot look up the host (error %d "
		                "of getaddrinfo)",
		                address->text, lookup->error);
	}
}

static enum status report_helper_error(const struct socket_address *address)
{
	switch (errno) {
	case ETIMEDOUT:
		return error_as(STATUS_TIMED_OUT, "%s: timed out: looking up the host",
		                address->text);
	case EAGAIN:
		return error_as(STATUS_WOULD_BLOCK,
		                "%s: would block: looking up the host", address->text);
	default: return error_errno("%s: cannot look up the host", address->text);
	}
}

static enum status resolve_internet(struct socket_resolved *resolved,
                                    const struct socket_address *address,
                                    const struct deadline *deadline)
{
	struct lookup lookup;
	look_up(&lookup, address, AI_NUMERICHOST);
	if (lookup.error == EAI_NONAME &&
	    look_up_by_helper(&lookup, address, deadline) < 0)
		return report_helper_error(address);
	if (lookup.error != 0 || lookup.resolved.count <= 0 ||
	    lookup.resolved.count > SOCKET_RESOLVE_MAX)
		return report_lookup_error(address, &lookup);
	*resolved = lookup.resolved;
	return STATUS_OK;
}

enum status socket_resolve(struct socket_resolved *resolved,
                           const struct socket_address *address,
                           const struct deadline *deadline)
{
	if (address->family != SOCKET_VSOCK)
		return resolve_internet(resolved, address, deadline);
	/* vsock(7): VMADDR_PORT_ANY lets the kernel choose, as port 0 does of tcp(7) */
	struct vsock_sockaddr vsock = {.family = AF_VSOCK,
	                               .cid = address->cid,
	                               .port = address->port != 0 ? address->port
	                                                          : UINT32_MAX};
	*resolved = (struct socket_resolved){.count = 1, .lengths = {sizeof vsock}};
	memcpy(&resolved->addresses[0], &vsock, sizeof vsock);
	return STATUS_OK;
}

/* ------------------------------------------------------------------ as text */

void socket_resolve_format(char text[SOCKET_PEER_TEXT],
                           const struct sockaddr_storage *address)
{
	char host[INET6_ADDRSTRLEN] = "";
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct vsock_sockaddr vsock;
	*text = '\0';
	switch (address->ss_family) {
	case AF_INET:
		memcpy(&v4, address, sizeof v4);
		inet_ntop(AF_INET, &v4.sin_addr, host, sizeof host);
		snprintf(text, SOCKET_PEER_TEXT, "%s:%u", host, ntohs(v4.sin_port));
		break;
	case AF_INET6:
		memcpy(&v6, address, sizeof v6);
		inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host);
		snprintf(text, SOCKET_PEER_TEXT, "[%s]:%u", host, ntohs(v6.sin6_port));
		break;
	case AF_VSOCK:
		memcpy(&vsock, address, sizeof vsock);
		if (vsock.cid == UINT32_MAX)
			snprintf(text, SOCKET_PEER_TEXT, "any:%u", vsock.port);
		else
			snprintf(text, SOCKET_PEER_TEXT, "%u:%u", vsock.cid, vsock.port);
		break;
	default: break;
	}
}

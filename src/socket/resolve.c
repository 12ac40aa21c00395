/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/frontend.h"
#include "base/ksig.h"
#include "base/procfs.h"
#include "io/error.h"
#include "process/exec.h"
#include "process/helper.h"
#include "socket/host.h"
#include "socket/resolve.h"

/* vsock(7); the C library has no struct for it. */
struct vsock_sockaddr {
	sa_family_t family;
	unsigned short reserved;
	uint32_t port, cid;
	unsigned char zero[4];
};

/* ---------------------------------------------------------------- addresses */

/* False if it is not an address, or if there is no room for more. */
static bool add_address(struct socket_resolved *resolved, const char *host, uint16_t port)
{
	if (resolved->count == SOCKET_RESOLVE_MAX)
		return false;
	struct sockaddr_storage *to = &resolved->addresses[resolved->count];
	socklen_t length = socket_host_parse(to, host);
	if (length == 0)
		return false;
	/* the port is at the same place in both families */
	((struct sockaddr_in *)to)->sin_port = htons(port);
	resolved->lengths[resolved->count++] = length;
	return true;
}

/* "127.0.0.1       STREAM localhost", and the same address for other types of sockets. */
static void add_lines(struct socket_resolved *resolved, char *text, uint16_t port)
{
	for (char *line; (line = procfs_next_line(&text)) != NULL;) {
		const char *host = procfs_next_word(&line);
		if (strncmp(line + strspn(line, " "), "STREAM", 6) == 0)
			add_address(resolved, host, port);
	}
}

/* ----------------------------------------------------------- look a name up */

/* Returns if it cannot be executed. It ends with its parent. */
static void become_getent(const struct exec_path *getent, int to, const char *host)
{
	char name[SOCKET_ADDRESS_HOST_MAX + 1];
	char *argv[] = {(char[]){"getent"}, (char[]){"ahosts"}, name, NULL};
	snprintf(name, sizeof name, "%s", host);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 ||
	    dup2(to, STDOUT_FILENO) < 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execve(getent->text, argv, frontend_environment());
}

/*
 * The helper process: its exit status is that of getent. execve(2) gives a process
 * SIGCHLD at its end again, which a shell would notice, so getent is not the helper.
 */
static int helper_status(const struct exec_path *getent, int to, const char *host)
{
	int wait_status;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	frontend_restore_for_exec();
	ksig_action(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	pid_t pid = fork();
	if (pid == 0) {
		become_getent(getent, to, host);
		_exit(1);
	}
	close(to);
	return pid > 0 && waitpid(pid, &wait_status, 0) == pid && WIFEXITED(wait_status)
	           ? WEXITSTATUS(wait_status)
	           : 1;
}

/* Up to the end of what getent writes: the length, or -1 with errno: of the deadline too.
 */
static ssize_t read_lines(int from, char *text, size_t size,
                          const struct deadline *deadline)
{
	size_t done = 0;
	while (done < size - 1) {
		struct pollfd ready = {.fd = from, .events = POLLIN};
		if (deadline_poll(deadline, &ready, 1) < 0)
			return -1;
		ssize_t length = read(from, text + done, size - 1 - done);
		if (length < 0)
			return -1;
		if (length == 0)
			break;
		done += (size_t)length;
	}
	text[done] = '\0';
	return (ssize_t)done;
}

/* 0, *status being how getent ended; or -1 with errno. */
static int run_getent(const struct exec_path *getent, const char *host, char *text,
                      size_t size, const struct deadline *deadline, int *wait_status)
{
	uint64_t mask;
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = helper_fork(&mask);
	if (pid == 0)
		_exit(helper_status(getent, ends[1], host));
	fd_close_keep_errno(ends[1]);
	ssize_t length = pid > 0 ? read_lines(ends[0], text, size, deadline) : -1;
	int error = errno;
	/* one that writes without an end gets none */
	if (pid > 0 && (length < 0 || length == (ssize_t)size - 1))
		kill(pid, SIGKILL);
	close(ends[0]);
	if (pid > 0)
		helper_wait(pid, wait_status);
	errno = error;
	return length < 0 ? -1 : 0;
}

static enum status report_lookup_error(const struct socket_address *address)
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

static enum status look_up(struct socket_resolved *resolved,
                           const struct socket_address *address,
                           const struct deadline *deadline)
{
	enum { NOT_FOUND = 2 }; /* getent(1) */
	char text[4096];
	struct exec_path getent;
	int wait_status = 0;
	if (exec_find(&getent, "getent") < 0)
		return error_errno_as(STATUS_FAILED,
		                      "%s: cannot look up the host by getent(1)",
		                      address->text);
	if (run_getent(&getent, address->host, text, sizeof text, deadline,
	               &wait_status) < 0)
		return report_lookup_error(address);
	add_lines(resolved, text, (uint16_t)address->port);
	if (resolved->count > 0)
		return STATUS_OK;
	if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == NOT_FOUND)
		return error_as(STATUS_NOT_FOUND, "%s: no such host", address->text);
	return error_as(STATUS_FAILED, "%s: cannot look up the host: getent(1) failed",
	                address->text);
}

static enum status resolve_internet(struct socket_resolved *resolved,
                                    const struct socket_address *address,
                                    const struct deadline *deadline)
{
	const char *host = address->host[0] != '\0' ? address->host : "127.0.0.1";
	resolved->count = 0;
	if (add_address(resolved, host, (uint16_t)address->port))
		return STATUS_OK;
	/* no name begins so, and getent(1) would take it for an option */
	if (*host == '-')
		return error_as(STATUS_NOT_FOUND, "%s: no such host", address->text);
	return look_up(resolved, address, deadline);
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

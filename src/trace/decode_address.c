#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "trace/decode_address.h"
#include "trace/memory.h"

/* <linux/vm_sockets.h> */
struct vsock_address {
	sa_family_t family;
	unsigned short reserved;
	uint32_t port, cid;
};

static void show_unix_address(struct trace_event *event, struct sockaddr_un *un,
                              size_t length)
{
	size_t used = length - offsetof(struct sockaddr_un, sun_path);
	/* the NUL of an abstract one */
	if (used > 0 && un->sun_path[0] == '\0')
		un->sun_path[0] = '@';
	trace_event_add(event, "%.*s", (int)used, un->sun_path);
}

void trace_decode_address(struct trace_event *event, uint64_t address, uint64_t length)
{
	char text[INET6_ADDRSTRLEN];
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct vsock_address vm;
	} at;
	memset(&at, 0, sizeof at);
	if (length > sizeof at)
		length = sizeof at;
	if (length < sizeof at.any.sa_family ||
	    !trace_memory_read(event->thread, address, &at, (size_t)length))
		return;
	switch (at.any.sa_family) {
	case AF_UNIX: show_unix_address(event, &at.un, (size_t)length); break;
	case AF_INET:
		inet_ntop(AF_INET, &at.in.sin_addr, text, sizeof text);
		trace_event_add(event, "%s:%u", text, ntohs(at.in.sin_port));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &at.in6.sin6_addr, text, sizeof text);
		trace_event_add(event, "[%s]:%u", text, ntohs(at.in6.sin6_port));
		break;
	case AF_VSOCK:
		trace_event_add(event, "vsock:%u:%u", at.vm.cid, at.vm.port);
		break;
	default: trace_event_add(event, "family %u", at.any.sa_family);
	}
}

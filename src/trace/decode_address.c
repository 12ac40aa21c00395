/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "socket/resolve.h"
#include "trace/decode_address.h"
#include "trace/memory.h"

void trace_decode_address(struct trace_event *event, uint64_t address, uint64_t length)
{
	struct sockaddr_storage at = {.ss_family = AF_UNSPEC};
	struct sockaddr_un un;
	char text[SOCKET_PEER_TEXT];
	if (length > sizeof at)
		length = sizeof at;
	if (length < offsetof(struct sockaddr_un, sun_path) ||
	    !trace_memory_read(event->thread, address, &at, (size_t)length))
		return;
	if (at.ss_family != AF_UNIX) {
		socket_resolve_format(text, &at);
		trace_event_add(event, "%s", text);
		return;
	}
	memcpy(&un, &at, sizeof un);
	/* the NUL of an abstract one */
	if (un.sun_path[0] == '\0' && length > offsetof(struct sockaddr_un, sun_path))
		un.sun_path[0] = '@';
	trace_event_add(event, "%.*s",
	                (int)(length - offsetof(struct sockaddr_un, sun_path)),
	                un.sun_path);
}

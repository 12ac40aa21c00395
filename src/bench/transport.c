/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "bench/transport.h"

const struct transport_mechanism *const transport_mechanisms[] = {
    &transport_pipe,      &transport_fifo,    &transport_stream, &transport_datagram,
    &transport_seqpacket, &transport_mq,      &transport_sysv,   &transport_semaphore,
    &transport_futex,     &transport_eventfd, &transport_signal, NULL,
};

const struct transport_mechanism *transport_mechanism_by_name(const char *name,
                                                              size_t length)
{
	for (int i = 0; transport_mechanisms[i] != NULL; i++)
		if (strlen(transport_mechanisms[i]->name) == length &&
		    memcmp(transport_mechanisms[i]->name, name, length) == 0)
			return transport_mechanisms[i];
	return NULL;
}

int transport_open(struct transport *transport,
                   const struct transport_mechanism *mechanism, size_t size)
{
	*transport = (struct transport){
	    .mechanism = mechanism, .size = size, .from = {-1, -1}, .to = {-1, -1}};
	if (mechanism->open(transport) == 0)
		return 0;
	int error = errno;
	transport_close(transport);
	errno = error;
	return -1;
}

int transport_join(struct transport *transport, enum transport_end end)
{
	transport->end = end;
	return transport->mechanism->join != NULL ? transport->mechanism->join(transport)
	                                          : 0;
}

int transport_close(struct transport *transport)
{
	return transport->mechanism->close(transport);
}

int transport_send(const struct transport *transport, const char *bytes)
{
	return transport->mechanism->send(
	    transport, transport->end == TRANSPORT_END_A ? 0 : 1, bytes);
}

int transport_receive(const struct transport *transport, char *bytes)
{
	return transport->mechanism->receive(
	    transport, transport->end == TRANSPORT_END_A ? 1 : 0, bytes);
}

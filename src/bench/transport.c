#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/transport.h"

const struct mechanism *const mechanisms[] = {
    &mechanism_pipe,      &mechanism_fifo,    &mechanism_stream, &mechanism_datagram,
    &mechanism_seqpacket, &mechanism_mq,      &mechanism_sysv,   &mechanism_semaphore,
    &mechanism_futex,     &mechanism_eventfd, &mechanism_signal, NULL,
};

const struct mechanism *mechanism_by_name(const char *name, size_t length)
{
	for (int i = 0; mechanisms[i] != NULL; i++)
		if (strlen(mechanisms[i]->name) == length &&
		    memcmp(mechanisms[i]->name, name, length) == 0)
			return mechanisms[i];
	return NULL;
}

int channel_open(struct channel *channel, const struct mechanism *mechanism, size_t size)
{
	*channel = (struct channel){
	    .mechanism = mechanism, .size = size, .from = {-1, -1}, .to = {-1, -1}};
	if (mechanism->open(channel) == 0)
		return 0;
	int error = errno;
	channel_close(channel);
	errno = error;
	return -1;
}

int channel_join(struct channel *channel, enum side side)
{
	channel->side = side;
	return channel->mechanism->join != NULL ? channel->mechanism->join(channel) : 0;
}

void channel_close(struct channel *channel)
{
	channel->mechanism->close(channel);
}

int channel_send(const struct channel *channel, const char *bytes)
{
	return channel->mechanism->send(channel, channel->side == SIDE_A ? 0 : 1, bytes);
}

int channel_receive(const struct channel *channel, char *bytes)
{
	return channel->mechanism->receive(channel, channel->side == SIDE_A ? 1 : 0,
	                                   bytes);
}

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/deadline.h"
#include "io/report.h"
#include "process/children.h"
#include "process/environment.h"
#include "socket/serve.h"

/* --------------------------------------------------- in the child, before exec */

static bool connect_standard(void *argument)
{
	int connection = *(const int *)argument;
	struct ucred peer;
	if (socket_peer(connection, &peer) == 0 &&
	    environment_set_number("SOCK_PEER_PID", peer.pid) == 0 &&
	    environment_set_number("SOCK_PEER_UID", peer.uid) == 0 &&
	    environment_set_number("SOCK_PEER_GID", peer.gid) == 0 &&
	    dup2(connection, STDIN_FILENO) >= 0 && dup2(connection, STDOUT_FILENO) >= 0)
		return true;
	fail("the connection");
	return false;
}

/* -------------------------------------------------------------------- here */

struct serving {
	const struct service *service;
	struct crew crew;
	int64_t served;
};

static bool may_start(const struct serving *serving)
{
	return serving->crew.running < serving->service->most;
}

/* Until a connection is there, or -1 with errno; 0 where a signal or an end is to be
 * looked at. */
static int wait_for_connection(const struct serving *serving,
                               const struct deadline *deadline)
{
	static const struct deadline for_ever;
	bool may = may_start(serving);
	struct pollfd fds[] = {
	    {.fd = serving->crew.fd, .events = POLLIN},
	    {.fd = may ? serving->service->endpoint->fd : -1, .events = POLLIN}};
	if (deadline_poll(may ? deadline : &for_ever, fds, 2) < 0)
		return -1;
	return fds[1].revents != 0;
}

/* Too many files are open: when a command ends, or soon, there may be fewer. */
static enum status accept_later(const struct serving *serving)
{
	static const struct patience moment = {.kind = AT_MOST, .nanoseconds = 10000000};
	struct deadline deadline = deadline_after(moment);
	struct pollfd end = {.fd = serving->crew.fd, .events = POLLIN};
	if (!socket_may_accept_later(errno))
		return fail("%s", serving->service->endpoint->address->text);
	deadline_poll(&deadline, &end, 1);
	return STATUS_DONE;
}

static enum status start_one(struct serving *serving)
{
	static const struct deadline now = {.patience = {.kind = NOT_AT_ALL}};
	const struct service *service = serving->service;
	int connection = socket_accept(service->endpoint, &now);
	if (connection < 0)
		return errno == EAGAIN ? STATUS_DONE : accept_later(serving);
	serving->served++;
	crew_start(&serving->crew, service->command, connect_standard, &connection);
	close(connection);
	return STATUS_DONE;
}

static enum status serve_all(struct serving *serving)
{
	const struct service *service = serving->service;
	struct crew_ended ended;
	struct deadline deadline = deadline_after(service->patience);
	enum status status = STATUS_DONE;
	while (status == STATUS_DONE &&
	       (service->count == 0 || serving->served < service->count)) {
		bool was_full = !may_start(serving);
		while (crew_look(&serving->crew, &ended))
			continue;
		if (crew_asked(&serving->crew) != 0)
			break;
		if (was_full && may_start(serving))
			deadline = deadline_after(service->patience);
		int ready = wait_for_connection(serving, &deadline);
		if (ready < 0)
			return socket_wait_failed(service->endpoint);
		if (ready > 0) {
			status = start_one(serving);
			deadline = deadline_after(service->patience);
		}
	}
	return status;
}

enum status socket_serve(const struct service *service)
{
	struct serving serving = {.service = service};
	struct crew_ended ended;
	pid_t *pids = calloc((size_t)service->most, sizeof *pids);
	enum status status = pids != NULL ? crew_begin(&serving.crew, pids, service->most)
	                                  : fail("%d commands", service->most);
	if (status != STATUS_DONE) {
		socket_close(service->endpoint);
		free(pids);
		return STATUS_FAILED;
	}
	status = serve_all(&serving);
	/* nobody shall connect in vain while the last commands end */
	socket_close(service->endpoint);
	while (crew_wait(&serving.crew, &ended))
		continue;
	int asked = crew_asked(&serving.crew);
	crew_end(&serving.crew, asked);
	free(pids);
	return asked != 0 ? (enum status)(STATUS_SIGNAL + asked) : status;
}

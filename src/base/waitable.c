/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/poll.h"
#include "base/termsig.h"
#include "base/waitable.h"

void waitable_init(struct waitable *waitable, int fd, short events)
{
	*waitable = (struct waitable){.fd = fd, .events = events, .due = true};
}

void waitable_close(struct waitable *waitable)
{
	if (waitable->close != NULL)
		waitable->close(waitable);
	else
		fd_close_keep_errno(waitable->fd);
	waitable->fd = -1;
}

int waitable_poll_now(const struct waitable *waitable)
{
	struct pollfd fd = {.fd = waitable->fd, .events = waitable->events};
	int ready = poll_at_most(&fd, 1, 0);
	if (ready > 0 && fd.revents & POLLNVAL) {
		errno = EBADF;
		return -1;
	}
	return ready;
}

int waitable_check(struct waitable *waitable)
{
	if (!waitable->due || waitable->done)
		return 0;
	int ready = waitable->check != NULL ? waitable->check(waitable)
	                                    : waitable_poll_now(waitable);
	waitable->due = ready > 0;
	return ready;
}

/* Is one due? Then the deadline and signals are looked at without a wait. */
static bool waitable_any_due(struct waitable *const *waitables, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (waitables[i]->due && !waitables[i]->done)
			return true;
	return false;
}

static int waitable_poll_fds(struct waitable *const *waitables, struct pollfd *fds,
                             size_t count, const struct deadline *deadline)
{
	for (size_t i = 0; i < count; i++)
		fds[i] = (struct pollfd){.fd = waitables[i]->done ? -1 : waitables[i]->fd,
		                         .events = waitables[i]->events};
	if (deadline_poll(deadline, fds, count) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		waitables[i]->due |= fds[i].revents != 0;
	return 0;
}

int waitable_poll(struct waitable *const *waitables, size_t count,
                  const struct deadline *deadline)
{
	bool due = waitable_any_due(waitables, count);
	if (due && termsig_pending() != 0) {
		errno = EINTR;
		return -1;
	}
	if (due && deadline_left(deadline) == 0) {
		errno = deadline_errno(deadline);
		return -1;
	}
	struct pollfd *fds = calloc(count, sizeof *fds);
	if (fds == NULL) {
		errno = ENOMEM;
		return -1;
	}
	int result =
	    waitable_poll_fds(waitables, fds, count, due ? &DEADLINE_NOW : deadline);
	int error = errno;
	free(fds);
	errno = error;
	return due && error != EBADF ? 0 : result;
}

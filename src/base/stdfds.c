/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/ksig.h"
#include "base/stdfds.h"

void stdfds_fill(struct stdfds *stdfds)
{
	static const int wrong_direction[3] = {O_WRONLY, O_RDONLY, O_RDONLY};
	stdfds->sigpipe_ignored = false;
	/* one system call for all three: POLLNVAL means closed */
	struct pollfd fds[3] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};
	int with_events = poll(fds, 3, 0);
	for (int fd = 0; fd < 3; fd++)
		stdfds->filled[fd] =
		    with_events != 0 && fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", wrong_direction[fd] | O_CLOEXEC) == fd;
}

void stdfds_ignore_sigpipe(struct stdfds *stdfds)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	if (stdfds->sigpipe_ignored)
		return;
	ksig_action(SIGPIPE, &ignore, &stdfds->saved_sigpipe);
	ksig_action(SIGXFSZ, &ignore, &stdfds->saved_sigxfsz);
	stdfds->sigpipe_ignored = true;
}

void stdfds_restore(const struct stdfds *stdfds)
{
	for (int fd = 0; fd < 3; fd++)
		if (stdfds->filled[fd])
			close(fd);
	if (!stdfds->sigpipe_ignored)
		return;
	ksig_action(SIGPIPE, &stdfds->saved_sigpipe, NULL);
	ksig_action(SIGXFSZ, &stdfds->saved_sigxfsz, NULL);
}

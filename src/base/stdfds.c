#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/stdfds.h"

void standard_prepare(struct standard *standard)
{
	static const int wrong_direction[3] = {O_WRONLY, O_RDONLY, O_RDONLY};
	standard->guarded = false;
	/* one call tells of all three: a closed one is POLLNVAL */
	struct pollfd fds[3] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};
	int told = poll(fds, 3, 0);
	for (int fd = 0; fd < 3; fd++)
		standard->filled[fd] =
		    told != 0 && fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", wrong_direction[fd] | O_CLOEXEC) == fd;
}

void standard_guard(struct standard *standard)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	if (standard->guarded)
		return;
	sigaction(SIGPIPE, &ignore, &standard->pipe);
	sigaction(SIGXFSZ, &ignore, &standard->xfsz);
	standard->guarded = true;
}

void standard_restore(const struct standard *standard)
{
	for (int fd = 0; fd < 3; fd++)
		if (standard->filled[fd])
			close(fd);
	if (!standard->guarded)
		return;
	sigaction(SIGPIPE, &standard->pipe, NULL);
	sigaction(SIGXFSZ, &standard->xfsz, NULL);
}

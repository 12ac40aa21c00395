/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "io/error.h"
#include "pool/producers.h"
#include "process/pidfd.h"

static enum status producers_open_failed(const char *text)
{
	switch (errno) {
	case EINVAL:
	case ENOENT: return error_as(STATUS_FAILED, "%s: a thread, not a process", text);
	case ENOTSUP:
		return error_as(STATUS_FAILED, "%s: PID:INODE requires Linux 6.9", text);
	case ENOSYS:
		return error_as(STATUS_FAILED,
		                "%s: --until-pid requires pidfd_open(2): Linux 5.3",
		                text);
	default: return error_errno_as(STATUS_FAILED, "%s", text);
	}
}

static enum status producers_open(struct producers *producers, const char *text)
{
	struct pidfd_target target;
	if (!pidfd_parse(text, &target))
		return error_usage("'%s' is not a process: PID (1 to %d) or PID:INODE",
		                   text, INT_MAX);
	if (target.pid == getpid())
		return error_usage("%s: this process itself", text);
	int fd = pidfd_open_target(&target);
	if (fd < 0 && errno != ESRCH)
		return producers_open_failed(text);
	producers->fds[producers->count++] = fd;
	producers->running += fd >= 0;
	return STATUS_OK;
}

enum status producers_begin(struct producers *producers,
                            const struct string_list *processes)
{
	enum status status = STATUS_OK;
	for (int i = 0; status == STATUS_OK && i < processes->count; i++)
		status = producers_open(producers, processes->at[i]);
	return status;
}

static void producers_close(struct producers *producers, int index)
{
	close(producers->fds[index]);
	producers->fds[index] = -1;
	producers->running--;
}

void producers_end(struct producers *producers)
{
	for (int i = 0; i < producers->count; i++)
		if (producers->fds[i] >= 0)
			producers_close(producers, i);
}

bool producers_have_ended(struct producers *producers)
{
	for (int i = 0; i < producers->count; i++) {
		struct pollfd ended = {.fd = producers->fds[i], .events = POLLIN};
		if (ended.fd >= 0 && poll(&ended, 1, 0) > 0)
			producers_close(producers, i);
	}
	return producers->count > 0 && producers->running == 0;
}

nfds_t producers_poll_fds(const struct producers *producers, struct pollfd *fds)
{
	nfds_t count = 0;
	for (int i = 0; i < producers->count; i++)
		if (producers->fds[i] >= 0)
			fds[count++] =
			    (struct pollfd){.fd = producers->fds[i], .events = POLLIN};
	return count;
}

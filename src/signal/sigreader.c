/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/frontend.h"
#include "base/ksig.h"
#include "io/error.h"
#include "signal/sigreader.h"

/* Discard what is pending and about to be unblocked, but not a shell's SIGCHLD. */
static void drop_pending_signals(uint64_t set)
{
	struct timespec no_wait = {0};
	set &= ~ksig_bit(SIGCHLD);
	while (syscall(SYS_rt_sigtimedwait, &set, NULL, &no_wait, sizeof set) > 0)
		continue;
}

void sigreader_end(struct sigreader *reader)
{
	fd_close_keep_errno(reader->fd);
	/* a program exits now: it must not be killed by one more signal instead */
	if (!frontend_is_builtin())
		return;
	drop_pending_signals(reader->set & ~reader->saved_mask);
	ksig_procmask(SIG_SETMASK, reader->saved_mask);
	if (reader->read_sigchld)
		kill(getpid(), SIGCHLD);
}

enum status sigreader_begin(struct sigreader *reader, uint64_t set)
{
	*reader =
	    (struct sigreader){.set = set, .saved_mask = ksig_procmask(SIG_BLOCK, set)};
	reader->fd = ksig_signalfd(set);
	if (reader->fd >= 0)
		return STATUS_OK;
	enum status status = error_errno("signalfd");
	sigreader_end(reader);
	return status;
}

size_t sigreader_read(struct sigreader *reader, struct signalfd_siginfo *infos,
                      size_t count)
{
	ssize_t length = read(reader->fd, infos, count * sizeof *infos);
	size_t count_read = length > 0 ? (size_t)length / sizeof *infos : 0;
	for (size_t i = 0; i < count_read; i++)
		reader->read_sigchld |= infos[i].ssi_signo == SIGCHLD;
	return count_read;
}

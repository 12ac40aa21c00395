/* SPDX-License-Identifier: MIT */
/*
 * How a process can learn that its parent is stopped: not by waitid(2), which reports
 * stops of children only, nor by a pidfd, which reports the end only. ptrace(2) reports
 * them, but keeps debuggers out and changes how signals are delivered. So the helper
 * reads the state in /proc a few times a second, which costs some 20 microseconds each
 * time. A pidfd of the parent ends its sleep if the parent ends.
 *
 * It has a session of its own, so that it is not stopped together with the parent's
 * process group, and no other descriptors, so that it keeps no pipe open.
 *
 * A command's PID is valid while its slot has it: it cannot be reaped while the parent is
 * stopped. It is continued by a pidfd, since the parent may have reaped it by then.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/procfs.h"
#include "process/helper.h"
#include "process/stop_forwarder.h"
#include "process/stop_forwarder_process.h"

char stop_forwarder_parse_state(const char *stat)
{
	/* the name, in parentheses, may have any characters */
	const char *name_end = strrchr(stat, ')');
	return name_end != NULL && name_end[1] == ' ' ? name_end[2] : '\0';
}

static bool is_process_stopped(pid_t pid)
{
	char path[32], text[512];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	return procfs_read(path, text, sizeof text) > 0 &&
	       stop_forwarder_parse_state(text) == 'T';
}

static bool is_parent_stopped(int stat)
{
	char text[512];
	ssize_t length = pread(stat, text, sizeof text - 1, 0);
	text[length > 0 ? length : 0] = '\0';
	return stop_forwarder_parse_state(text) == 'T';
}

static int open_slot(const struct stop_forwarder_slot *slot)
{
	pid_t pid = __atomic_load_n(&slot->pid, __ATOMIC_SEQ_CST);
	if (pid <= 0 || is_process_stopped(pid))
		return -1;
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0U);
	if (pidfd >= 0 && __atomic_load_n(&slot->pid, __ATOMIC_SEQ_CST) == pid)
		return pidfd;
	close(pidfd);
	return -1;
}

static void close_slot(struct stop_forwarder_slot *slot)
{
	if (slot->pidfd >= 0)
		close(slot->pidfd);
	slot->pidfd = -1;
}

/* 0, or -1 with errno. */
static int signal_slot(const struct stop_forwarder_note *note,
                       const struct stop_forwarder_slot *slot, int signal)
{
	bool is_group = note->group > 0 && slot->pid == note->group;
	int result = (int)syscall(SYS_pidfd_send_signal, slot->pidfd,
	                          is_group ? 0 : signal, NULL, 0U);
	return result == 0 && is_group ? kill(-note->group, signal) : result;
}

static void stop_commands(struct stop_forwarder_note *note)
{
	__atomic_store_n(&note->noticed, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; i < note->count; i++) {
		struct stop_forwarder_slot *slot = &note->slots[i];
		/* continued by the parent, at another stop */
		close_slot(slot);
		slot->pidfd = open_slot(slot);
		if (slot->pidfd < 0 || signal_slot(note, slot, SIGSTOP) < 0)
			continue;
		/* after the signal: if the parent continues now, it misses this one, and
		 * the next look at its state continues it */
		__atomic_store_n(&slot->stopped, 1, __ATOMIC_SEQ_CST);
	}
}

static void continue_commands(struct stop_forwarder_note *note)
{
	for (int i = 0; i < note->count; i++) {
		struct stop_forwarder_slot *slot = &note->slots[i];
		if (__atomic_exchange_n(&slot->stopped, 0, __ATOMIC_SEQ_CST) != 0)
			signal_slot(note, slot, SIGCONT);
		close_slot(slot);
	}
}

/* Of the parent, whose state has just been read: is there nothing to do? */
static bool is_settled(const struct stop_forwarder_note *note, bool stopped,
                       bool was_stopped)
{
	if (!stopped || !was_stopped)
		return stopped == was_stopped;
	/* or it was continued and stopped again between two looks */
	return __atomic_load_n(&note->noticed, __ATOMIC_SEQ_CST) != 0;
}

_Noreturn void stop_forwarder_process_main(struct stop_forwarder_note *note, pid_t parent,
                                           int stat)
{
	const int interval = STOP_FORWARDER_INTERVAL / 1000000;
	int milliseconds = interval;
	bool was_stopped = false;
	helper_detach("stop-forwarder", &stat, 1);
	struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, parent, 0U),
	                     .events = POLLIN};
	if (end.fd < 0 || getppid() != parent)
		_exit(0);
	while (poll(&end, 1, milliseconds) <= 0) {
		milliseconds = interval;
		if (__atomic_load_n(&note->ended, __ATOMIC_SEQ_CST))
			_exit(0);
		if (__atomic_load_n(&note->suspended, __ATOMIC_SEQ_CST))
			continue;
		bool stopped = is_parent_stopped(stat);
		if (is_settled(note, stopped, was_stopped))
			continue;
		if (stopped)
			stop_commands(note);
		else
			continue_commands(note);
		was_stopped = stopped;
		/* it may have been continued while its commands were stopped */
		milliseconds = 0;
	}
	continue_commands(note);
	_exit(0);
}

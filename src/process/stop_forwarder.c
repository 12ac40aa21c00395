/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/ksig.h"
#include "base/ktimer.h"
#include "process/helper.h"
#include "process/stop_forwarder.h"
#include "process/stop_forwarder_process.h"

void stop_forwarder_begin(struct stop_forwarder *forwarder)
{
	*forwarder = (struct stop_forwarder){.timer = -1};
	/*
	 * SIGCHLD, since the caller reads it, and nothing is lost: the end of a command
	 * is found by waitpid(2), however many of these signals have become one.
	 */
	if (ktimer_create(&forwarder->timer, SIGCHLD, 0) < 0)
		forwarder->timer = -1;
	else
		ktimer_start(forwarder->timer, STOP_FORWARDER_DELAY);
}

static void delete_timer(struct stop_forwarder *forwarder)
{
	if (forwarder->timer >= 0)
		syscall(SYS_timer_delete, forwarder->timer);
	forwarder->timer = -1;
}

bool stop_forwarder_is_due(const struct stop_forwarder *forwarder,
                           const struct signalfd_siginfo *info)
{
	return forwarder->timer >= 0 && info->ssi_signo == SIGCHLD &&
	       info->ssi_code == SI_TIMER;
}

/*
 * /proc/PID/stat of this process, -1 without one. If /proc has been mounted in another
 * PID namespace, its numbers are not those of kill(2).
 */
static int open_own_stat(void)
{
	char text[32], own[16];
	int stat = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	if (stat < 0)
		return -1;
	ssize_t length = pread(stat, text, sizeof text - 1, 0);
	text[length > 0 ? length : 0] = '\0';
	int digits = snprintf(own, sizeof own, "%d ", (int)getpid());
	if (strncmp(text, own, (size_t)digits) == 0)
		return stat;
	close(stat);
	return -1;
}

static void start_helper(struct stop_forwarder *forwarder, int stat)
{
	uint64_t mask;
	pid_t parent = getpid();
	forwarder->helper = helper_fork(&mask);
	if (forwarder->helper == 0)
		stop_forwarder_process_main(forwarder->note, parent, stat);
	if (forwarder->helper > 0)
		return;
	munmap(forwarder->note, forwarder->note->size);
	forwarder->note = NULL;
}

static struct stop_forwarder_note *create_note(const pid_t *pids, int count, pid_t group)
{
	size_t size = sizeof(struct stop_forwarder_note) +
	              (size_t)count * sizeof(struct stop_forwarder_slot);
	struct stop_forwarder_note *note =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (note == MAP_FAILED)
		return NULL;
	note->size = size;
	note->count = count;
	note->group = group;
	for (int i = 0; i < count; i++)
		note->slots[i] =
		    (struct stop_forwarder_slot){.pid = pids[i], .pidfd = -1};
	return note;
}

void stop_forwarder_start(struct stop_forwarder *forwarder, const pid_t *pids, int count,
                          pid_t group)
{
	bool running = false;
	int error = errno;
	for (int i = 0; i < count; i++)
		running |= pids[i] > 0;
	forwarder->due = !running;
	if (!running)
		return;
	delete_timer(forwarder);
	int stat = open_own_stat();
	if (stat >= 0) {
		forwarder->note = create_note(pids, count, group);
		if (forwarder->note != NULL)
			start_helper(forwarder, stat);
		close(stat);
	}
	errno = error;
}

void stop_forwarder_set(struct stop_forwarder *forwarder, int index, pid_t pid)
{
	if (forwarder->note != NULL)
		__atomic_store_n(&forwarder->note->slots[index].pid, pid,
		                 __ATOMIC_SEQ_CST);
	if (pid == 0 || !forwarder->due)
		return;
	forwarder->due = false;
	ktimer_start(forwarder->timer, STOP_FORWARDER_DELAY);
}

bool stop_forwarder_continue(struct stop_forwarder *forwarder)
{
	struct stop_forwarder_note *note = forwarder->note;
	if (note == NULL || !__atomic_exchange_n(&note->noticed, 0, __ATOMIC_SEQ_CST))
		return false;
	for (int i = 0; i < note->count; i++) {
		pid_t pid = note->slots[i].pid;
		if (__atomic_exchange_n(&note->slots[i].stopped, 0, __ATOMIC_SEQ_CST) &&
		    pid > 0)
			kill(pid == note->group ? -pid : pid, SIGCONT);
	}
	return true;
}

void stop_forwarder_suspend(struct stop_forwarder *forwarder, bool suspended)
{
	if (forwarder->note != NULL)
		__atomic_store_n(&forwarder->note->suspended, suspended,
		                 __ATOMIC_SEQ_CST);
}

void stop_forwarder_end(struct stop_forwarder *forwarder)
{
	int wait_status;
	delete_timer(forwarder);
	if (forwarder->note == NULL)
		return;
	/* it exits by itself if it cannot be killed, as in a system call filter */
	__atomic_store_n(&forwarder->note->ended, 1, __ATOMIC_SEQ_CST);
	kill(forwarder->helper, SIGKILL);
	helper_wait(forwarder->helper, &wait_status);
	munmap(forwarder->note, forwarder->note->size);
	forwarder->note = NULL;
}

/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "process/helper.h"
#include "process/listing.h"
#include "process/pidfd.h"
#include "signal/freeze.h"

/* More than a process may usually open; pages that are not used cost nothing. */
enum { FREEZE_FDS_MAX = 1 << 20 };

struct freeze_note {
	/* by the number of the pidfd: is it this one that has stopped the process? */
	unsigned char stopped[FREEZE_FDS_MAX];
	int end; /* above the highest of them */
	struct cgroup cgroups[FREEZE_CGROUPS_MAX];
	int cgroup_count;
};

static void continue_all(struct freeze_note *note)
{
	for (int fd = 0; fd < note->end; fd++)
		if (note->stopped[fd])
			pidfd_send(fd, SIGCONT, NULL);
}

static void thaw_all(const struct freeze_note *note)
{
	for (int i = 0; i < note->cgroup_count; i++)
		cgroup_thaw(&note->cgroups[i]);
}

_Noreturn static void freeze_helper(struct freeze_note *note, int parent)
{
	struct pollfd end = {.fd = parent, .events = POLLIN};
	helper_leave("freeze-keeper");
	while (poll(&end, 1, -1) < 0 && errno == EINTR)
		;
	thaw_all(note);
	continue_all(note);
	_exit(0);
}

int freeze_begin(struct freeze *freeze)
{
	uint64_t mask;
	size_t size = sizeof *freeze->note;
	int self = pidfd_open_target(&(struct pidfd_target){.pid = getpid()});
	if (self < 0)
		return -1;
	freeze->note = mmap(NULL, size, PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (freeze->note == MAP_FAILED)
		freeze->note = NULL;
	freeze->helper = freeze->note != NULL ? helper_fork_sharing_fds(&mask) : -1;
	if (freeze->helper == 0)
		freeze_helper(freeze->note, self);
	freeze->self = self;
	if (freeze->helper > 0)
		return 0;
	int error = errno;
	if (freeze->note != NULL)
		munmap(freeze->note, size);
	close(self);
	errno = error;
	return -1;
}

bool freeze_stop(struct freeze *freeze, pid_t pid, int pidfd)
{
	struct freeze_note *note = freeze->note;
	struct listing_entry entry;
	if (freeze_has_stopped(freeze, pidfd))
		return true;
	if (listing_read(&entry, pid) < 0)
		return false;
	errno = EMFILE;
	if (pidfd >= FREEZE_FDS_MAX)
		return false;
	if (strchr("TtZX", entry.state) != NULL)
		return true;
	if (pidfd >= note->end)
		note->end = pidfd + 1;
	/* noted first: continued by the helper in any case */
	__atomic_store_n(&note->stopped[pidfd], 1, __ATOMIC_SEQ_CST);
	if (pidfd_send(pidfd, SIGSTOP, NULL) == 0)
		return true;
	note->stopped[pidfd] = 0;
	return false;
}

bool freeze_has_stopped(const struct freeze *freeze, int pidfd)
{
	return pidfd < freeze->note->end && freeze->note->stopped[pidfd] != 0;
}

void freeze_continue(struct freeze *freeze, int pidfd)
{
	if (!freeze_has_stopped(freeze, pidfd))
		return;
	pidfd_send(pidfd, SIGCONT, NULL);
	freeze->note->stopped[pidfd] = 0;
}

/* Noted first: it is thawed by the helper in any case. */
bool freeze_cgroup(struct freeze *freeze, const struct cgroup *cgroup)
{
	struct freeze_note *note = freeze->note;
	errno = ENFILE;
	if (note->cgroup_count == FREEZE_CGROUPS_MAX)
		return false;
	note->cgroups[note->cgroup_count] = *cgroup;
	__atomic_store_n(&note->cgroup_count, note->cgroup_count + 1, __ATOMIC_SEQ_CST);
	if (cgroup_freeze(cgroup) == 0)
		return true;
	note->cgroup_count--;
	return false;
}

const struct cgroup *freeze_cgroups(const struct freeze *freeze, int *count)
{
	*count = freeze->note->cgroup_count;
	return freeze->note->cgroups;
}

bool freeze_is_complete(const struct freeze *freeze)
{
	bool frozen = true;
	for (int i = 0; i < freeze->note->cgroup_count && frozen; i++)
		frozen = cgroup_is_frozen(&freeze->note->cgroups[i]);
	return frozen;
}

/* The helper thaws until they are no longer noted; they are closed after that. */
void freeze_thaw(struct freeze *freeze)
{
	struct freeze_note *note = freeze->note;
	int count = note->cgroup_count;
	thaw_all(note);
	__atomic_store_n(&note->cgroup_count, 0, __ATOMIC_SEQ_CST);
	for (int i = 0; i < count; i++)
		cgroup_close(&note->cgroups[i]);
}

void freeze_keep(struct freeze *freeze)
{
	freeze->note->end = 0;
}

void freeze_end(struct freeze *freeze)
{
	int wait_status;
	freeze_thaw(freeze);
	continue_all(freeze->note);
	/* otherwise, as in a system call filter, it ends with this process */
	if (kill(freeze->helper, SIGKILL) == 0)
		helper_wait(freeze->helper, &wait_status);
	munmap(freeze->note, sizeof *freeze->note);
	close(freeze->self);
}

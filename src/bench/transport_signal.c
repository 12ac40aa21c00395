/* SPDX-License-Identifier: MIT */
/*
 * Real-time signals: a message is the value of a queued signal. See sigqueue(3).
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/ksig.h"
#include "bench/transport.h"

enum { MESSAGE_SIGNAL = KSIG_RTMIN + 8, VALUE_BYTES = sizeof(union sigval) };

/* One end, in memory that both share. */
struct transport_signal_end {
	_Alignas(64) int pid;
	uint64_t sent, received; /* messages; only this end writes them */
};

static int map_ends(struct transport *transport)
{
	void *memory = mmap(NULL, 2 * sizeof *transport->signal_ends,
	                    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -1;
	transport->signal_ends = memory;
	return 0;
}

/* Block the signal, then wait until each end knows the PID of the other. */
static int exchange_signal_pids(struct transport *transport)
{
	ksig_procmask(SIG_BLOCK, ksig_bit(MESSAGE_SIGNAL));
	__atomic_store_n(&transport->signal_ends[transport->end].pid, (int)getpid(),
	                 __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&transport->signal_ends[1 - (int)transport->end].pid,
	                       __ATOMIC_SEQ_CST) == 0)
		sched_yield();
	return 0;
}

/*
 * EAGAIN is RLIMIT_SIGPENDING, of all signals that are queued for the user: wait until
 * the other end has received some of ours. If it has received all, that would be
 * forever: ENOBUFS.
 */
static int send_signal_value(const struct transport *transport, int direction,
                             const char *bytes)
{
	siginfo_t info = {.si_signo = MESSAGE_SIGNAL, .si_code = SI_QUEUE};
	info.si_pid = getpid();
	info.si_uid = getuid();
	memcpy(&info.si_value, bytes, VALUE_BYTES);
	struct transport_signal_end *own = &transport->signal_ends[direction],
	                            *other = &transport->signal_ends[1 - direction];
	bool all_received = false;
	while (syscall(SYS_rt_sigqueueinfo, other->pid, MESSAGE_SIGNAL, &info) < 0) {
		if (errno != EAGAIN)
			return -1;
		if (all_received) {
			errno = ENOBUFS;
			return -1;
		}
		all_received =
		    __atomic_load_n(&other->received, __ATOMIC_ACQUIRE) == own->sent;
		sched_yield();
	}
	own->sent++;
	return 0;
}

static int receive_signal_value(const struct transport *transport, int direction,
                                char *bytes)
{
	uint64_t set = ksig_bit(MESSAGE_SIGNAL);
	siginfo_t info;
	struct transport_signal_end *own = &transport->signal_ends[1 - direction];
	/* signal(7): EINTR after a stop, also without a handler */
	while (syscall(SYS_rt_sigtimedwait, &set, &info, NULL, sizeof set) < 0)
		if (errno != EINTR)
			return -1;
	memcpy(bytes, &info.si_value, VALUE_BYTES);
	__atomic_store_n(&own->received, own->received + 1, __ATOMIC_RELEASE);
	return 0;
}

static int unmap_ends(struct transport *transport)
{
	if (transport->signal_ends != NULL)
		munmap(transport->signal_ends, 2 * sizeof *transport->signal_ends);
	return 0;
}

static int64_t signal_value_max(const char **limit)
{
	*limit = "the size of a signal's value";
	return VALUE_BYTES;
}

const struct transport_mechanism transport_signal = {
    .name = "signal",
    .summary = "real-time signals with a value",
    .largest = signal_value_max,
    .fixed = true,
    .pending_signals = true,
    .open = map_ends,
    .join = exchange_signal_pids,
    .send = send_signal_value,
    .receive = receive_signal_value,
    .close = unmap_ends,
};

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

static int map_pids(struct transport *transport)
{
	void *memory = mmap(NULL, 2 * sizeof *transport->pids, PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -1;
	transport->pids = memory;
	return 0;
}

/* Block the signal, then wait until each end knows the PID of the other. */
static int exchange_pids(struct transport *transport)
{
	ksig_procmask(SIG_BLOCK, ksig_bit(MESSAGE_SIGNAL));
	__atomic_store_n(&transport->pids[transport->end], (int)getpid(),
	                 __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&transport->pids[1 - (int)transport->end],
	                       __ATOMIC_SEQ_CST) == 0)
		sched_yield();
	return 0;
}

static int send_signal_value(const struct transport *transport, int direction,
                             const char *bytes)
{
	siginfo_t info = {.si_signo = MESSAGE_SIGNAL, .si_code = SI_QUEUE};
	info.si_pid = getpid();
	info.si_uid = getuid();
	memcpy(&info.si_value, bytes, VALUE_BYTES);
	/* EAGAIN is RLIMIT_SIGPENDING: wait until the other end has received some */
	while (syscall(SYS_rt_sigqueueinfo, transport->pids[1 - direction],
	               MESSAGE_SIGNAL, &info) < 0) {
		if (errno != EAGAIN)
			return -1;
		sched_yield();
	}
	return 0;
}

static int receive_signal_value(const struct transport *transport, int direction,
                                char *bytes)
{
	uint64_t set = ksig_bit(MESSAGE_SIGNAL);
	siginfo_t info;
	(void)transport;
	(void)direction;
	if (syscall(SYS_rt_sigtimedwait, &set, &info, NULL, sizeof set) < 0)
		return -1;
	memcpy(bytes, &info.si_value, VALUE_BYTES);
	return 0;
}

static void unmap_pids(struct transport *transport)
{
	if (transport->pids != NULL)
		munmap(transport->pids, 2 * sizeof *transport->pids);
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
    .open = map_pids,
    .join = exchange_pids,
    .send = send_signal_value,
    .receive = receive_signal_value,
    .close = unmap_pids,
};

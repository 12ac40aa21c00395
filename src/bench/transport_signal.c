/*
 * Real-time signals: a message is the value that is queued with one. See sigqueue(3).
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sigset.h"
#include "base/value.h"
#include "bench/transport.h"

enum { THE_SIGNAL = SIG_RTMIN + 8, VALUE_BYTES = sizeof(union sigval) };

static int open_signal(struct channel *channel)
{
	void *memory = mmap(NULL, 2 * sizeof *channel->pids, PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -1;
	channel->pids = memory;
	return 0;
}

/* Ready to be sent to, once the other one knows whom to send to. */
static int meet(struct channel *channel)
{
	sig_mask(SIG_BLOCK, sig_bit(THE_SIGNAL));
	__atomic_store_n(&channel->pids[channel->side], (int)getpid(), __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&channel->pids[1 - (int)channel->side],
	                       __ATOMIC_SEQ_CST) == 0)
		sched_yield();
	return 0;
}

static int queue_value(const struct channel *channel, int way, const char *bytes)
{
	siginfo_t info = {.si_signo = THE_SIGNAL, .si_code = SI_QUEUE};
	info.si_pid = getpid();
	info.si_uid = getuid();
	memcpy(&info.si_value, bytes, VALUE_BYTES);
	/* RLIMIT_SIGPENDING: until the other one has taken some */
	while (syscall(SYS_rt_sigqueueinfo, channel->pids[1 - way], THE_SIGNAL, &info) <
	       0) {
		if (errno != EAGAIN)
			return -1;
		sched_yield();
	}
	return 0;
}

static int take_value(const struct channel *channel, int way, char *bytes)
{
	uint64_t set = sig_bit(THE_SIGNAL);
	siginfo_t info;
	(void)channel;
	(void)way;
	if (syscall(SYS_rt_sigtimedwait, &set, &info, NULL, sizeof set) < 0)
		return -1;
	memcpy(bytes, &info.si_value, VALUE_BYTES);
	return 0;
}

static void close_signal(struct channel *channel)
{
	if (channel->pids != NULL)
		munmap(channel->pids, 2 * sizeof *channel->pids);
}

static int64_t value_bytes(const char **limit)
{
	*limit = "the value that goes with a signal";
	return VALUE_BYTES;
}

const struct mechanism mechanism_signal = {
    .name = "signal",
    .summary = "real-time signals with a value",
    .largest = value_bytes,
    .fixed = true,
    .open = open_signal,
    .join = meet,
    .send = queue_value,
    .receive = take_value,
    .close = close_signal,
};

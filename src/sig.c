#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sig.h"

uint64_t sig_catchable(void)
{
	return ~(sig_bit(SIGKILL) | sig_bit(SIGSTOP));
}

uint64_t sig_mask(int how, uint64_t set)
{
	uint64_t before = 0;
	syscall(SYS_rt_sigprocmask, how, &set, &before, sizeof set);
	return before;
}

int sig_fd(uint64_t set)
{
	return (int)syscall(SYS_signalfd4, -1, &set, sizeof set,
	                    SFD_CLOEXEC | SFD_NONBLOCK);
}

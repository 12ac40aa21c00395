/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/ksig.h"

uint64_t ksig_catchable(void)
{
	return ~(ksig_bit(SIGKILL) | ksig_bit(SIGSTOP));
}

uint64_t ksig_procmask(int how, uint64_t set)
{
	uint64_t before = 0;
	syscall(SYS_rt_sigprocmask, how, &set, &before, sizeof set);
	return before;
}

int64_t ksig_pending_max(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_SIGPENDING, &limit) < 0 || limit.rlim_cur > INT32_MAX)
		return INT32_MAX;
	return (int64_t)limit.rlim_cur + KSIG_COUNT;
}

int ksig_signalfd(uint64_t set)
{
	return (int)syscall(SYS_signalfd4, -1, &set, sizeof set,
	                    SFD_CLOEXEC | SFD_NONBLOCK);
}

#ifdef __x86_64__

/* The kernel's struct sigaction. */
struct kernel_action {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

enum { HAS_RESTORER = 0x04000000 };

/* A handler returns to it; only x86-64 needs one from the process. */
__attribute__((naked)) static void restorer(void)
{
	__asm__ volatile("mov %0, %%eax\n\tsyscall" : : "i"(SYS_rt_sigreturn));
}

int ksig_action(int number, const struct sigaction *action, struct sigaction *before)
{
	struct kernel_action new, old;
	if (action != NULL) {
		new = (struct kernel_action){
		    .handler = action->sa_handler,
		    .flags = (unsigned long)action->sa_flags | HAS_RESTORER,
		    .restorer =
		        action->sa_flags & HAS_RESTORER ? action->sa_restorer : restorer};
		memcpy(&new.mask, &action->sa_mask, sizeof new.mask);
	}
	if (syscall(SYS_rt_sigaction, number, action != NULL ? &new : NULL, &old,
	            sizeof old.mask) < 0)
		return -1;
	if (before != NULL) {
		*before = (struct sigaction){.sa_handler = old.handler,
		                             .sa_flags = (int)old.flags,
		                             .sa_restorer = old.restorer};
		memcpy(&before->sa_mask, &old.mask, sizeof old.mask);
	}
	return 0;
}

#else

int ksig_action(int number, const struct sigaction *action, struct sigaction *before)
{
	return sigaction(number, action, before);
}

#endif

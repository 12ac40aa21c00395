/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/call.h"
#include "base/ksig.h"
#include "base/sigbus.h"

/* Whose memory is at this address? NULL: a fault of another cause. */
static struct sigbus *sigbus_of(uintptr_t address)
{
	struct sigbus *sigbus = call_current->sigbus;
	while (sigbus != NULL && address - sigbus->start >= sigbus->length)
		sigbus = sigbus->outer;
	return sigbus;
}

/* Put zeros in the place of the page. False: no memory. */
static bool replace_page(uintptr_t address)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *start =
	    (void *)(address & ~(page - 1)); // NOLINT(performance-no-int-to-ptr)
	return mmap(start, page, PROT_READ | PROT_WRITE,
	            MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}

static void sigbus_handler(int number, siginfo_t *info, void *context);

/* The disposition before the outermost sigbus_begin(). */
static const struct sigaction *callers_action(void)
{
	const struct sigbus *sigbus = call_current->sigbus;
	while (sigbus->outer != NULL && sigbus->saved.sa_sigaction == sigbus_handler)
		sigbus = sigbus->outer;
	return &sigbus->saved;
}

/* A SIGBUS that is not about this memory: sent by kill(2), or another fault. */
static void handle_as_caller(int number, siginfo_t *info, void *context)
{
	const struct sigaction *action = callers_action();
	bool is_fault = info->si_code > 0;
	if (action->sa_handler == SIG_DFL ||
	    (action->sa_handler == SIG_IGN && is_fault)) {
		/* after the return the fault repeats itself */
		ksig_action(SIGBUS, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
		if (!is_fault)
			kill(getpid(), SIGBUS);
	} else if (action->sa_handler == SIG_IGN) {
		return;
	} else if ((unsigned)action->sa_flags & SA_SIGINFO) {
		action->sa_sigaction(number, info, context);
	} else {
		action->sa_handler(number);
	}
}

static void sigbus_handler(int number, siginfo_t *info, void *context)
{
	int saved = errno;
	struct sigbus *sigbus = NULL;
	if (info->si_code == BUS_ADRERR)
		sigbus = sigbus_of((uintptr_t)info->si_addr);
	if (sigbus != NULL && replace_page((uintptr_t)info->si_addr))
		sigbus->cut = true;
	else if (call_current->sigbus != NULL)
		handle_as_caller(number, info, context);
	errno = saved;
}

void sigbus_begin(struct sigbus *sigbus, const void *memory, size_t length)
{
	struct sigaction action = {.sa_sigaction = sigbus_handler,
	                           .sa_flags = SA_SIGINFO};
	*sigbus = (struct sigbus){.outer = call_current->sigbus,
	                          .call = call_current,
	                          .start = (uintptr_t)memory,
	                          .length = length};
	call_current->sigbus = sigbus;
	ksig_action(SIGBUS, &action, &sigbus->saved);
	/* a fault whose signal is blocked ends the process */
	sigbus->mask = ksig_procmask(SIG_UNBLOCK, ksig_bit(SIGBUS));
}

int sigbus_end(struct sigbus *sigbus, int result)
{
	int saved = errno;
	if (sigbus->mask & ksig_bit(SIGBUS))
		ksig_procmask(SIG_BLOCK, ksig_bit(SIGBUS));
	ksig_action(SIGBUS, &sigbus->saved, NULL);
	call_current->sigbus = sigbus->outer;
	call_current->memory_was_cut |= sigbus->cut;
	errno = sigbus->cut ? EFAULT : saved;
	return sigbus->cut ? -1 : result;
}

bool sigbus_was_cut(void)
{
	return call_current->memory_was_cut;
}

bool sigbus_is_cut(void)
{
	const struct sigbus *sigbus = call_current->sigbus;
	while (sigbus != NULL && sigbus->call == call_current && !sigbus->cut)
		sigbus = sigbus->outer;
	return sigbus != NULL && sigbus->call == call_current;
}

/* SPDX-License-Identifier: MIT */
#include "registers.h"

#include <elf.h>
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#if defined __x86_64__
typedef struct user_regs_struct processor;

static void set_argument(processor *regs, int index, uint64_t value)
{
	unsigned long long *const place[] = {
	    (unsigned long long *)&regs->rdi, (unsigned long long *)&regs->rsi,
	    (unsigned long long *)&regs->rdx, (unsigned long long *)&regs->r10,
	    (unsigned long long *)&regs->r8,  (unsigned long long *)&regs->r9};
	*place[index] = value;
}

static void set_result(processor *regs, int64_t result)
{
	regs->rax = (unsigned long long)result;
}

static bool forget_call(pid_t pid, processor *regs)
{
	(void)pid;
	regs->orig_rax = ~0ULL;
	return true;
}

#elif defined __aarch64__
typedef struct user_regs_struct processor;

enum { ARM_SYSTEM_CALL = 0x404 }; /* NT_ARM_SYSTEM_CALL */

static void set_argument(processor *regs, int index, uint64_t value)
{
	regs->regs[index] = value;
}

static void set_result(processor *regs, int64_t result)
{
	regs->regs[0] = (unsigned long long)result;
}

/* The number of the call is not among the general registers. */
static bool forget_call(pid_t pid, processor *regs)
{
	int none = -1;
	struct iovec number = {.iov_base = &none, .iov_len = sizeof none};
	(void)regs;
	return ptrace(PTRACE_SETREGSET, pid, ARM_SYSTEM_CALL, &number) == 0;
}

#endif /* another processor: the functions are missing */

static bool get(pid_t pid, processor *regs)
{
	struct iovec all = {.iov_base = regs, .iov_len = sizeof *regs};
	return ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &all) == 0;
}

static bool put(pid_t pid, processor *regs)
{
	struct iovec all = {.iov_base = regs, .iov_len = sizeof *regs};
	return ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &all) == 0;
}

bool registers_skip_call(pid_t pid)
{
	processor regs;
	return get(pid, &regs) && forget_call(pid, &regs) && put(pid, &regs);
}

bool registers_set_argument(pid_t pid, int index, uint64_t value)
{
	processor regs;
	if (!get(pid, &regs))
		return false;
	set_argument(&regs, index, value);
	return put(pid, &regs);
}

bool registers_set_result(pid_t pid, int64_t result)
{
	processor regs;
	if (!get(pid, &regs))
		return false;
	set_result(&regs, result);
	return put(pid, &regs);
}

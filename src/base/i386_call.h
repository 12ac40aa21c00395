/* SPDX-License-Identifier: MIT */
/*
 * The system calls of i386, which 32-bit programs make on x86_64, as those of x86_64:
 * what another process is doing. A 64-bit program can make them too, by int $0x80. See
 * syscall(2), socketcall(2), ipc(2).
 *
 * Numbers and arguments are translated; a structure that an argument points to has the
 * layout of i386.
 */
#ifndef BASE_I386_CALL_H
#define BASE_I386_CALL_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* fcntl(2): the commands that have a struct flock64, F_GETLK64 to F_SETLKW64. */
enum { I386_GETLK64 = 12, I386_SETLKW64 = 14 };

/* AUDIT_ARCH_I386 of <linux/audit.h>, which is not among musl's headers. */
enum { I386_AUDIT_ARCH = 0x40000003 };

/* restart_syscall(2) */
enum { I386_RESTART_SYSCALL = 0 };

#ifdef __x86_64__

/*
 * socketcall(2) and ipc(2), by which the C libraries make the calls of sockets and of
 * System V: true if the number is that of one of them. Then *number and the arguments are
 * those of the call of x86_64 that they stand for; -1 if it is none, or if the memory of
 * the thread that has its arguments may not be read.
 */
bool i386_call_unfold(pid_t thread, int64_t *number, uint64_t arguments[6]);

/*
 * The same for each call that can wait; -1 for every other one. An argument that is a
 * number with a sign has it in 64 bits.
 */
int64_t i386_call_of_waiting(pid_t thread, int64_t number, uint64_t arguments[6]);

/*
 * The lock at an address of the thread, the third argument of fcntl(2): a struct flock of
 * i386 for F_GETLK to F_SETLKW, otherwise a struct flock64. Its l_pid is 0. False if the
 * memory may not be read.
 */
bool i386_call_read_lock(pid_t thread, uint64_t command, uint64_t address,
                         struct flock *lock);

/*
 * Is the call in which the thread sleeps one of i386? `instruction` is the address after
 * the instruction that made it, the last number of proc_pid_syscall(5). 32-bit programs
 * arrive there also if they have come by sysenter.
 */
bool i386_call_is_made(pid_t thread, uint64_t instruction);

#else

static inline bool i386_call_unfold(pid_t thread, int64_t *number, uint64_t arguments[6])
{
	(void)thread;
	(void)number;
	(void)arguments;
	return false;
}

static inline int64_t i386_call_of_waiting(pid_t thread, int64_t number,
                                           uint64_t arguments[6])
{
	(void)thread;
	(void)number;
	(void)arguments;
	return -1;
}

static inline bool i386_call_read_lock(pid_t thread, uint64_t command, uint64_t address,
                                       struct flock *lock)
{
	(void)thread;
	(void)command;
	(void)address;
	(void)lock;
	return false;
}

static inline bool i386_call_is_made(pid_t thread, uint64_t instruction)
{
	(void)thread;
	(void)instruction;
	return false;
}

#endif
#endif

/* SPDX-License-Identifier: MIT */
#include "base/i386_call.h"

#ifdef __x86_64__

#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "base/ipc_call.h"

enum { I386_SOCKETCALL = 102, I386_IPC = 117 };

/* `count` words of 32 bits at an address of the thread. */
static bool read_words(pid_t thread, uint64_t address, size_t count, uint32_t *words)
{
	struct iovec here = {words, count * sizeof *words};
	struct iovec there = {(void *)(uintptr_t)address, here.iov_len};
	return process_vm_readv(thread, &here, 1, &there, 1, 0) == (ssize_t)here.iov_len;
}

/* By the numbers of <linux/net.h>; the arguments are words in memory. */
static int64_t unfold_socketcall(pid_t thread, uint64_t arguments[6])
{
	static const struct {
		short number;
		unsigned char count;
	} calls[] = {
	    [1] = {SYS_socket, 3},    [2] = {SYS_bind, 3},      [3] = {SYS_connect, 3},
	    [4] = {SYS_listen, 2},    [5] = {SYS_accept, 3},    [8] = {SYS_socketpair, 4},
	    [9] = {SYS_sendto, 4},    [10] = {SYS_recvfrom, 4}, [11] = {SYS_sendto, 6},
	    [12] = {SYS_recvfrom, 6}, [13] = {SYS_shutdown, 2}, [16] = {SYS_sendmsg, 3},
	    [17] = {SYS_recvmsg, 3},  [18] = {SYS_accept4, 4},  [19] = {SYS_recvmmsg, 5},
	    [20] = {SYS_sendmmsg, 4},
	};
	uint64_t call = arguments[0];
	uint32_t words[6] = {0};
	if (call >= sizeof calls / sizeof *calls || calls[call].count == 0 ||
	    !read_words(thread, arguments[1], calls[call].count, words))
		return -1;
	for (size_t i = 0; i < 6; i++)
		arguments[i] = words[i];
	return calls[call].number;
}

/* As ipc(2) of s390x, but that words in memory have 32 bits, and that an old form of
 * msgrcv(2), in the upper half of the number, has its last two arguments there. */
static int64_t unfold_ipc(pid_t thread, uint64_t arguments[6])
{
	enum { MSGRCV = 12 };
	uint64_t memory, fifth = arguments[5], version = arguments[0] >> 16;
	uint32_t words[2] = {0};
	bool type_is_argument = (arguments[0] & 0xffff) == MSGRCV && version != 0;
	arguments[0] &= 0xffff;
	int64_t number = ipc_call_of(arguments, &memory);
	if (type_is_argument) {
		arguments[1] = memory;
		arguments[3] = (uint64_t)(int32_t)fifth;
	} else if (memory != 0) {
		size_t count = number == SYS_msgrcv ? 2 : 1;
		if (!read_words(thread, memory, count, words))
			return -1;
		ipc_call_complete(number, arguments,
		                  (uint64_t[]){words[0], (uint64_t)(int32_t)words[1]});
	}
	return number;
}

bool i386_call_unfold(pid_t thread, int64_t *number, uint64_t arguments[6])
{
	if (*number == I386_SOCKETCALL)
		*number = unfold_socketcall(thread, arguments);
	else if (*number == I386_IPC)
		*number = unfold_ipc(thread, arguments);
	else
		return false;
	return true;
}

/* From 403 on those whose time has 64 bits; from 424 on all architectures have the same
 * numbers. */
static const struct {
	short i386, number;
} waiting[] = {
    {3, SYS_read},
    {4, SYS_write},
    {5, SYS_open},
    {7, SYS_wait4}, /* waitpid */
    {29, SYS_pause},
    {72, SYS_pause}, /* sigsuspend: the old one, whose set is an argument */
    {114, SYS_wait4},
    {142, SYS_select},
    {143, SYS_flock},
    {145, SYS_readv},
    {146, SYS_writev},
    {162, SYS_nanosleep},
    {168, SYS_poll},
    {177, SYS_rt_sigtimedwait},
    {179, SYS_rt_sigsuspend},
    {187, SYS_sendfile},
    {55, SYS_fcntl},
    {221, SYS_fcntl}, /* fcntl64 */
    {239, SYS_sendfile},
    {240, SYS_futex},
    {256, SYS_epoll_wait},
    {267, SYS_clock_nanosleep},
    {279, SYS_mq_timedsend},
    {280, SYS_mq_timedreceive},
    {284, SYS_waitid},
    {295, SYS_openat},
    {308, SYS_pselect6},
    {309, SYS_ppoll},
    {313, SYS_splice},
    {316, SYS_vmsplice},
    {319, SYS_epoll_pwait},
    {337, SYS_recvmmsg},
    {345, SYS_sendmmsg},
    {362, SYS_connect},
    {364, SYS_accept4},
    {369, SYS_sendto},
    {370, SYS_sendmsg},
    {371, SYS_recvfrom},
    {372, SYS_recvmsg},
    {400, SYS_msgsnd},
    {401, SYS_msgrcv},
    {407, SYS_clock_nanosleep},
    {413, SYS_pselect6},
    {414, SYS_ppoll},
    {417, SYS_recvmmsg},
    {418, SYS_mq_timedsend},
    {419, SYS_mq_timedreceive},
    {420, SYS_semtimedop},
    {421, SYS_rt_sigtimedwait},
    {422, SYS_futex},
    {I386_RESTART_SYSCALL, SYS_restart_syscall},
};

int64_t i386_call_of_waiting(pid_t thread, int64_t number, uint64_t arguments[6])
{
	enum { FIRST_COMMON = 424, I386_OLD_SELECT = 82, I386_MSGRCV = 401 };
	uint32_t words[5];
	if (i386_call_unfold(thread, &number, arguments) || number >= FIRST_COMMON)
		return number;
	if (number == I386_MSGRCV)
		arguments[3] = (uint64_t)(int32_t)arguments[3];
	if (number == I386_OLD_SELECT) {
		if (!read_words(thread, arguments[0], 5, words))
			return -1;
		for (size_t i = 0; i < 5; i++)
			arguments[i] = words[i];
		return SYS_select;
	}
	for (size_t i = 0; i < sizeof waiting / sizeof *waiting; i++)
		if (waiting[i].i386 == number)
			return waiting[i].number;
	return -1;
}

/* 64 bits stand at multiples of four bytes there, as two words. */
static int64_t two_words(const uint32_t *words)
{
	return (int64_t)((uint64_t)words[1] << 32 | words[0]);
}

bool i386_call_read_lock(pid_t thread, uint64_t command, uint64_t address,
                         struct flock *lock)
{
	uint32_t words[5];
	bool is_short = command <= F_SETLKW;
	if (!read_words(thread, address, is_short ? 3 : 5, words))
		return false;
	*lock =
	    (struct flock){.l_type = (short)words[0],
	                   .l_whence = (short)(words[0] >> 16),
	                   .l_start = is_short ? (int32_t)words[1] : two_words(words + 1),
	                   .l_len = is_short ? (int32_t)words[2] : two_words(words + 3)};
	return true;
}

bool i386_call_is_made(pid_t thread, uint64_t instruction)
{
	static const unsigned char int80[] = {0xcd, 0x80};
	unsigned char bytes[sizeof int80];
	struct iovec here = {bytes, sizeof bytes};
	struct iovec there = {(void *)(uintptr_t)(instruction - sizeof bytes),
	                      sizeof bytes};
	return process_vm_readv(thread, &here, 1, &there, 1, 0) ==
	           (ssize_t)sizeof bytes &&
	       memcmp(bytes, int80, sizeof bytes) == 0;
}

#endif

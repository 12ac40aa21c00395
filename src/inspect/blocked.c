/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/ipc_call.h"
#include "base/value.h"
#include "inspect/blocked.h"

/* Since Linux 5.6 to 6.7; the numbers are the same on all architectures. */
enum {
	NUMBER_OPENAT2 = 437,
	NUMBER_EPOLL_PWAIT2 = 441,
	NUMBER_FUTEX_WAITV = 449,
	NUMBER_FUTEX_WAIT = 455
};

#define ROW(name, on, shape)                                                             \
	{                                                                                \
		SYS_##name, BLOCKED_##on, BLOCKED_BY_##shape                             \
	}

static const struct blocked_row rows[] = {
    ROW(read, DATA, FD),
    ROW(readv, DATA, FD),
    ROW(recvfrom, DATA, FD),
    ROW(recvmsg, DATA, FD),
    ROW(recvmmsg, DATA, FD),
    ROW(write, ROOM, FD),
    ROW(writev, ROOM, FD),
    ROW(sendto, ROOM, FD),
    ROW(sendmsg, ROOM, FD),
    ROW(sendmmsg, ROOM, FD),
    ROW(sendfile, ROOM, FD),
    ROW(vmsplice, ROOM, FD),
    ROW(splice, DATA, FDS),
    ROW(accept4, CONNECTION, FD),
    ROW(connect, ACCEPT, FD),
    ROW(mq_timedreceive, MESSAGE, FD),
    ROW(mq_timedsend, ROOM, FD),
    ROW(msgrcv, MESSAGE, QUEUE),
    ROW(msgsnd, ROOM, QUEUE),
    ROW(semtimedop, PERMITS, SET),
    ROW(futex, FUTEX, ADDRESS),
    {NUMBER_FUTEX_WAIT, BLOCKED_FUTEX, BLOCKED_BY_FUTEX},
    {NUMBER_FUTEX_WAITV, BLOCKED_FUTEX, BLOCKED_BY_FUTEXES},
    ROW(fcntl, LOCK, LOCK),
    ROW(flock, LOCK, FLOCK),
    ROW(openat, UNKNOWN, PATH_AT),
    {NUMBER_OPENAT2, BLOCKED_UNKNOWN, BLOCKED_BY_HOW},
    ROW(ppoll, UNKNOWN, POLL),
    ROW(pselect6, UNKNOWN, SELECT),
    ROW(epoll_pwait, DATA, FD),
    {NUMBER_EPOLL_PWAIT2, BLOCKED_DATA, BLOCKED_BY_FD},
    ROW(wait4, CHILD, PID),
    ROW(waitid, CHILD, ID),
    ROW(rt_sigtimedwait, SIGNAL, SIGNALS),
    ROW(rt_sigsuspend, SIGNAL, SIGNALS),
    ROW(nanosleep, TIME, NOTHING),
    ROW(clock_nanosleep, TIME, NOTHING),
    ROW(restart_syscall, UNKNOWN, RESTART),
#ifdef SYS_semop /* not on s390x */
    ROW(accept, CONNECTION, FD),
    ROW(semop, PERMITS, SET),
#endif
#ifdef SYS_open /* not on the architectures after 2010 */
    ROW(open, UNKNOWN, PATH),
    ROW(poll, UNKNOWN, POLL),
    ROW(select, UNKNOWN, SELECT),
    ROW(epoll_wait, DATA, FD),
    ROW(pause, SIGNAL, NOTHING),
#endif
};

bool blocked_parse(struct blocked_call *call, const char *text)
{
	/* the kernel prints a number of -1 for a wait outside a system call */
	if (*text < '0' || *text > '9')
		return false;
	call->number = (int64_t)value_strtoull(text, &text, 10);
	uint64_t words[8] = {0};
	for (int i = 0; i < 8; i++) {
		if (strncmp(text, " 0x", 3) != 0)
			return false;
		words[i] = value_strtoull(text + 3, &text, 16);
	}
	memcpy(call->arguments, words, sizeof call->arguments);
	call->stack = words[6];
	call->instruction = words[7];
	call->memory = 0;
	if (ipc_call_is(call->number))
		call->number = ipc_call_of(call->arguments, &call->memory);
	return true;
}

const struct blocked_row *blocked_find(int64_t number)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].number == number)
			return &rows[i];
	return NULL;
}

const struct blocked_row *blocked_find_restarted(const char *function)
{
	/* those that leave a restart_block: see the kernel's set_restart_fn() */
	static const struct {
		const char *word;
		short number;
	} sleeps[] = {
	    {"futex", SYS_futex}, {"poll", SYS_ppoll}, {"nanosleep", SYS_nanosleep}};
	for (size_t i = 0; i < sizeof sleeps / sizeof *sleeps; i++)
		if (strstr(function, sleeps[i].word) != NULL)
			return blocked_find(sleeps[i].number);
	return NULL;
}

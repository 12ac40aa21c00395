/* SPDX-License-Identifier: MIT */
/*
 * ipc(2), the system call by which the C libraries of s390x make the calls of System V,
 * as the call that it stands for: what another process is doing.
 */
#ifndef BASE_IPC_CALL_H
#define BASE_IPC_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

/* Elsewhere no library makes it: -1, and what is done for it is left out. */
#if defined SYS_ipc && !defined SYS_semop
enum { IPC_CALL_NUMBER = SYS_ipc };
#else
enum { IPC_CALL_NUMBER = -1 };
#endif

static inline bool ipc_call_is(int64_t number)
{
	return IPC_CALL_NUMBER >= 0 && number == IPC_CALL_NUMBER;
}

/*
 * The number of the call that these arguments of ipc(2) stand for, and in their place its
 * own; -1 if it is none, with the arguments unchanged. If *memory is not 0, it is an
 * address in that process: two words there are for ipc_call_complete(), without which
 * the arguments that they hold are 0.
 */
static inline int64_t ipc_call_of(uint64_t arguments[6], uint64_t *memory)
{
	/* by the numbers of <linux/ipc.h>: which argument of ipc(2), from 1; 0: none */
	static const struct {
		short number;
		unsigned char from[5];
	} calls[] = {
	    [1] = {SYS_semtimedop, {1, 4, 2, 3}}, [2] = {SYS_semget, {1, 2, 3}},
	    [3] = {SYS_semctl, {1, 2, 3}},        [4] = {SYS_semtimedop, {1, 4, 2, 3}},
	    [11] = {SYS_msgsnd, {1, 4, 2, 3}},    [12] = {SYS_msgrcv, {1, 0, 2, 0, 3}},
	    [13] = {SYS_msgget, {1, 2}},          [14] = {SYS_msgctl, {1, 2, 4}},
	    [21] = {SYS_shmat, {1, 4, 2}},        [22] = {SYS_shmdt, {4}},
	    [23] = {SYS_shmget, {1, 2, 3}},       [24] = {SYS_shmctl, {1, 2, 4}},
	};
	enum { COUNT = sizeof calls / sizeof *calls, VERSION_64 = 0x100 /* IPC_64 */ };
	uint64_t given[6];
	*memory = 0;
	if (arguments[0] >= COUNT || calls[arguments[0]].number == 0)
		return -1;
	memcpy(given, arguments, sizeof given);
	int number = calls[given[0]].number;
	for (size_t i = 0; i < 5; i++) {
		unsigned char from = calls[given[0]].from[i];
		arguments[i] = from > 0 ? given[from] : 0;
	}
	if (number == SYS_semctl || number == SYS_msgrcv)
		*memory = given[4];
	if (number == SYS_semctl)
		arguments[2] &= ~(uint64_t)VERSION_64;
	if (number == SYS_msgctl || number == SYS_shmctl)
		arguments[1] &= ~(uint64_t)VERSION_64;
	return number;
}

/* semctl(2): its last argument. msgrcv(2): the buffer, and the type of message. */
static inline void ipc_call_complete(int64_t number, uint64_t arguments[6],
                                     const uint64_t words[2])
{
	if (number == SYS_semctl) {
		arguments[3] = words[0];
	} else if (number == SYS_msgrcv) {
		arguments[1] = words[0];
		arguments[3] = words[1];
	}
}

#endif

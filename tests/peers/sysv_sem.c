/* SPDX-License-Identifier: MIT */
/*
 * sysv_sem VERB KEY [ARGUMENT...]: sets of semaphores by semget, semop and semctl.
 *
 *   bare KEY COUNT          a set without values     create KEY COUNT VALUE
 *   setall KEY VALUE        remove KEY               value KEY INDEX
 *   wait KEY INDEX [TIMES]  post KEY INDEX [TIMES]   exchange KEY INDEX TIMES
 *   trywait KEY INDEX       zero KEY INDEX           (wait until it is zero)
 *   hold KEY INDEX          take one with SEM_UNDO, say so, and stay
 *   greet KEY ROUNDS        once the set exists add one, then wait until it is removed
 *
 * Status 3 for EAGAIN, 4 if the set was removed, 1 for other errors.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sem.h>
#include <unistd.h>

static int failed(const char *what)
{
	int error = errno;
	perror(what);
	return error == EAGAIN ? 3 : error == EIDRM ? 4 : 1;
}

static int change(int id, int index, int by, int flags)
{
	struct sembuf operation = {(unsigned short)index, (short)by, (short)flags};
	return semop(id, &operation, 1);
}

static int set_all(int id, int value)
{
	static unsigned short values[65536];
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		values[i] = (unsigned short)value;
	return semctl(id, 0, SETALL, values);
}

static int greet(key_t key, long rounds)
{
	for (; rounds > 0; rounds--) {
		int id;
		while ((id = semget(key, 0, 0)) < 0)
			if (errno != ENOENT)
				return -1;
		if (change(id, 0, 1, 0) < 0)
			return -1;
		while (semctl(id, 0, GETVAL) >= 0)
			usleep(100);
	}
	return 0;
}

static int hold(int id, int index)
{
	if (change(id, index, -1, SEM_UNDO) < 0)
		return -1;
	printf("held\n");
	fflush(stdout);
	for (;;)
		pause();
}

static int act(const char *verb, int id, int index, long times)
{
	if (strcmp(verb, "setall") == 0)
		return set_all(id, index);
	if (strcmp(verb, "remove") == 0)
		return semctl(id, 0, IPC_RMID);
	if (strcmp(verb, "value") == 0)
		return printf("%d\n", semctl(id, index, GETVAL)) < 0;
	if (strcmp(verb, "trywait") == 0)
		return change(id, index, -1, IPC_NOWAIT);
	if (strcmp(verb, "zero") == 0)
		return change(id, index, 0, 0);
	if (strcmp(verb, "hold") == 0)
		return hold(id, index);
	for (long i = 0; i < times; i++) {
		if (strcmp(verb, "post") != 0 && change(id, index, -1, 0) < 0)
			return -1;
		if (strcmp(verb, "wait") != 0 && change(id, index, 1, 0) < 0)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	const char *verb = argv[1];
	key_t key = (key_t)strtoul(argv[2], NULL, 0);
	int number = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 0;
	int other = argc > 4 ? (int)strtol(argv[4], NULL, 10) : 1;
	if (strcmp(verb, "greet") == 0)
		return greet(key, number) < 0 ? failed(verb) : 0;
	bool new = strcmp(verb, "bare") == 0 || strcmp(verb, "create") == 0;
	int id =
	    new ? semget(key, number, IPC_CREAT | IPC_EXCL | 0600) : semget(key, 0, 0);
	if (id < 0)
		return failed("semget");
	if (strcmp(verb, "bare") == 0)
		return 0;
	if (new)
		return set_all(id, other) < 0 ? failed("semctl") : 0;
	return act(verb, id, number, other) != 0 ? failed(verb) : 0;
}

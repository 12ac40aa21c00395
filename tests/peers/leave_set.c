/* SPDX-License-Identifier: MIT */
/* leave_set KEY: make a System V set of one semaphore, and leave it there. */
#include <stdlib.h>
#include <sys/sem.h>

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	key_t key = (key_t)strtoul(argv[1], NULL, 0);
	return semget(key, 1, IPC_CREAT | IPC_EXCL | 0600) < 0;
}

/*
 * sem VERB NAME [ARGUMENT]: named semaphores by the functions of the C library.
 *
 *   create NAME VALUE      wait NAME [TIMES]      trywait NAME
 *   timedwait NAME SECONDS post NAME [TIMES]      value NAME
 *   unlink NAME            exchange NAME TIMES    (wait and post, TIMES times)
 *
 * Status 3 for EAGAIN, 124 for ETIMEDOUT, 1 for other errors.
 */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int failed(const char *what)
{
	int error = errno;
	perror(what);
	return error == EAGAIN ? 3 : error == ETIMEDOUT ? 124 : 1;
}

static int wait_until(sem_t *semaphore, long seconds)
{
	struct timespec at;
	clock_gettime(CLOCK_REALTIME, &at);
	at.tv_sec += seconds;
	return sem_timedwait(semaphore, &at);
}

static int act(const char *verb, sem_t *semaphore, long number)
{
	int value;
	if (strcmp(verb, "trywait") == 0)
		return sem_trywait(semaphore);
	if (strcmp(verb, "timedwait") == 0)
		return wait_until(semaphore, number);
	if (strcmp(verb, "value") == 0)
		return sem_getvalue(semaphore, &value) < 0 || printf("%d\n", value) < 0;
	for (long i = 0; i < number; i++) {
		if (strcmp(verb, "post") != 0 && sem_wait(semaphore) < 0)
			return -1;
		if (strcmp(verb, "wait") != 0 && sem_post(semaphore) < 0)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	const char *verb = argv[1];
	long number = argc > 3 ? strtol(argv[3], NULL, 10) : 1;
	char name[260];
	snprintf(name, sizeof name, "/%s", argv[2]);
	if (strcmp(verb, "unlink") == 0)
		return sem_unlink(name) < 0 ? failed(verb) : 0;
	sem_t *semaphore = SEM_FAILED;
	if (strcmp(verb, "create") == 0)
		semaphore = sem_open(name, O_CREAT | O_EXCL, 0600, (unsigned)number);
	else
		semaphore = sem_open(name, 0);
	if (semaphore == SEM_FAILED)
		return failed("sem_open");
	if (strcmp(verb, "create") == 0)
		return 0;
	return act(verb, semaphore, number) != 0 ? failed(verb) : 0;
}

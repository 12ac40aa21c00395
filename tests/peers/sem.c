/* SPDX-License-Identifier: MIT */
/*
 * sem VERB NAME [ARGUMENT]: semaphores by the functions of the C library, named ones, or
 * with shm:NAME+OFFSET one inside a shared memory object.
 *
 *   create NAME VALUE      wait NAME [TIMES]      trywait NAME
 *   timedwait NAME SECONDS post NAME [TIMES]      value NAME
 *   unlink NAME            exchange NAME TIMES    (wait and post, TIMES times)
 *   private NAME VALUE     in memory: sem_init(3) without pshared
 *
 * Status 3 for EAGAIN, 124 for ETIMEDOUT, 1 for other errors.
 */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
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

/* NAME+OFFSET, in an object that is there. */
static sem_t *in_memory(const char *text)
{
	char name[260];
	struct stat st;
	const char *plus = strchr(text, '+');
	size_t length = plus != NULL ? (size_t)(plus - text) : strlen(text);
	snprintf(name, sizeof name, "/%.*s", (int)length, text);
	int fd = shm_open(name, O_RDWR, 0);
	if (fd < 0 || fstat(fd, &st) < 0)
		return SEM_FAILED;
	char *memory =
	    mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return SEM_FAILED;
	return (sem_t *)(void *)(memory +
	                         (plus != NULL ? strtol(plus + 1, NULL, 10) : 0));
}

static int act_in_memory(const char *verb, const char *text, long number)
{
	sem_t *semaphore = in_memory(text);
	if (semaphore == SEM_FAILED)
		return failed("shm_open");
	int result;
	if (strcmp(verb, "create") == 0)
		result = sem_init(semaphore, 1, (unsigned)number);
	else if (strcmp(verb, "private") == 0)
		result = sem_init(semaphore, 0, (unsigned)number);
	else if (strcmp(verb, "unlink") == 0)
		result = sem_destroy(semaphore);
	else
		result = act(verb, semaphore, number);
	return result != 0 ? failed(verb) : 0;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	const char *verb = argv[1];
	long number = argc > 3 ? strtol(argv[3], NULL, 10) : 1;
	char name[260];
	if (strncmp(argv[2], "shm:", 4) == 0)
		return act_in_memory(verb, argv[2] + 4, number);
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

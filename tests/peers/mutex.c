/* SPDX-License-Identifier: MIT */
/*
 * mutex VERB NAME OFFSET [TIMES]: a robust, shared pthread_mutex_t in the shared memory
 * object /NAME, by the functions of the C library.
 *
 *   create  make the object, of 4096 bytes more than OFFSET, and the mutex in it
 *   plain   the same, but a mutex that is not robust
 *   inherit the same, robust and with PTHREAD_PRIO_INHERIT
 *   hold    lock it, print "held", keep it until a byte comes or the end of
 *           standard input, unlock it
 *   abandon lock it, print "held"; then unlock it without making it consistent, if the
 *           last holder died
 *   try     status 0 if it was locked, 3 if another process holds it
 *   count   TIMES: lock it, add 1 to the number in the file `count`, unlock it
 *
 * Prints "died" if the last holder died (EOWNERDEAD), and makes it consistent.
 * Status 4 if it is not recoverable, 1 for other errors.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int failed(const char *what, int error)
{
	fprintf(stderr, "%s: %s\n", what, strerror(error));
	return error == EBUSY ? 3 : error == ENOTRECOVERABLE ? 4 : 1;
}

static void make(pthread_mutex_t *mutex, const char *verb)
{
	int robust = strcmp(verb, "plain") != 0;
	pthread_mutexattr_t attributes;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	if (robust)
		pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	if (strcmp(verb, "inherit") == 0)
		pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(mutex, &attributes);
}

/* 0, or the error; what a dead holder left is consistent then, unless `as_it_is`. */
static int take(pthread_mutex_t *mutex, int wait, int as_it_is)
{
	int error = wait ? pthread_mutex_lock(mutex) : pthread_mutex_trylock(mutex);
	if (error != EOWNERDEAD)
		return error;
	puts("died");
	fflush(stdout);
	return as_it_is ? 0 : pthread_mutex_consistent(mutex);
}

static int count(pthread_mutex_t *mutex, long times)
{
	for (; times > 0; times--) {
		char number[32] = "";
		int error = take(mutex, 1, 0);
		if (error != 0)
			return error;
		FILE *file = fopen("count", "r+");
		if (file == NULL)
			return errno;
		if (fgets(number, sizeof number, file) == NULL)
			*number = '\0';
		rewind(file);
		fprintf(file, "%ld\n", strtol(number, NULL, 10) + 1);
		fclose(file);
		pthread_mutex_unlock(mutex);
	}
	return 0;
}

static int hold(pthread_mutex_t *mutex, int as_it_is)
{
	char byte;
	int error = take(mutex, 1, as_it_is);
	if (error != 0)
		return error;
	puts("held");
	fflush(stdout);
	if (read(STDIN_FILENO, &byte, 1) < 0)
		return errno;
	return pthread_mutex_unlock(mutex);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	const char *verb = argv[1];
	char name[260];
	snprintf(name, sizeof name, "/%s", argv[2]);
	size_t offset = strtoul(argv[3], NULL, 10);
	int makes = strcmp(verb, "create") == 0 || strcmp(verb, "plain") == 0 ||
	            strcmp(verb, "inherit") == 0;
	int fd = shm_open(name, O_RDWR | (makes ? O_CREAT | O_EXCL : 0), 0600);
	if (fd < 0 || (makes && ftruncate(fd, (off_t)offset + 4096) < 0))
		return failed(name, errno);
	char *bytes = mmap(NULL, offset + sizeof(pthread_mutex_t), PROT_READ | PROT_WRITE,
	                   MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return failed(name, errno);
	pthread_mutex_t *mutex = (pthread_mutex_t *)(void *)(bytes + offset);
	int error = 0;
	if (makes)
		make(mutex, verb);
	else if (strcmp(verb, "try") == 0)
		error = take(mutex, 0, 0);
	else if (strcmp(verb, "count") == 0)
		error = count(mutex, argc > 4 ? strtol(argv[4], NULL, 10) : 1);
	else
		error = hold(mutex, strcmp(verb, "abandon") == 0);
	if (error == 0 && strcmp(verb, "try") == 0)
		pthread_mutex_unlock(mutex);
	return error != 0 ? failed(verb, error) : 0;
}

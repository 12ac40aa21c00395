/* SPDX-License-Identifier: MIT */
/*
 * traced - a program for ipctrace to trace, with the system's C library
 *
 *   traced threads COUNT     COUNT threads write their numbers, from 1, to an eventfd;
 * then print the sum traced exec PROGRAM ARGUMENT...    a second thread executes it
 *   traced compat            the calls of a 32-bit program: int $0x80. Without them:
 * status 77 traced stay              print "ready", then write a byte to a pipe and read
 * it again, every 10 ms until SIGTERM traced tracer PID        trace the process by
 * ptrace(2), print "ready", and pause traced semop ID          semop(2) {-1}: print the
 * errno, 0 on success
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <time.h>
#include <unistd.h>

static int event;
static char **program;

static int number_of(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

static void *add_number(void *number)
{
	uint64_t value = (uintptr_t)number;
	if (write(event, &value, sizeof value) < 0)
		perror("write");
	return NULL;
}

static int run_threads(int count)
{
	uint64_t sum = 0;
	pthread_t threads[100];
	event = eventfd(0, 0);
	for (int i = 0; i < count; i++)
		pthread_create(&threads[i], NULL, add_number, (void *)(uintptr_t)(i + 1));
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	if (read(event, &sum, sizeof sum) < 0)
		perror("read");
	printf("%llu\n", (unsigned long long)sum);
	return 0;
}

static void *execute(void *unused)
{
	execvp(program[0], program);
	perror(program[0]);
	return unused;
}

static int run_exec(char **argv)
{
	pthread_t thread;
	program = argv;
	pthread_create(&thread, NULL, execute, NULL);
	pause();
	return 1;
}

#ifdef __x86_64__
static int call_i386(int number, long first, long second, long third)
{
	int result;
	__asm__ volatile("int $0x80"
	                 : "=a"(result)
	                 : "a"(number), "b"(first), "c"(second), "d"(third)
	                 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

static _Noreturn void ignore_fault(int signal)
{
	(void)signal;
	_exit(77);
}

static int run_compat(void)
{
	enum {
		WRITE = 4,
		MSGGET = 399,
		MSGSND = 400,
		MSGRCV = 401,
		MSGCTL = 402,
		EVENTFD2 = 328
	};
	struct message {
		int32_t type;
		char text[16];
	} *message = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	signal(SIGSEGV, ignore_fault);
	int id = call_i386(MSGGET, 0, 0600, 0);
	if (id < 0)
		return 77;
	message->type = 7;
	strcpy(message->text, "hello");
	int result;
	register long nothing __asm__("esi") = 0;
	__asm__ volatile("int $0x80"
	                 : "=a"(result)
	                 : "a"(MSGSND), "b"((long)id), "c"(message), "d"(5L), "r"(nothing)
	                 : "memory", "r8", "r9", "r10", "r11");
	call_i386(MSGCTL, id, 0, 0);
	return result == 0 ? 0 : 1;
}
#else
static int run_compat(void)
{
	return 77;
}
#endif

static int run_stay(void)
{
	struct timespec pause_time = {.tv_nsec = 10000000};
	int ends[2];
	char byte = 'x';
	if (pipe(ends) < 0)
		return 1;
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (write(ends[1], &byte, 1) != 1 || read(ends[0], &byte, 1) != 1)
			return 1;
		nanosleep(&pause_time, NULL);
	}
}

static int run_tracer(int pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return 1;
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}

static int run_semop(int id)
{
	struct sembuf take = {.sem_op = -1};
	printf("%d\n", semop(id, &take, 1) < 0 ? errno : 0);
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	if (strcmp(verb, "threads") == 0 && argc > 2)
		return run_threads(number_of(argv[2]));
	if (strcmp(verb, "exec") == 0 && argc > 2)
		return run_exec(argv + 2);
	if (strcmp(verb, "compat") == 0)
		return run_compat();
	if (strcmp(verb, "stay") == 0)
		return run_stay();
	if (strcmp(verb, "tracer") == 0 && argc > 2)
		return run_tracer(number_of(argv[2]));
	if (strcmp(verb, "semop") == 0 && argc > 2)
		return run_semop(number_of(argv[2]));
	return 2;
}

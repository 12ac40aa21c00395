/* SPDX-License-Identifier: MIT */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/ktimer.h"

/* The kernel's struct sigevent. */
struct kernel_sigevent {
	uint64_t value;
	int32_t signal, notify, thread;
	int32_t rest[11];
};

_Static_assert(sizeof(struct kernel_sigevent) == 64,
               "the size that timer_create(2) reads");

enum { NOTIFY_PROCESS = 0 /* SIGEV_SIGNAL */, NOTIFY_THREAD = 4 /* SIGEV_THREAD_ID */ };

int ktimer_create(int *timer, int signal, int thread)
{
	struct kernel_sigevent event = {.signal = signal,
	                                .notify =
	                                    thread != 0 ? NOTIFY_THREAD : NOTIFY_PROCESS,
	                                .thread = thread};
	return (int)syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, timer);
}

void ktimer_start(int timer, int64_t nanoseconds)
{
	const int64_t second = 1000000000;
	struct itimerspec times = {.it_value = {.tv_sec = (time_t)(nanoseconds / second),
	                                        .tv_nsec = (long)(nanoseconds % second)}};
	syscall(SYS_timer_settime, timer, 0, &times, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/call.h"
#include "base/frontend.h"
#include "base/ksig.h"
#include "base/termsig.h"

const int termsig_numbers[TERMSIG_COUNT] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

uint64_t termsig_set(void)
{
	uint64_t set = 0;
	for (int i = 0; i < TERMSIG_COUNT; i++)
		set |= ksig_bit(termsig_numbers[i]);
	return set;
}

/* Async-signal-safe. A time in the past fires at once. */
void termsig_fire_timer(int timer, const struct timespec *at)
{
	enum { ABSOLUTE = 1 /* TIMER_ABSTIME */, TEN_MILLISECONDS = 10000000 };
	struct itimerspec when = {.it_interval = {.tv_nsec = TEN_MILLISECONDS},
	                          .it_value = {.tv_nsec = 1}};
	int saved = errno;
	if (at != NULL)
		when.it_value = *at;
	syscall(SYS_timer_settime, timer, ABSOLUTE, &when, NULL);
	errno = saved;
}

void termsig_register_timer(int timer)
{
	if (call_current->termsig != NULL)
		call_current->termsig->timer = timer + 1;
}

static void spoil_poll(struct termsig *termsig)
{
	/* poll(2) ignores a negative one */
	if (termsig->polled != NULL)
		*termsig->polled = INT_MAX;
}

static void termsig_handler(int signal)
{
	struct termsig *termsig = call_current->termsig;
	if (termsig == NULL)
		return;
	__atomic_fetch_or(&termsig->pending, 1 << signal, __ATOMIC_SEQ_CST);
	termsig->timeout = (struct timespec){0};
	spoil_poll(termsig);
	if (termsig->timer > 0)
		termsig_fire_timer(termsig->timer - 1, NULL);
}

static int first_pending(const struct termsig *termsig)
{
	int pending = termsig->pending & ~termsig->ignored;
	return pending != 0 ? __builtin_ctz((unsigned)pending) : 0;
}

static int pending_or_frontend_signal(const struct termsig *termsig)
{
	if (termsig != NULL && first_pending(termsig) != 0)
		return first_pending(termsig);
	if (termsig == NULL && call_current->delivered_signal != 0)
		return call_current->delivered_signal;
	/* a shell's handlers record other signals too: ALRM, USR1 … */
	return frontend_pending_signal();
}

/* Setting first and checking the old one after: one call for most instead of two. */
static void catch_termination_signals(struct termsig *termsig)
{
	struct sigaction action = {.sa_handler = termsig_handler};
	memset(&action.sa_mask, 0xff, sizeof action.sa_mask);
	for (int i = 0; i < TERMSIG_COUNT; i++) {
		ksig_action(termsig_numbers[i], &action, &termsig->saved[i]);
		if (termsig->saved[i].sa_handler != SIG_IGN)
			continue;
		termsig->ignored |= 1 << termsig_numbers[i];
		ksig_action(termsig_numbers[i], &termsig->saved[i], NULL);
	}
}

void termsig_begin(struct termsig *termsig)
{
	termsig_catch();
	*termsig = (struct termsig){.outer = call_current->termsig};
	call_current->termsig = termsig;
	catch_termination_signals(termsig);
	int before = termsig->outer != NULL ? first_pending(termsig->outer)
	                                    : call_current->delivered_signal;
	if (before != 0)
		__atomic_fetch_or(&termsig->pending, 1 << before, __ATOMIC_SEQ_CST);
}

void termsig_block(struct termsig *termsig)
{
	termsig_catch();
	*termsig = (struct termsig){.outer = call_current->termsig, .blocked = true};
	termsig->mask = ksig_procmask(SIG_BLOCK, termsig_set());
	call_current->termsig = termsig;
}

void termsig_catch(void)
{
	struct termsig *termsig = call_current->termsig;
	if (!termsig_is_blocked())
		return;
	termsig->blocked = false;
	catch_termination_signals(termsig);
	/* the handler records the ones that are pending now */
	ksig_procmask(SIG_SETMASK, termsig->mask);
}

bool termsig_is_blocked(void)
{
	return call_current->termsig != NULL && call_current->termsig->blocked;
}

int termsig_pending(void)
{
	return pending_or_frontend_signal(call_current->termsig);
}

bool termsig_take(int signal)
{
	struct termsig *termsig = call_current->termsig;
	int bit = 1 << signal;
	return termsig != NULL &&
	       (__atomic_fetch_and(&termsig->pending, ~bit, __ATOMIC_SEQ_CST) & bit) != 0;
}

bool termsig_is_active(void)
{
	return call_current->termsig != NULL;
}

enum status termsig_end(struct termsig *termsig, enum status status)
{
	if (termsig->blocked) {
		call_current->termsig = termsig->outer;
		ksig_procmask(SIG_SETMASK, termsig->mask);
		return status;
	}
	for (int i = 0; i < TERMSIG_COUNT; i++)
		if (!(termsig->ignored & 1 << termsig_numbers[i]))
			ksig_action(termsig_numbers[i], &termsig->saved[i], NULL);
	call_current->termsig = termsig->outer;
	int signal = first_pending(termsig);
	if (signal == 0)
		return status;
	call_current->delivered_signal = signal;
	kill(getpid(), signal);
	return (enum status)(STATUS_SIGNAL + signal);
}

struct timespec *termsig_timeout(struct timespec value, struct timespec *fallback)
{
	termsig_catch();
	struct termsig *termsig = call_current->termsig;
	if (termsig == NULL) {
		*fallback = value;
		return fallback;
	}
	termsig->timeout = value;
	__asm__ volatile("" ::: "memory");
	if (pending_or_frontend_signal(termsig) != 0)
		termsig->timeout = (struct timespec){0};
	return &termsig->timeout;
}

void termsig_guard_poll(int *fd)
{
	struct termsig *termsig = call_current->termsig;
	termsig->polled = fd;
	__asm__ volatile("" ::: "memory");
	if (pending_or_frontend_signal(termsig) != 0)
		spoil_poll(termsig);
}

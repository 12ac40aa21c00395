#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/call.h"
#include "base/frontend.h"
#include "base/sigset.h"
#include "base/termsig.h"

static const int ending_signals[INTERRUPT_SIGNALS] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/* Called by a handler too: a moment that has passed is now. */
void interrupt_set_off(int timer, const struct timespec *at)
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

void interrupt_sets_off(int timer)
{
	if (call_current->interrupt != NULL)
		call_current->interrupt->alarm = timer + 1;
}

static void note_signal(int signal)
{
	struct interrupt *interrupt = call_current->interrupt;
	if (interrupt == NULL)
		return;
	__atomic_fetch_or(&interrupt->noted, 1 << signal, __ATOMIC_SEQ_CST);
	interrupt->timeout = (struct timespec){0};
	if (interrupt->alarm > 0)
		interrupt_set_off(interrupt->alarm - 1, NULL);
}

static int first_noted(const struct interrupt *interrupt)
{
	int noted = interrupt->noted & ~interrupt->ignored;
	return noted != 0 ? __builtin_ctz((unsigned)noted) : 0;
}

static int pending_in(const struct interrupt *interrupt)
{
	if (interrupt != NULL && first_noted(interrupt) != 0)
		return first_noted(interrupt);
	if (interrupt == NULL && call_current->ended_by != 0)
		return call_current->ended_by;
	/* a shell's own handler notes others than ours: ALRM, USR1 … */
	return front_signal();
}

/* To set one and look at what it was afterwards is one call where most are two. */
static void catch_signals(struct interrupt *interrupt)
{
	struct sigaction action = {.sa_handler = note_signal};
	memset(&action.sa_mask, 0xff, sizeof action.sa_mask);
	for (int i = 0; i < INTERRUPT_SIGNALS; i++) {
		sig_action(ending_signals[i], &action, &interrupt->saved[i]);
		if (interrupt->saved[i].sa_handler != SIG_IGN)
			continue;
		interrupt->ignored |= 1 << ending_signals[i];
		sig_action(ending_signals[i], &interrupt->saved[i], NULL);
	}
}

void interrupt_begin(struct interrupt *interrupt)
{
	interrupt_arm();
	*interrupt = (struct interrupt){.outer = call_current->interrupt};
	call_current->interrupt = interrupt;
	catch_signals(interrupt);
	int before = interrupt->outer != NULL ? first_noted(interrupt->outer)
	                                      : call_current->ended_by;
	if (before != 0)
		__atomic_fetch_or(&interrupt->noted, 1 << before, __ATOMIC_SEQ_CST);
}

void interrupt_defer(struct interrupt *interrupt)
{
	uint64_t set = 0;
	for (int i = 0; i < INTERRUPT_SIGNALS; i++)
		set |= sig_bit(ending_signals[i]);
	interrupt_arm();
	*interrupt =
	    (struct interrupt){.outer = call_current->interrupt, .deferred = true};
	interrupt->mask = sig_mask(SIG_BLOCK, set);
	call_current->interrupt = interrupt;
}

void interrupt_arm(void)
{
	struct interrupt *interrupt = call_current->interrupt;
	if (!interrupt_is_deferred())
		return;
	interrupt->deferred = false;
	catch_signals(interrupt);
	/* those that came meanwhile are noted now */
	sig_mask(SIG_SETMASK, interrupt->mask);
}

bool interrupt_is_deferred(void)
{
	return call_current->interrupt != NULL && call_current->interrupt->deferred;
}

int interrupt_pending(void)
{
	return pending_in(call_current->interrupt);
}

bool interrupt_active(void)
{
	return call_current->interrupt != NULL;
}

enum status interrupt_end(struct interrupt *interrupt, enum status status)
{
	if (interrupt->deferred) {
		call_current->interrupt = interrupt->outer;
		sig_mask(SIG_SETMASK, interrupt->mask);
		return status;
	}
	for (int i = 0; i < INTERRUPT_SIGNALS; i++)
		if (!(interrupt->ignored & 1 << ending_signals[i]))
			sig_action(ending_signals[i], &interrupt->saved[i], NULL);
	call_current->interrupt = interrupt->outer;
	int signal = first_noted(interrupt);
	if (signal == 0)
		return status;
	call_current->ended_by = signal;
	kill(getpid(), signal);
	return (enum status)(STATUS_SIGNAL + signal);
}

struct timespec *interrupt_timeout(struct timespec value, struct timespec *fallback)
{
	interrupt_arm();
	struct interrupt *interrupt = call_current->interrupt;
	if (interrupt == NULL) {
		*fallback = value;
		return fallback;
	}
	interrupt->timeout = value;
	__asm__ volatile("" ::: "memory");
	if (pending_in(interrupt) != 0)
		interrupt->timeout = (struct timespec){0};
	return &interrupt->timeout;
}

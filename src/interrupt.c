#include <string.h>
#include <unistd.h>

#include "front.h"
#include "interrupt.h"
#include "sig.h"

static const int ending_signals[INTERRUPT_SIGNALS] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

static struct interrupt *volatile innermost;

static int ended_by;

static void note_signal(int signal)
{
	struct interrupt *interrupt = innermost;
	if (interrupt == NULL)
		return;
	__atomic_fetch_or(&interrupt->noted, 1 << signal, __ATOMIC_SEQ_CST);
	interrupt->timeout = (struct timespec){0};
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
	if (interrupt == NULL && ended_by != 0)
		return ended_by;
	/* a shell's own handler notes others than ours: ALRM, USR1 … */
	return front_signal();
}

void interrupt_begin(struct interrupt *interrupt)
{
	struct sigaction action = {.sa_handler = note_signal};
	memset(&action.sa_mask, 0xff, sizeof action.sa_mask);
	*interrupt = (struct interrupt){.outer = innermost};
	innermost = interrupt;
	/* to set it and look at what it was afterwards is one call where most are two */
	for (int i = 0; i < INTERRUPT_SIGNALS; i++) {
		sig_action(ending_signals[i], &action, &interrupt->saved[i]);
		if (interrupt->saved[i].sa_handler != SIG_IGN)
			continue;
		interrupt->ignored |= 1 << ending_signals[i];
		sig_action(ending_signals[i], &interrupt->saved[i], NULL);
	}
	int before = interrupt->outer != NULL ? first_noted(interrupt->outer) : ended_by;
	if (before != 0)
		__atomic_fetch_or(&interrupt->noted, 1 << before, __ATOMIC_SEQ_CST);
}

int interrupt_pending(void)
{
	return pending_in(innermost);
}

bool interrupt_active(void)
{
	return innermost != NULL;
}

void interrupt_forget(void)
{
	ended_by = 0;
}

enum status interrupt_end(struct interrupt *interrupt, enum status status)
{
	for (int i = 0; i < INTERRUPT_SIGNALS; i++)
		if (!(interrupt->ignored & 1 << ending_signals[i]))
			sig_action(ending_signals[i], &interrupt->saved[i], NULL);
	innermost = interrupt->outer;
	int signal = first_noted(interrupt);
	if (signal == 0)
		return status;
	ended_by = signal;
	kill(getpid(), signal);
	return (enum status)(STATUS_SIGNAL + signal);
}

struct timespec *interrupt_timeout(struct timespec value, struct timespec *fallback)
{
	struct interrupt *interrupt = innermost;
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

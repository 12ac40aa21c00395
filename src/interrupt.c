#include <stddef.h>
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
	if (interrupt->signal == 0)
		interrupt->signal = signal;
	interrupt->timeout = (struct timespec){0};
}

static int pending_in(const struct interrupt *interrupt)
{
	if (interrupt != NULL && interrupt->signal != 0)
		return interrupt->signal;
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
	for (int i = 0; i < INTERRUPT_SIGNALS; i++) {
		sig_action(ending_signals[i], NULL, &interrupt->saved[i]);
		interrupt->caught[i] = interrupt->saved[i].sa_handler != SIG_IGN;
		if (interrupt->caught[i])
			sig_action(ending_signals[i], &action, NULL);
	}
	int before = pending_in(interrupt->outer);
	if (interrupt->signal == 0)
		interrupt->signal = before;
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
		if (interrupt->caught[i])
			sig_action(ending_signals[i], &interrupt->saved[i], NULL);
	innermost = interrupt->outer;
	int signal = interrupt->signal;
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

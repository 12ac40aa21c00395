/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/frontend.h"
#include "base/ksig.h"
#include "base/ktimer.h"
#include "base/syscall_timer.h"
#include "base/trace.h"

/* qemu-user does not have the last two signals. */
enum { TIMER_SIGNAL = KSIG_RTMAX, EMULATED_TIMER_SIGNAL = KSIG_RTMAX - 2 };

/* Its only purpose is to interrupt the system call. */
static void timer_signal_handler(int signal)
{
	(void)signal;
}

static int create_thread_timer(struct syscall_timer *syscall_timer)
{
	int *timer = &syscall_timer->timer, thread = (int)syscall(SYS_gettid);
	syscall_timer->signal = TIMER_SIGNAL;
	if (ktimer_create(timer, TIMER_SIGNAL, thread) == 0)
		return 0;
	syscall_timer->signal = EMULATED_TIMER_SIGNAL;
	if (errno == EINVAL && ktimer_create(timer, EMULATED_TIMER_SIGNAL, thread) == 0)
		return 0;
	/* EAGAIN is RLIMIT_SIGPENDING here, and does not mean "try later" */
	if (errno == EAGAIN)
		errno = ETIME;
	return -1;
}

static void syscall_timer_begin_termsig(struct syscall_timer *syscall_timer)
{
	syscall_timer->owns_termsig = frontend_is_builtin() && !termsig_is_active();
	if (syscall_timer->owns_termsig)
		termsig_begin(&syscall_timer->termsig);
	termsig_catch();
}

static void syscall_timer_end_termsig(struct syscall_timer *syscall_timer)
{
	int saved = errno;
	if (syscall_timer->owns_termsig)
		termsig_end(&syscall_timer->termsig, STATUS_OK);
	errno = saved;
}

static void catch_timer_signal(struct syscall_timer *syscall_timer)
{
	/* without SA_RESTART */
	struct sigaction action = {.sa_handler = timer_signal_handler};
	ksig_action(syscall_timer->signal, &action, &syscall_timer->saved);
	syscall_timer->mask = ksig_procmask(SIG_UNBLOCK, ksig_bit(syscall_timer->signal));
}

int syscall_timer_begin(struct syscall_timer *syscall_timer,
                        const struct deadline *deadline)
{
	trace_wait("a system call with a timer",
	           TRACE_ENABLED ? deadline_left(deadline) : 0);
	*syscall_timer = (struct syscall_timer){.deadline = deadline, .timer = -1};
	syscall_timer_begin_termsig(syscall_timer);
	/* without a deadline, and holding nothing, the process ends by the signal */
	if (deadline->timeout.kind == TIMEOUT_NONE && !termsig_is_active())
		return 0;
	if (create_thread_timer(syscall_timer) < 0) {
		syscall_timer_end_termsig(syscall_timer);
		return -1;
	}
	catch_timer_signal(syscall_timer);
	termsig_register_timer(syscall_timer->timer);
	if (deadline->timeout.kind != TIMEOUT_NONE)
		termsig_fire_timer(syscall_timer->timer,
		                   deadline->timeout.kind == TIMEOUT_AFTER ? &deadline->at
		                                                           : NULL);
	if (termsig_pending() == 0)
		return 0;
	syscall_timer_end(syscall_timer);
	errno = EINTR;
	return -1;
}

int syscall_timer_begin_brief(struct syscall_timer *syscall_timer)
{
	enum { MILLISECOND = 1000000 };
	struct itimerspec times = {.it_value = {.tv_nsec = MILLISECOND},
	                           .it_interval = {.tv_nsec = MILLISECOND}};
	*syscall_timer = (struct syscall_timer){.timer = -1};
	if (create_thread_timer(syscall_timer) < 0)
		return -1;
	catch_timer_signal(syscall_timer);
	syscall(SYS_timer_settime, syscall_timer->timer, 0, &times, NULL);
	return 0;
}

bool syscall_timer_should_retry(const struct syscall_timer *syscall_timer)
{
	if (errno != EINTR)
		return false;
	if (termsig_pending() != 0)
		return false;
	if (deadline_left(syscall_timer->deadline) > 0)
		return true;
	errno = deadline_errno(syscall_timer->deadline);
	return false;
}

void syscall_timer_end(struct syscall_timer *syscall_timer)
{
	trace_woken("a system call with a timer", 0);
	int saved = errno;
	if (syscall_timer->timer >= 0) {
		termsig_register_timer(-1);
		/* a pending one is handled as these return: it is still unblocked */
		syscall(SYS_timer_delete, syscall_timer->timer);
		ksig_procmask(SIG_SETMASK, syscall_timer->mask);
		ksig_action(syscall_timer->signal, &syscall_timer->saved, NULL);
	}
	errno = saved;
	syscall_timer_end_termsig(syscall_timer);
}

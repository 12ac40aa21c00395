#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/frontend.h"
#include "base/sigset.h"
#include "base/syscall_timer.h"

enum { ALARM_SIGNAL = SIG_RTMAX };

/* The kernel's struct sigevent: 64 bytes. The libraries name the thread differently. */
struct kernel_event {
	uint64_t value;
	int32_t signal, notify, thread;
	int32_t rest[11];
};

_Static_assert(sizeof(struct kernel_event) == 64, "as the kernel has it");

enum { NOTIFY_THREAD = 4 /* SIGEV_THREAD_ID */ };

/* That it is called is all: the call that waits is cut short. */
static void interrupt_call(int signal)
{
	(void)signal;
}

static int make_timer(int *timer)
{
	struct kernel_event event = {.signal = ALARM_SIGNAL,
	                             .notify = NOTIFY_THREAD,
	                             .thread = (int32_t)syscall(SYS_gettid)};
	if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, timer) == 0)
		return 0;
	/* EAGAIN is RLIMIT_SIGPENDING, nothing to wait for */
	if (errno == EAGAIN)
		errno = ETIME;
	return -1;
}

static void begin_pair(struct alarm *alarm)
{
	alarm->own_pair = front_is_builtin() && !interrupt_active();
	if (alarm->own_pair)
		interrupt_begin(&alarm->pair);
	interrupt_arm();
}

static void end_pair(struct alarm *alarm)
{
	int saved = errno;
	if (alarm->own_pair)
		interrupt_end(&alarm->pair, STATUS_DONE);
	errno = saved;
}

static void catch_alarm(struct alarm *alarm)
{
	/* without SA_RESTART */
	struct sigaction action = {.sa_handler = interrupt_call};
	sig_action(ALARM_SIGNAL, &action, &alarm->saved);
	alarm->mask = sig_mask(SIG_UNBLOCK, sig_bit(ALARM_SIGNAL));
}

int alarm_begin(struct alarm *alarm, const struct deadline *deadline)
{
	*alarm = (struct alarm){.deadline = deadline, .timer = -1};
	begin_pair(alarm);
	/* who waits for ever and holds nothing is ended by the signal itself */
	if (deadline->patience.kind == FOR_EVER && !interrupt_active())
		return 0;
	if (make_timer(&alarm->timer) < 0) {
		end_pair(alarm);
		return -1;
	}
	catch_alarm(alarm);
	interrupt_sets_off(alarm->timer);
	if (deadline->patience.kind != FOR_EVER)
		interrupt_set_off(alarm->timer, deadline->patience.kind == AT_MOST
		                                    ? &deadline->at
		                                    : NULL);
	if (interrupt_pending() == 0)
		return 0;
	alarm_end(alarm);
	errno = EINTR;
	return -1;
}

bool alarm_goes_on(const struct alarm *alarm)
{
	if (errno != EINTR)
		return false;
	if (interrupt_pending() != 0)
		return false;
	if (deadline_left(alarm->deadline) > 0)
		return true;
	errno = deadline_errno(alarm->deadline);
	return false;
}

void alarm_end(struct alarm *alarm)
{
	int saved = errno;
	if (alarm->timer >= 0) {
		interrupt_sets_off(-1);
		/* what is pending is handled as these return: it is not blocked yet */
		syscall(SYS_timer_delete, alarm->timer);
		sig_mask(SIG_SETMASK, alarm->mask);
		sig_action(ALARM_SIGNAL, &alarm->saved, NULL);
	}
	errno = saved;
	end_pair(alarm);
}

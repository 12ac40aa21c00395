/* SPDX-License-Identifier: MIT */
#include "inspect/screen_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "base/ksig.h"
#include "base/termsig.h"
#include "io/error.h"
#include "process/helper.h"
#include "process/stop_forwarder_process.h"

enum { GUARD_INTERVAL = 200 /* milliseconds */ };

/* Is anything to be restored? It is set before the change, and becomes nothing after it
 * was undone, so that no kill is missed. */
enum guard_state { GUARD_NOTHING, GUARD_MODES, GUARD_SCREEN, GUARD_STATES };

struct screen_guard_note {
	/* of both processes, atomically: how often the screen was entered, times
	 * GUARD_STATES, and an enum guard_state */
	unsigned state;
	bool over; /* the helper has to end */
	struct termios before, during;
};

/* No automatic wrap: a row that is too wide must not push the others. */
static const char enter_sequence[] = "\33[?1049h\33[?25l\33[?7l";
static const char leave_sequence[] = "\33[0m\33[?7h\33[?25h\33[?1049l";

/* -1: they could not be restored. */
static int restore_modes(const struct screen_guard_note *note)
{
	/* musl leaves what the kernel does not have of c_cc as it is */
	struct termios now = {0};
	const struct termios *during = &note->during;
	if (tcgetattr(STDIN_FILENO, &now) < 0)
		return -1;
	if (now.c_lflag != during->c_lflag || now.c_iflag != during->c_iflag ||
	    memcmp(now.c_cc, during->c_cc, sizeof now.c_cc) != 0)
		return 0;
	return tcsetattr(STDIN_FILENO, TCSANOW, &note->before);
}

/* Does not wait for a terminal that takes nothing: its process has to end. */
static void write_sequence(const char *sequence, size_t length)
{
	struct pollfd terminal = {.fd = STDOUT_FILENO, .events = POLLOUT};
	if (poll(&terminal, 1, 1000) > 0 && write(STDOUT_FILENO, sequence, length) < 0)
		errno = 0; /* hung up: nothing is left to restore */
}

static void restore_terminal(struct screen_guard_note *note)
{
	unsigned was = __atomic_load_n(&note->state, __ATOMIC_SEQ_CST);
	unsigned state = was % GUARD_STATES;
	/* the other process tries it too */
	if (state != GUARD_NOTHING && restore_modes(note) < 0)
		return;
	if (state == GUARD_SCREEN)
		write_sequence(leave_sequence, sizeof leave_sequence - 1);
	/* not if it has been entered again */
	__atomic_compare_exchange_n(&note->state, &was, was - state, false,
	                            __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static char read_state(int stat)
{
	char text[512];
	ssize_t length = pread(stat, text, sizeof text - 1, 0);
	text[length > 0 ? length : 0] = '\0';
	return stop_forwarder_parse_state(text);
}

/* It has a session of its own: no stop and no SIGTTOU reaches it. */
static _Noreturn void guard_process_main(struct screen_guard_note *note, pid_t parent)
{
	int terminal[] = {STDIN_FILENO, STDOUT_FILENO};
	char path[32];
	helper_detach("screen-guard", terminal, 2);
	snprintf(path, sizeof path, "/proc/%d/stat", (int)parent);
	int stat = open(path, O_RDONLY | O_CLOEXEC);
	struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, parent, 0U),
	                     .events = POLLIN};
	/* poll(2) leaves out a descriptor that could not be opened */
	while (getppid() == parent && poll(&end, 1, GUARD_INTERVAL) <= 0 &&
	       !__atomic_load_n(&note->over, __ATOMIC_SEQ_CST))
		if (read_state(stat) == 'T')
			restore_terminal(note);
	restore_terminal(note);
	_exit(0);
}

static void set_modes(struct screen_guard_note *note)
{
	struct termios *modes = &note->during;
	*modes = note->before;
	modes->c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN);
	modes->c_lflag |= ISIG;
	modes->c_iflag &= ~(tcflag_t)(IXON | INLCR | IGNCR);
	modes->c_iflag |= ICRNL;
	modes->c_cc[VMIN] = 1;
	modes->c_cc[VTIME] = 0;
	modes->c_cc[VSUSP] = _POSIX_VDISABLE;
}

enum status screen_guard_begin(struct screen_guard *guard)
{
	uint64_t mask;
	*guard = (struct screen_guard){.helper = -1};
	struct screen_guard_note *note = mmap(NULL, sizeof *note, PROT_READ | PROT_WRITE,
	                                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (note == MAP_FAILED)
		return error_errno_as(STATUS_FAILED, "cannot allocate memory");
	guard->note = note;
	if (tcgetattr(STDIN_FILENO, &note->before) < 0)
		return error_errno_as(STATUS_FAILED, "standard input");
	set_modes(note);
	pid_t self = getpid();
	guard->helper = helper_fork(&mask);
	if (guard->helper == 0)
		guard_process_main(note, self);
	if (guard->helper < 0)
		return error_errno_as(STATUS_FAILED, "cannot start a process");
	ksig_procmask(SIG_SETMASK, mask);
	return STATUS_OK;
}

int screen_guard_enter(struct screen_guard *guard)
{
	struct screen_guard_note *note = guard->note;
	unsigned was = __atomic_load_n(&note->state, __ATOMIC_SEQ_CST);
	unsigned next = was - was % GUARD_STATES + GUARD_STATES;
	__atomic_store_n(&note->state, next + GUARD_MODES, __ATOMIC_SEQ_CST);
	while (tcsetattr(STDIN_FILENO, TCSANOW, &note->during) < 0) {
		if (errno != EINTR)
			return -1;
		if (termsig_pending() != 0)
			return 0;
	}
	__atomic_store_n(&note->state, next + GUARD_SCREEN, __ATOMIC_SEQ_CST);
	write_sequence(enter_sequence, sizeof enter_sequence - 1);
	return 0;
}

void screen_guard_leave(struct screen_guard *guard)
{
	uint64_t mask = ksig_procmask(SIG_BLOCK, ksig_bit(SIGTTOU));
	restore_terminal(guard->note);
	ksig_procmask(SIG_SETMASK, mask);
}

void screen_guard_end(struct screen_guard *guard)
{
	int wait_status;
	if (guard->note == NULL)
		return;
	screen_guard_leave(guard);
	if (guard->helper > 0) {
		__atomic_store_n(&guard->note->over, true, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&guard->note->state, __ATOMIC_SEQ_CST) %
		        GUARD_STATES ==
		    GUARD_NOTHING)
			kill(guard->helper, SIGKILL);
		helper_wait(guard->helper, &wait_status);
	}
	munmap(guard->note, sizeof *guard->note);
	guard->note = NULL;
}

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/frontend.h"
#include "base/sigset.h"
#include "base/value.h"
#include "io/report.h"
#include "signal/signame.h"

struct signal_row {
	int number;
	const char *name, *description;
};

/* The name that is printed first; a row without a description is an alias. */
static const struct signal_row signals[] = {
    {SIGHUP, "HUP", "Hangup"},
    {SIGINT, "INT", "Interrupt"},
    {SIGQUIT, "QUIT", "Quit"},
    {SIGILL, "ILL", "Illegal instruction"},
    {SIGTRAP, "TRAP", "Trace/breakpoint trap"},
    {SIGABRT, "ABRT", "Aborted"},
    {SIGBUS, "BUS", "Bus error"},
    {SIGFPE, "FPE", "Floating point exception"},
    {SIGKILL, "KILL", "Killed"},
    {SIGUSR1, "USR1", "User defined signal 1"},
    {SIGSEGV, "SEGV", "Segmentation fault"},
    {SIGUSR2, "USR2", "User defined signal 2"},
    {SIGPIPE, "PIPE", "Broken pipe"},
    {SIGALRM, "ALRM", "Alarm clock"},
    {SIGTERM, "TERM", "Terminated"},
    {SIGSTKFLT, "STKFLT", "Stack fault"},
    {SIGCHLD, "CHLD", "Child exited"},
    {SIGCONT, "CONT", "Continued"},
    {SIGSTOP, "STOP", "Stopped (signal)"},
    {SIGTSTP, "TSTP", "Stopped"},
    {SIGTTIN, "TTIN", "Stopped (tty input)"},
    {SIGTTOU, "TTOU", "Stopped (tty output)"},
    {SIGURG, "URG", "Urgent I/O condition"},
    {SIGXCPU, "XCPU", "CPU time limit exceeded"},
    {SIGXFSZ, "XFSZ", "File size limit exceeded"},
    {SIGVTALRM, "VTALRM", "Virtual timer expired"},
    {SIGPROF, "PROF", "Profiling timer expired"},
    {SIGWINCH, "WINCH", "Window changed"},
    {SIGIO, "IO", "I/O possible"},
    {SIGPWR, "PWR", "Power failure"},
    {SIGSYS, "SYS", "Bad system call"},
    {SIGABRT, "IOT", NULL},
    {SIGCHLD, "CLD", NULL},
    {SIGIO, "POLL", NULL},
    {SIGSYS, "UNUSED", NULL},
};

enum { SIGNAL_ROWS = sizeof signals / sizeof *signals };

static const struct signal_row *row_of(int number)
{
	for (int i = 0; i < SIGNAL_ROWS; i++)
		if (signals[i].number == number)
			return &signals[i];
	return NULL;
}

/* A whole number without a sign, or -1. */
static int plain_number(const char *text, int max)
{
	uint64_t n;
	return value_unsigned(text, &n) == NULL && n <= (uint64_t)max ? (int)n : -1;
}

/* base, or what follows it: base + N or base - N, inside the real-time range. */
static int real_time(const char *rest, char sign, int base)
{
	if (*rest == '\0')
		return base;
	int n = *rest == sign ? plain_number(rest + 1, SIG_RTMAX - SIG_RTMIN) : -1;
	if (n < 0)
		return -1;
	return sign == '+' ? base + n : base - n;
}

/*
 * In capitals and without SIG in front; false where it is too long for a name.
 * Not strcasecmp(3), which asks the locale of a shell that we are a builtin of.
 */
static bool plain_name(const char *text, struct sig_name *name)
{
	size_t length = strlen(text);
	if (length >= sizeof name->text)
		return false;
	for (size_t i = 0; i <= length; i++) {
		char c = text[i];
		name->text[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	if (strncmp(name->text, "SIG", 3) == 0)
		memmove(name->text, name->text + 3, length - 3 + 1);
	return true;
}

/* -1 where there is no such signal. */
static int by_name(const char *text)
{
	struct sig_name name;
	if (*text >= '0' && *text <= '9')
		return plain_number(text, SIG_COUNT);
	if (!plain_name(text, &name))
		return -1;
	for (int i = 0; i < SIGNAL_ROWS; i++)
		if (strcmp(name.text, signals[i].name) == 0)
			return signals[i].number;
	if (strncmp(name.text, "RTMIN", 5) == 0)
		return real_time(name.text + 5, '+', SIG_RTMIN);
	if (strncmp(name.text, "RTMAX", 5) == 0)
		return real_time(name.text + 5, '-', SIG_RTMAX);
	if (strncmp(name.text, "RT", 2) != 0)
		return -1;
	int n = plain_number(name.text + 2, SIG_RTMAX - SIG_RTMIN);
	return n < 0 ? -1 : SIG_RTMIN + n;
}

enum status sig_parse(const char *text, int *number)
{
	*number = by_name(text);
	if (*number >= 0)
		return STATUS_DONE;
	return fail_as(STATUS_FAILED, "%s: No such signal", text);
}

const char *sig_name(int number, struct sig_name *name)
{
	enum { MIDDLE = SIG_RTMIN + (SIG_RTMAX - SIG_RTMIN) / 2 };
	const struct signal_row *row = row_of(number);
	if (row != NULL)
		snprintf(name->text, sizeof name->text, "%s", row->name);
	else if (number == SIG_RTMIN || number == SIG_RTMAX)
		strcpy(name->text, number == SIG_RTMIN ? "RTMIN" : "RTMAX");
	else if (number > SIG_RTMIN && number <= MIDDLE)
		snprintf(name->text, sizeof name->text, "RTMIN+%d", number - SIG_RTMIN);
	else if (number > MIDDLE && number < SIG_RTMAX)
		snprintf(name->text, sizeof name->text, "RTMAX-%d", SIG_RTMAX - number);
	else
		snprintf(name->text, sizeof name->text, "%d", number);
	return name->text;
}

const char *sig_description(int number, char text[32])
{
	const struct signal_row *row = row_of(number);
	if (row != NULL)
		return row->description;
	if (number >= SIG_RTMIN && number <= SIG_RTMAX)
		snprintf(text, 32, "Real-time signal %d", number - SIG_RTMIN);
	else
		snprintf(text, 32, "Signal %d", number);
	return text;
}

enum status sig_parse_catchable(const char *text, int *number)
{
	struct sig_name name;
	enum status status = sig_parse(text, number);
	if (status != STATUS_DONE)
		return status;
	if (*number < 1)
		return fail_as(STATUS_FAILED, "%s: No such signal", text);
	if (!(sig_bit(*number) & sig_catchable()))
		return fail_as(STATUS_FAILED, "%s: cannot be caught",
		               sig_name(*number, &name));
	return STATUS_DONE;
}

enum status sig_parse_set(int count, char **texts, uint64_t *set)
{
	*set = 0;
	for (int i = 0; i < count; i++) {
		int number;
		enum status status = sig_parse_catchable(texts[i], &number);
		if (status != STATUS_DONE)
			return status;
		*set |= sig_bit(number);
	}
	return STATUS_DONE;
}

/* Take what is pending and would be let loose; SIGCHLD is a shell's own. */
static void drop(uint64_t set)
{
	static const struct timespec at_once = {0};
	set &= ~sig_bit(SIGCHLD);
	while (syscall(SYS_rt_sigtimedwait, &set, NULL, &at_once, sizeof set) > 0)
		continue;
}

void sig_watch_end(struct sig_watch *watch)
{
	if (watch->fd >= 0)
		close(watch->fd);
	/* a program ends now; one more signal must not make another end of it */
	if (!front_is_builtin())
		return;
	drop(watch->set & ~watch->saved_mask);
	sig_mask(SIG_SETMASK, watch->saved_mask);
	if (watch->took_child)
		kill(getpid(), SIGCHLD);
}

enum status sig_watch_begin(struct sig_watch *watch, uint64_t set)
{
	*watch = (struct sig_watch){.set = set, .saved_mask = sig_mask(SIG_BLOCK, set)};
	watch->fd = sig_fd(set);
	if (watch->fd >= 0)
		return STATUS_DONE;
	enum status status = fail("signalfd");
	sig_watch_end(watch);
	return status;
}

size_t sig_watch_read(struct sig_watch *watch, struct signalfd_siginfo *infos,
                      size_t count)
{
	ssize_t length = read(watch->fd, infos, count * sizeof *infos);
	size_t taken = length > 0 ? (size_t)length / sizeof *infos : 0;
	for (size_t i = 0; i < taken; i++)
		watch->took_child |= infos[i].ssi_signo == SIGCHLD;
	return taken;
}

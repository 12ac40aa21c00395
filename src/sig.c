#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "report.h"
#include "sig.h"
#include "value.h"

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

int sig_by_name(const char *text)
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
	*number = sig_by_name(text);
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

uint64_t sig_catchable(void)
{
	return ~(sig_bit(SIGKILL) | sig_bit(SIGSTOP));
}

uint64_t sig_mask(int how, uint64_t set)
{
	uint64_t before = 0;
	syscall(SYS_rt_sigprocmask, how, &set, &before, sizeof set);
	return before;
}

int sig_fd(uint64_t set)
{
	return (int)syscall(SYS_signalfd4, -1, &set, sizeof set,
	                    SFD_CLOEXEC | SFD_NONBLOCK);
}

#ifdef __x86_64__

/* What the kernel calls a struct sigaction. */
struct kernel_action {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

enum { HAS_RESTORER = 0x04000000 };

/* rt_sigreturn(2), to which a handler returns; only on this processor is it ours to make.
 */
__attribute__((naked)) static void restorer(void)
{
	__asm__ volatile("mov %0, %%eax\n\tsyscall" : : "i"(SYS_rt_sigreturn));
}

int sig_action(int number, const struct sigaction *action, struct sigaction *before)
{
	struct kernel_action new, old;
	if (action != NULL) {
		new = (struct kernel_action){
		    .handler = action->sa_handler,
		    .flags = (unsigned long)action->sa_flags | HAS_RESTORER,
		    .restorer =
		        action->sa_flags & HAS_RESTORER ? action->sa_restorer : restorer};
		memcpy(&new.mask, &action->sa_mask, sizeof new.mask);
	}
	if (syscall(SYS_rt_sigaction, number, action != NULL ? &new : NULL, &old,
	            sizeof old.mask) < 0)
		return -1;
	if (before != NULL) {
		*before = (struct sigaction){.sa_handler = old.handler,
		                             .sa_flags = (int)old.flags,
		                             .sa_restorer = old.restorer};
		memcpy(&before->sa_mask, &old.mask, sizeof old.mask);
	}
	return 0;
}

#else

int sig_action(int number, const struct sigaction *action, struct sigaction *before)
{
	return sigaction(number, action, before);
}

#endif

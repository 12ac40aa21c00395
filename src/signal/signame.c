/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/ksig.h"
#include "base/value.h"
#include "io/error.h"
#include "io/suggestion.h"
#include "signal/signame.h"

/* The longest description has 24 characters; a pointer to it would be no shorter. */
struct signame_row {
	unsigned char number;
	char name[7], description[25];
};

/* The name to print comes first; a row without a description is an alias. */
static const struct signame_row signame_rows[] = {
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
    {SIGABRT, "IOT", ""},
    {SIGCHLD, "CLD", ""},
    {SIGIO, "POLL", ""},
    {SIGSYS, "UNUSED", ""},
};

enum { SIGNAME_ROWS = sizeof signame_rows / sizeof *signame_rows };

static const struct signame_row *find_signame_row(int number)
{
	for (int i = 0; i < SIGNAME_ROWS; i++)
		if (signame_rows[i].number == number)
			return &signame_rows[i];
	return NULL;
}

/* A whole number without a sign, or -1. */
static int parse_signal_number(const char *text, int max)
{
	uint64_t n;
	return value_unsigned(text, &n) == NULL && n <= (uint64_t)max ? (int)n : -1;
}

/* base, or base + N or base - N within the real-time range; -1 for anything else. */
static int parse_realtime_offset(const char *rest, char sign, int base)
{
	if (*rest == '\0')
		return base;
	int n =
	    *rest == sign ? parse_signal_number(rest + 1, KSIG_RTMAX - KSIG_RTMIN) : -1;
	if (n < 0)
		return -1;
	return sign == '+' ? base + n : base - n;
}

/*
 * In capitals and without SIG; false if it is too long for a name. Not strcasecmp(3),
 * which depends on the locale, in a builtin on the shell's.
 */
static bool normalize_signame(const char *text, struct signame *name)
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

int signame_number(const char *text)
{
	struct signame name;
	if (*text >= '0' && *text <= '9')
		return parse_signal_number(text, KSIG_COUNT);
	if (!normalize_signame(text, &name))
		return -1;
	for (int i = 0; i < SIGNAME_ROWS; i++)
		if (strcmp(name.text, signame_rows[i].name) == 0)
			return signame_rows[i].number;
	if (strncmp(name.text, "RTMIN", 5) == 0)
		return parse_realtime_offset(name.text + 5, '+', KSIG_RTMIN);
	if (strncmp(name.text, "RTMAX", 5) == 0)
		return parse_realtime_offset(name.text + 5, '-', KSIG_RTMAX);
	if (strncmp(name.text, "RT", 2) != 0)
		return -1;
	int n = parse_signal_number(name.text + 2, KSIG_RTMAX - KSIG_RTMIN);
	return n < 0 ? -1 : KSIG_RTMIN + n;
}

const char *signame_suggest(struct suggestion *suggestion, const char *text,
                            const char *prefix)
{
	size_t length = strlen(text);
	bool has_prefix = length > 3 && suggestion_distance(text, 3, "SIG", 3, 0) == 0;
	suggestion_begin(suggestion, text + (has_prefix ? 3 : 0),
	                 length - (has_prefix ? 3 : 0));
	for (int i = 0; i < SIGNAME_ROWS; i++)
		suggestion_consider(suggestion, signame_rows[i].name,
		                    strlen(signame_rows[i].name));
	suggestion_consider_words(suggestion, "RTMIN RTMAX");
	return suggestion_text(suggestion, prefix);
}

enum status signame_parse(const char *text, int *number)
{
	*number = signame_number(text);
	if (*number >= 0)
		return STATUS_OK;
	struct suggestion suggestion;
	return error_as(STATUS_FAILED, "%s: No such signal%s",
	                text[0] != '\0' ? text : "''",
	                signame_suggest(&suggestion, text, ""));
}

const char *signame_format(int number, struct signame *name)
{
	enum { MIDDLE = KSIG_RTMIN + (KSIG_RTMAX - KSIG_RTMIN) / 2 };
	const struct signame_row *row = find_signame_row(number);
	if (row != NULL)
		snprintf(name->text, sizeof name->text, "%s", row->name);
	else if (number == KSIG_RTMIN || number == KSIG_RTMAX)
		strcpy(name->text, number == KSIG_RTMIN ? "RTMIN" : "RTMAX");
	else if (number > KSIG_RTMIN && number <= MIDDLE)
		snprintf(name->text, sizeof name->text, "RTMIN+%d", number - KSIG_RTMIN);
	else if (number > MIDDLE && number < KSIG_RTMAX)
		snprintf(name->text, sizeof name->text, "RTMAX-%d", KSIG_RTMAX - number);
	else
		snprintf(name->text, sizeof name->text, "%d", number);
	return name->text;
}

const char *signame_description(int number, char text[32])
{
	const struct signame_row *row = find_signame_row(number);
	if (row != NULL)
		return row->description;
	if (number >= KSIG_RTMIN && number <= KSIG_RTMAX)
		snprintf(text, 32, "Real-time signal %d", number - KSIG_RTMIN);
	else
		snprintf(text, 32, "Signal %d", number);
	return text;
}

enum status signame_parse_catchable(const char *text, int *number)
{
	struct signame name;
	enum status status = signame_parse(text, number);
	if (status != STATUS_OK)
		return status;
	if (*number < 1)
		return error_as(STATUS_FAILED, "%s: No such signal", text);
	if (!(ksig_bit(*number) & ksig_catchable()))
		return error_as(STATUS_FAILED, "%s: cannot be caught",
		                signame_format(*number, &name));
	return STATUS_OK;
}

enum status signame_parse_set(int count, char **texts, uint64_t *set)
{
	*set = 0;
	for (int i = 0; i < count; i++) {
		int number;
		enum status status = signame_parse_catchable(texts[i], &number);
		if (status != STATUS_OK)
			return status;
		*set |= ksig_bit(number);
	}
	return STATUS_OK;
}

/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/ksig.h"
#include "base/procfs.h"
#include "base/value.h"
#include "io/error.h"
#include "io/escape.h"
#include "io/output.h"
#include "process/pidfd.h"
#include "signal/explanation.h"
#include "signal/signame.h"

/* ------------------------------------------------------------------- text */

struct sentence {
	char *text;
	int length;
};

__attribute__((format(printf, 2, 3))) static void append_to(struct sentence *sentence,
                                                            const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length =
	    vsnprintf(sentence->text + sentence->length,
	              EXPLANATION_BYTES - (size_t)sentence->length, format, arguments);
	va_end(arguments);
	sentence->length += length;
}

/* signal(7), "Standard signals". */
static const char *default_action(int signal)
{
	static const uint64_t ignored = UINT64_C(1) << (SIGCHLD - 1) |
	                                UINT64_C(1) << (SIGURG - 1) |
	                                UINT64_C(1) << (SIGWINCH - 1);
	static const uint64_t stops =
	    UINT64_C(1) << (SIGSTOP - 1) | UINT64_C(1) << (SIGTSTP - 1) |
	    UINT64_C(1) << (SIGTTIN - 1) | UINT64_C(1) << (SIGTTOU - 1);
	static const uint64_t cores =
	    UINT64_C(1) << (SIGQUIT - 1) | UINT64_C(1) << (SIGILL - 1) |
	    UINT64_C(1) << (SIGTRAP - 1) | UINT64_C(1) << (SIGABRT - 1) |
	    UINT64_C(1) << (SIGBUS - 1) | UINT64_C(1) << (SIGFPE - 1) |
	    UINT64_C(1) << (SIGSEGV - 1) | UINT64_C(1) << (SIGXCPU - 1) |
	    UINT64_C(1) << (SIGXFSZ - 1) | UINT64_C(1) << (SIGSYS - 1);
	uint64_t bit = ksig_bit(signal);
	return (bit & ignored) != 0 ? "is ignored by default"
	       : (bit & stops) != 0 ? "stops it"
	       : (bit & cores) != 0 ? "terminates it, with a core dump if it may make one"
	                            : "terminates it";
}

/*
 * The init process of a PID namespace gets only signals for which it has a handler, and
 * KILL and STOP from outside.
 */
static bool is_protected(const struct explanation *facts)
{
	const struct procstat *p = &facts->procstat;
	bool only = facts->signal == SIGKILL || facts->signal == SIGSTOP;
	return p->inner == 1 && (p->caught & ksig_bit(facts->signal)) == 0 &&
	       !(only && p->process != 1);
}

/* Why it has no effect at all; NULL: it has one. */
static const char *why_no_effect(const struct explanation *facts)
{
	const struct procstat *p = &facts->procstat;
	uint64_t bit = ksig_bit(facts->signal);
	if (!p->has_memory)
		return "has no effect: it is a kernel thread";
	if (facts->signal == 0)
		return "tests only: it exists, and can be signalled";
	if (is_protected(facts))
		return "has no effect: it is the init process of a PID namespace, and "
		       "has no handler for it";
	if ((p->pending & bit) != 0 && facts->signal < KSIG_RTMIN)
		return "has no effect: it is pending already";
	if ((p->ignored & ~p->blocked & bit) != 0 && facts->signal != SIGCONT)
		return "is ignored";
	return NULL;
}

static void say_action(struct sentence *sentence, const struct explanation *facts)
{
	const struct procstat *p = &facts->procstat;
	uint64_t bit = ksig_bit(facts->signal);
	if (facts->signal == SIGCONT)
		append_to(sentence,
		          p->state == 'T' ? "continues it" : "finds it not stopped");
	if ((p->blocked & bit) != 0)
		append_to(sentence,
		          "%sis blocked, and stays pending until it is unblocked or read",
		          facts->signal == SIGCONT ? ", " : "");
	else if ((p->caught & bit) != 0)
		append_to(sentence, "%sruns its handler",
		          facts->signal == SIGCONT ? " and " : "");
	else if (facts->signal != SIGCONT)
		append_to(sentence, "%s", default_action(facts->signal));
}

static void say_obstacles(struct sentence *sentence, const struct explanation *facts)
{
	const struct procstat *p = &facts->procstat;
	bool kill = facts->signal == SIGKILL;
	if (facts->signal >= KSIG_RTMIN && p->queued >= p->queue_limit)
		append_to(sentence,
		          "; the signal queue of its user is full (%lu of %lu): %s",
		          p->queued, p->queue_limit,
		          facts->queued ? "it cannot be sent"
		                        : "it arrives once, without its sender");
	if (p->state == 'T' && !kill && facts->signal != SIGCONT)
		append_to(sentence, "; not before it is continued: it is stopped");
	if (p->state == 'D')
		append_to(sentence,
		          "; not before a system call that cannot be interrupted ends");
	if (p->tracer != 0 && !kill)
		append_to(sentence, "; process %d traces it, and decides", p->tracer);
	if (p->inner != 0 && p->inner != p->process)
		append_to(sentence,
		          "; in its PID namespace it is %d, and the sender is 0",
		          p->inner);
}

int explanation_format(char text[EXPLANATION_BYTES], const struct explanation *facts)
{
	const struct procstat *p = &facts->procstat;
	struct sentence sentence = {.text = text};
	struct signame name;
	append_to(&sentence, "%d (", p->process);
	sentence.length += (int)escape_text(text + sentence.length, p->command);
	append_to(&sentence, "): %s ", signame_format(facts->signal, &name));
	if (!facts->alive)
		append_to(
		    &sentence,
		    "has no effect: it has ended, and its parent %d has not waited for "
		    "it",
		    p->parent);
	else if (!facts->permitted)
		append_to(&sentence, "is not permitted: it is a process of another user");
	else if (why_no_effect(facts) != NULL)
		append_to(&sentence, "%s", why_no_effect(facts));
	else {
		say_action(&sentence, facts);
		say_obstacles(&sentence, facts);
	}
	return sentence.length;
}

/* ------------------------------------------------------------------ facts */

static void add_thread(struct explanation *facts, const struct procstat *thread)
{
	if (thread->state == 'Z' || thread->state == 'X')
		return;
	facts->alive = true;
	facts->procstat.blocked &= thread->blocked;
	facts->procstat.has_memory |= thread->has_memory;
}

/* A signal for a process is delivered to any thread that does not block it. */
static int read_threads(struct explanation *facts, pid_t pid)
{
	char path[32];
	struct procstat thread;
	snprintf(path, sizeof path, "/proc/%d/task", pid);
	DIR *threads = opendir(path);
	if (threads == NULL) {
		procfs_correct_errno();
		return -1;
	}
	int error = 0;
	facts->procstat.blocked = ~UINT64_C(0);
	while (error == 0) {
		errno = 0;
		struct dirent *entry = readdir(threads);
		if (entry == NULL)
			break;
		pid_t tid = (pid_t)value_strtoull(entry->d_name, NULL, 10);
		if (tid > 0 && procstat_read(&thread, pid, tid) == 0)
			add_thread(facts, &thread);
		else if (tid > 0 && errno != ESRCH)
			error = errno;
	}
	error = error != 0 ? error : errno;
	closedir(threads);
	errno = error;
	return error == 0 ? 0 : -1;
}

/* kill(2): SIGCONT is also permitted within a session. */
static bool is_permitted(pid_t pid, int pidfd, int signal)
{
	return pidfd_send(pidfd, 0, NULL) == 0 || errno != EPERM ||
	       (signal == SIGCONT && getsid(pid) == getsid(0));
}

enum status explanation_print(pid_t pid, int pidfd, int signal, bool queued)
{
	char text[EXPLANATION_BYTES];
	struct explanation facts = {.signal = signal, .queued = queued};
	if (procstat_read(&facts.procstat, pid, 0) < 0 || read_threads(&facts, pid) < 0)
		return error_errno("%d", pid);
	facts.permitted = is_permitted(pid, pidfd, signal);
	bool ended = !facts.alive && facts.procstat.state != 'Z';
	/* if it has been waited for, all of this may be about another process */
	if (ended || (pidfd_send(pidfd, 0, NULL) < 0 && errno == ESRCH)) {
		errno = ESRCH;
		return error_errno("%d", pid);
	}
	explanation_format(text, &facts);
	return output_printf("%s\n", text);
}

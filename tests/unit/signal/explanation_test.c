/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <string.h>

#include "../check.h"
#include "base/ksig.h"
#include "signal/explanation.h"

#define BIT(signal) (UINT64_C(1) << ((signal)-1))

/* A process 7 that is called x, catches USR1, ignores USR2 and blocks INT. */
static const struct explanation plain = {.permitted = true,
                                         .alive = true,
                                         .procstat = {.process = 7,
                                                      .command = "x",
                                                      .state = 'S',
                                                      .parent = 1,
                                                      .inner = 7,
                                                      .has_memory = true,
                                                      .caught = BIT(SIGUSR1),
                                                      .ignored = BIT(SIGUSR2),
                                                      .blocked = BIT(SIGINT),
                                                      .queue_limit = 10}};

static const char *explain(const struct explanation *facts, int signal)
{
	static char text[EXPLANATION_BYTES];
	struct explanation copy = *facts;
	copy.signal = signal;
	explanation_format(text, &copy);
	return text;
}

TEST(a_signal_has_the_effect_that_the_process_has_chosen)
{
	static const struct {
		int signal;
		const char *text;
	} rows[] = {
	    {0, "7 (x): 0 tests only: it exists, and can be signalled"},
	    {SIGTERM, "7 (x): TERM terminates it"},
	    {SIGKILL, "7 (x): KILL terminates it"},
	    {64, "7 (x): RTMAX terminates it"},
	    {SIGQUIT, "7 (x): QUIT terminates it, with a core dump if it may make one"},
	    {SIGSTOP, "7 (x): STOP stops it"},
	    {SIGTSTP, "7 (x): TSTP stops it"},
	    {SIGCHLD, "7 (x): CHLD is ignored by default"},
	    {SIGUSR1, "7 (x): USR1 runs its handler"},
	    {SIGUSR2, "7 (x): USR2 is ignored"},
	    {SIGINT,
	     "7 (x): INT is blocked, and stays pending until it is unblocked or read"},
	    {SIGCONT, "7 (x): CONT finds it not stopped"},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_EQUAL(explain(&plain, rows[i].signal), rows[i].text);
}

TEST(a_stopped_process_gets_a_signal_later)
{
	struct explanation facts = plain;
	facts.procstat.state = 'T';
	CHECK_EQUAL(
	    explain(&facts, SIGTERM),
	    "7 (x): TERM terminates it; not before it is continued: it is stopped");
	CHECK_EQUAL(explain(&facts, SIGKILL), "7 (x): KILL terminates it");
	CHECK_EQUAL(explain(&facts, SIGCONT), "7 (x): CONT continues it");
	facts.procstat.caught = BIT(SIGCONT);
	CHECK_EQUAL(explain(&facts, SIGCONT),
	            "7 (x): CONT continues it and runs its handler");
	facts.procstat.blocked = BIT(SIGCONT);
	CHECK_EQUAL(explain(&facts, SIGCONT),
	            "7 (x): CONT continues it, is blocked, and stays pending until it is "
	            "unblocked or read");
}

TEST(what_keeps_a_signal_from_the_process_is_said)
{
	struct explanation facts = plain;
	facts.procstat.pending = BIT(SIGINT);
	CHECK_EQUAL(explain(&facts, SIGINT),
	            "7 (x): INT has no effect: it is pending already");
	facts = plain;
	facts.procstat.ignored = BIT(SIGINT);
	CHECK_EQUAL(
	    explain(&facts, SIGINT),
	    "7 (x): INT is blocked, and stays pending until it is unblocked or read");
	facts = plain;
	facts.procstat.queued = 10;
	CHECK_EQUAL(explain(&facts, 64),
	            "7 (x): RTMAX terminates it; the signal queue of its user "
	            "is full (10 of 10): it arrives once, without its sender");
	facts.queued = true;
	CHECK_EQUAL(explain(&facts, 64),
	            "7 (x): RTMAX terminates it; the signal queue of its user "
	            "is full (10 of 10): it cannot be sent");
	CHECK_EQUAL(explain(&facts, SIGTERM), "7 (x): TERM terminates it");
	facts = plain;
	facts.procstat.state = 'D';
	CHECK_EQUAL(explain(&facts, SIGKILL),
	            "7 (x): KILL terminates it; not before a system call "
	            "that cannot be interrupted ends");
	facts = plain;
	facts.procstat.tracer = 9;
	CHECK_EQUAL(explain(&facts, SIGTERM),
	            "7 (x): TERM terminates it; process 9 traces it, and decides");
	CHECK_EQUAL(explain(&facts, SIGKILL), "7 (x): KILL terminates it");
	facts = plain;
	facts.procstat.inner = 3;
	CHECK_EQUAL(explain(&facts, SIGTERM),
	            "7 (x): TERM terminates it; in its PID namespace it "
	            "is 3, and the sender is 0");
}

TEST(a_process_that_no_signal_reaches_is_told_from_the_others)
{
	static const char init[] =
	    "has no effect: it is the init process of a PID namespace, and "
	    "has no handler for it";
	struct explanation facts = plain;
	facts.alive = facts.procstat.has_memory = false;
	CHECK_EQUAL(explain(&facts, SIGKILL),
	            "7 (x): KILL has no effect: it has ended, and its "
	            "parent 1 has not waited for it");
	facts.alive = true;
	CHECK_EQUAL(explain(&facts, SIGKILL),
	            "7 (x): KILL has no effect: it is a kernel thread");
	facts = plain;
	facts.permitted = false;
	CHECK_EQUAL(explain(&facts, SIGKILL),
	            "7 (x): KILL is not permitted: it is a process of another user");
	facts = plain;
	facts.procstat.inner = 1;
	CHECK(strstr(explain(&facts, SIGTERM), init) != NULL);
	CHECK(strstr(explain(&facts, SIGKILL), init) == NULL);
	CHECK(strstr(explain(&facts, SIGUSR1), init) == NULL);
	facts.procstat.process = 1;
	CHECK(strstr(explain(&facts, SIGKILL), init) != NULL);
}

TEST(the_name_of_a_process_is_escaped)
{
	struct explanation facts = plain;
	strcpy(facts.procstat.command, "a\n\x1b[");
	CHECK_EQUAL(explain(&facts, SIGTERM), "7 (a\\x0a\\x1b[): TERM terminates it");
	memset(facts.procstat.command, '\n', sizeof facts.procstat.command - 1);
	facts.procstat.tracer = facts.procstat.inner = 2147483647;
	facts.procstat.queued = facts.procstat.queue_limit = ~0UL;
	CHECK(strlen(explain(&facts, 64)) < EXPLANATION_BYTES - 1);
}

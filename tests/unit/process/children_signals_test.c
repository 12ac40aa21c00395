/* SPDX-License-Identifier: MIT */
#include <signal.h>

#include "../check.h"
#include "base/ksig.h"
#include "process/children_signals.h"

TEST(the_keys_and_the_size_of_the_terminal_reach_the_whole_process_group)
{
	static const int signals[] = {SIGINT,  SIGQUIT, SIGTSTP,
	                              SIGTTIN, SIGTTOU, SIGWINCH};
	for (size_t i = 0; i < COUNT(signals); i++) {
		check_about("signal %d", signals[i]);
		CHECK(children_signals_reached_group(signals[i], false));
		CHECK(children_signals_reached_group(signals[i], true));
	}
}

TEST(a_hang_up_reaches_the_session_leader_alone)
{
	CHECK(!children_signals_reached_group(SIGHUP, true));
	CHECK(!children_signals_reached_group(SIGCONT, true));
	CHECK(children_signals_reached_group(SIGHUP, false));
	CHECK(children_signals_reached_group(SIGCONT, false));
}

TEST(alarms_and_other_signals_of_the_kernel_reach_one_process)
{
	static const int signals[] = {SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU,
	                              SIGIO,   SIGTERM,   SIGURG,  KSIG_RTMIN};
	for (size_t i = 0; i < COUNT(signals); i++) {
		check_about("signal %d", signals[i]);
		CHECK(!children_signals_reached_group(signals[i], false));
	}
}

TEST(an_alarm_is_a_signal_of_a_timer_or_a_limit)
{
	CHECK_EQUAL(children_signals_alarms(), ksig_bit(SIGALRM) | ksig_bit(SIGVTALRM) |
	                                           ksig_bit(SIGPROF) | ksig_bit(SIGXCPU));
}

/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>

#include "../check.h"
#include "signal/siginfo.h"

static const char *formatted(const struct signalfd_siginfo *info, bool json)
{
	static char line[SIGINFO_LINE_BYTES];
	int length = siginfo_format(line, info, json);
	CHECK_EQUAL(length, strlen(line));
	return line;
}

TEST(a_line_has_the_signal_its_sender_and_its_value)
{
	struct signalfd_siginfo info = {.ssi_signo = SIGUSR1,
	                                .ssi_code = SI_USER,
	                                .ssi_pid = 4711,
	                                .ssi_uid = 1000,
	                                .ssi_int = 7};
	CHECK_EQUAL(formatted(&info, false),
	            "Got signal 10 (USR1) from pid 4711 uid 1000\n");
	CHECK_EQUAL(formatted(&info, true), "{\"signal\":10,\"name\":\"USR1\",\"code\":"
	                                    "\"SI_USER\",\"pid\":4711,\"uid\":1000}\n");
	info.ssi_code = SI_QUEUE;
	CHECK_EQUAL(formatted(&info, false),
	            "Got signal 10 (USR1) from pid 4711 uid 1000 value 7\n");
	CHECK_EQUAL(formatted(&info, true),
	            "{\"signal\":10,\"name\":\"USR1\",\"code\":\"SI_QUEUE\",\"pid\":4711,"
	            "\"uid\":1000,\"value\":7}\n");
}

TEST(the_longest_line_fits)
{
	struct signalfd_siginfo info = {.ssi_signo = 49,
	                                .ssi_code = SI_QUEUE,
	                                .ssi_pid = UINT32_MAX,
	                                .ssi_uid = UINT32_MAX,
	                                .ssi_int = INT32_MIN};
	CHECK_EQUAL(formatted(&info, false), "Got signal 49 (RTMIN+15) from pid "
	                                     "4294967295 uid 4294967295 value "
	                                     "-2147483648\n");
	CHECK_EQUAL(formatted(&info, true),
	            "{\"signal\":49,\"name\":\"RTMIN+15\",\"code\":\"SI_QUEUE\",\"pid\":"
	            "4294967295,\"uid\":4294967295,\"value\":-2147483648}\n");
}

/* A number of the kernel means something else with each signal. */
TEST(a_code_has_the_name_that_it_has_with_this_signal)
{
	static const struct {
		unsigned signal;
		int code;
		const char *name;
		bool is_child_change;
	} rows[] = {
	    {SIGCHLD, CLD_EXITED, "CLD_EXITED", true},
	    {SIGCHLD, CLD_KILLED, "CLD_KILLED", true},
	    {SIGCHLD, CLD_DUMPED, "CLD_DUMPED", true},
	    {SIGCHLD, CLD_TRAPPED, "CLD_TRAPPED", true},
	    {SIGCHLD, CLD_STOPPED, "CLD_STOPPED", true},
	    {SIGCHLD, CLD_CONTINUED, "CLD_CONTINUED", true},
	    {SIGCHLD, SI_USER, "SI_USER", false},
	    {SIGCHLD, SI_QUEUE, "SI_QUEUE", false},
	    {SIGCHLD, SI_KERNEL, "SI_KERNEL", false},
	    {SIGUSR1, CLD_EXITED, "1", false},
	    {SIGINT, SI_KERNEL, "SI_KERNEL", false},
	    {SIGALRM, SI_TIMER, "SI_TIMER", false},
	    {SIGUSR1, SI_MESGQ, "SI_MESGQ", false},
	    {SIGUSR1, SI_TKILL, "SI_TKILL", false},
	    {SIGIO, SI_ASYNCIO, "SI_ASYNCIO", false},
	    {SIGIO, SI_SIGIO, "SI_SIGIO", false},
	    {SIGUSR1, -60, "-60", false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct signalfd_siginfo info = {.ssi_signo = rows[i].signal,
		                                .ssi_code = rows[i].code};
		check_about("signal %u, code %d", rows[i].signal, rows[i].code);
		CHECK_EQUAL(siginfo_is_child_change(&info), rows[i].is_child_change);
		CHECK_EQUAL(siginfo_export(&info), 0);
		CHECK_EQUAL(getenv("SI_CODE"), rows[i].name);
	}
}

TEST(an_object_has_the_status_of_a_child)
{
	struct signalfd_siginfo info = {
	    .ssi_signo = SIGCHLD, .ssi_code = CLD_EXITED, .ssi_pid = 5, .ssi_status = 3};
	CHECK_EQUAL(formatted(&info, true),
	            "{\"signal\":17,\"name\":\"CHLD\",\"code\":\"CLD_EXITED\",\"pid\":5,"
	            "\"uid\":0,\"status\":3}\n");
	info.ssi_code = SI_USER;
	CHECK_EQUAL(formatted(&info, true), "{\"signal\":17,\"name\":\"CHLD\",\"code\":"
	                                    "\"SI_USER\",\"pid\":5,\"uid\":0}\n");
}

TEST(the_environment_has_all_of_a_signal_and_no_value_of_the_one_before)
{
	struct signalfd_siginfo info = {.ssi_signo = 34,
	                                .ssi_code = SI_QUEUE,
	                                .ssi_pid = 4711,
	                                .ssi_uid = 1000,
	                                .ssi_int = -7};
	CHECK_EQUAL(siginfo_export(&info), 0);
	CHECK_EQUAL(getenv("SIGNAL"), "RTMIN");
	CHECK_EQUAL(getenv("SI_PID"), "4711");
	CHECK_EQUAL(getenv("SI_UID"), "1000");
	CHECK_EQUAL(getenv("SI_CODE"), "SI_QUEUE");
	CHECK_EQUAL(getenv("SI_VALUE"), "-7");
	info.ssi_code = SI_USER;
	CHECK_EQUAL(siginfo_export(&info), 0);
	CHECK_EQUAL(getenv("SI_CODE"), "SI_USER");
	CHECK_EQUAL(getenv("SI_VALUE"), "");
}

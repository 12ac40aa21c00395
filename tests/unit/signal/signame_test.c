/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "signal/signame.h"

static void check_number_of(const char *text, int expected)
{
	int number = -2;
	check_about("'%s'", text);
	CHECK_EQUAL(signame_parse(text, &number), STATUS_OK);
	CHECK_EQUAL(number, expected);
}

/* As kill(1) of bash has them: signal N is the Nth. */
static const char *const names[65] = {
    NULL,       "HUP",      "INT",      "QUIT",     "ILL",      "TRAP",     "ABRT",
    "BUS",      "FPE",      "KILL",     "USR1",     "SEGV",     "USR2",     "PIPE",
    "ALRM",     "TERM",     "STKFLT",   "CHLD",     "CONT",     "STOP",     "TSTP",
    "TTIN",     "TTOU",     "URG",      "XCPU",     "XFSZ",     "VTALRM",   "PROF",
    "WINCH",    "IO",       "PWR",      "SYS",      "32",       "33",       "RTMIN",
    "RTMIN+1",  "RTMIN+2",  "RTMIN+3",  "RTMIN+4",  "RTMIN+5",  "RTMIN+6",  "RTMIN+7",
    "RTMIN+8",  "RTMIN+9",  "RTMIN+10", "RTMIN+11", "RTMIN+12", "RTMIN+13", "RTMIN+14",
    "RTMIN+15", "RTMAX-14", "RTMAX-13", "RTMAX-12", "RTMAX-11", "RTMAX-10", "RTMAX-9",
    "RTMAX-8",  "RTMAX-7",  "RTMAX-6",  "RTMAX-5",  "RTMAX-4",  "RTMAX-3",  "RTMAX-2",
    "RTMAX-1",  "RTMAX"};

TEST(each_signal_has_its_name_and_each_name_its_signal)
{
	for (int number = 1; number <= 64; number++) {
		struct signame name;
		char text[32];
		check_about("signal %d", number);
		CHECK_EQUAL(signame_format(number, &name), names[number]);
		check_number_of(names[number], number);
		snprintf(text, sizeof text, "SIG%s", names[number]);
		if (!isdigit((unsigned char)names[number][0]))
			check_number_of(text, number);
		for (char *c = text; *c != '\0'; c++)
			*c = (char)tolower((unsigned char)*c);
		if (!isdigit((unsigned char)names[number][0])) {
			check_number_of(text, number);
			check_number_of(text + 3, number);
		}
		snprintf(text, sizeof text, "%d", number);
		check_number_of(text, number);
	}
}

TEST(a_number_that_is_no_signal_is_its_own_name)
{
	static const int numbers[] = {0, 65, 255, -1};
	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct signame name;
		char text[16];
		snprintf(text, sizeof text, "%d", numbers[i]);
		CHECK_EQUAL(signame_format(numbers[i], &name), text);
	}
}

TEST(real_time_signals_count_from_both_ends)
{
	for (unsigned n = 0; n <= 30; n++) {
		char text[16];
		snprintf(text, sizeof text, "RTMIN+%u", n);
		check_number_of(text, (int)(34 + n));
		snprintf(text, sizeof text, "RTMAX-%u", n);
		check_number_of(text, (int)(64 - n));
		snprintf(text, sizeof text, "RT%u", n);
		check_number_of(text, (int)(34 + n));
	}
}

TEST(some_signals_have_another_name_and_0_is_a_number)
{
	check_number_of("IOT", SIGABRT);
	check_number_of("CLD", SIGCHLD);
	check_number_of("POLL", SIGIO);
	check_number_of("UNUSED", SIGSYS);
	check_number_of("sigcld", SIGCHLD);
	check_number_of("0", 0);
	check_number_of("00", 0);
	check_number_of("015", 15);
}

TEST(a_text_that_is_not_a_signal_is_reported)
{
	static const char *const texts[] = {"",
	                                    "NOPE",
	                                    "SIG",
	                                    "SIGSIGINT",
	                                    "INT ",
	                                    " INT",
	                                    "-1",
	                                    "+1",
	                                    "65",
	                                    "1x",
	                                    "99999999999999999999",
	                                    "RTMIN+31",
	                                    "RTMAX-31",
	                                    "RTMIN-1",
	                                    "RTMAX+1",
	                                    "RTMIN+",
	                                    "RTMIN+x",
	                                    "RTMIN1",
	                                    "RT31",
	                                    "RT",
	                                    "RT+1",
	                                    "RTMIN+-1",
	                                    "EXIT",
	                                    "ERR",
	                                    "İNT",
	                                    "SIG2",
	                                    "RTMAX-",
	                                    "RTMIN+1x",
	                                    "RTMIN+99999999999999999999",
	                                    "SIGTERMSIGTERMSIGTERM"};
	for (size_t i = 0; i < COUNT(texts); i++) {
		char expected[64];
		int number;
		check_about("'%s'", texts[i]);
		check_capture(STDERR_FILENO);
		CHECK_EQUAL(signame_parse(texts[i], &number), STATUS_FAILED);
		snprintf(expected, sizeof expected, "ipctool: %s: No such signal\n",
		         texts[i][0] != '\0' ? texts[i] : "''");
		/* a suggestion may follow */
		const char *message = check_captured(STDERR_FILENO);
		size_t length = strlen(expected) - 1;
		CHECK(strncmp(message, expected, length) == 0);
		CHECK(message[length] == '\n' || message[length] == ' ');
	}
}

TEST(the_signal_that_was_meant_is_suggested)
{
	static const char *const texts[][2] = {
	    {"KIL", "KIL: No such signal (did you mean KILL?)"},
	    {"sigtrem", "sigtrem: No such signal (did you mean TERM?)"},
	    {"USR3", "USR3: No such signal (did you mean USR1 or USR2?)"},
	    {"NOPE", "NOPE: No such signal"},
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		char expected[64];
		int number;
		check_capture(STDERR_FILENO);
		CHECK_EQUAL(signame_parse(texts[i][0], &number), STATUS_FAILED);
		snprintf(expected, sizeof expected, "ipctool: %s\n", texts[i][1]);
		CHECK_EQUAL(check_captured(STDERR_FILENO), expected);
	}
}

#ifdef __GLIBC__
TEST(names_and_descriptions_are_those_of_the_C_library)
{
	for (int number = 1; number < 32; number++) {
		struct signame name;
		char text[32];
		check_about("signal %d", number);
		/* the same signal by its other name */
		if (number != SIGIO)
			CHECK_EQUAL(signame_format(number, &name), sigabbrev_np(number));
		CHECK_EQUAL(signame_description(number, text), sigdescr_np(number));
	}
}
#endif

TEST(every_signal_has_a_description)
{
	char text[32];
	for (int number = 1; number <= 64; number++) {
		const char *description = signame_description(number, text);
		CHECK(description != NULL && *description != '\0');
	}
	CHECK_EQUAL(signame_description(SIGINT, text), "Interrupt");
	CHECK_EQUAL(signame_description(34, text), "Real-time signal 0");
	CHECK_EQUAL(signame_description(64, text), "Real-time signal 30");
	CHECK_EQUAL(signame_description(33, text), "Signal 33");
}

TEST(a_set_holds_each_signal_that_is_named)
{
	char *texts[] = {"INT", "2", "RTMIN", "64"};
	uint64_t set = 1;
	CHECK_EQUAL(signame_parse_set(4, texts, &set), STATUS_OK);
	CHECK_EQUAL(set, UINT64_C(1) << 1 | UINT64_C(1) << 33 | UINT64_C(1) << 63);
	CHECK_EQUAL(signame_parse_set(0, texts, &set), STATUS_OK);
	CHECK_EQUAL(set, 0);
}

TEST(a_signal_that_cannot_be_caught_is_not_in_a_set)
{
	static const struct {
		char *text;
		const char *message;
	} rows[] = {{"KILL", "ipctool: KILL: cannot be caught\n"},
	            {"19", "ipctool: STOP: cannot be caught\n"},
	            {"0", "ipctool: 0: No such signal\n"},
	            {"NOPE", "ipctool: NOPE: No such signal\n"}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *texts[] = {"INT", rows[i].text};
		uint64_t set;
		check_about("'%s'", rows[i].text);
		check_capture(STDERR_FILENO);
		CHECK_EQUAL(signame_parse_set(2, texts, &set), STATUS_FAILED);
		CHECK_EQUAL(check_captured(STDERR_FILENO), rows[i].message);
	}
}

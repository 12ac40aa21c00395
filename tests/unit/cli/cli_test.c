/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "base/call.h"
#include "cli/cli.h"
#include "probe.h"

/* The words of a call, up to NULL. */
#define WORDS(...)                                                                       \
	(char *[])                                                                       \
	{                                                                                \
		__VA_ARGS__, NULL                                                        \
	}

static enum status call(const struct applet *applet, char **argv)
{
	struct call frame;
	memset(&probe_call, 0, sizeof probe_call);
	call_begin(&frame, applet->name);
	enum status status = cli_call(applet, argv);
	call_end(&frame);
	return status;
}

/* A call that reaches the applet without a message. */
static void check_accepted(const struct applet *applet, char **argv)
{
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(call(applet, argv), STATUS_OK);
	CHECK_EQUAL(check_captured(STDERR_FILENO), "");
	CHECK_EQUAL(probe_call.calls, 1);
}

static void check_refused_as(enum status status, const struct applet *applet, char **argv,
                             const char *message)
{
	char expected[512];
	check_about("%s", message);
	snprintf(expected, sizeof expected,
	         "%s: %s\nTry '%s --help' for more information.\n", applet->name, message,
	         applet->name);
	check_capture(STDERR_FILENO);
	check_capture(STDOUT_FILENO);
	CHECK_EQUAL(call(applet, argv), status);
	CHECK_EQUAL(check_captured(STDOUT_FILENO), "");
	CHECK_EQUAL(check_captured(STDERR_FILENO), expected);
	CHECK_EQUAL(probe_call.calls, 0);
}

#define PROBE(...) check_accepted(&applet_probe, WORDS("probe", __VA_ARGS__))
#define REFUSED(message, ...)                                                            \
	check_refused_as(STATUS_USAGE, &applet_probe, WORDS("probe", __VA_ARGS__),       \
	                 message)

static const struct probe *const given = &probe_call.options;

/* ---------------------------------------------------------------- letters */

TEST(letters_cluster)
{
	PROBE("-nJf", "x");
	CHECK_EQUAL(given->timeout.kind, TIMEOUT_ZERO);
	CHECK(given->json && given->force && !given->verbose);
	PROBE("-Jfc3", "x");
	CHECK_EQUAL(given->count, 3);
	PROBE("-Jfc", "4", "x");
	CHECK_EQUAL(given->count, 4);
	CHECK(given->json && given->force);
}

TEST(a_letter_takes_its_value_attached_or_as_the_next_word)
{
	PROBE("-c5", "x");
	CHECK_EQUAL(given->count, 5);
	PROBE("-c", "6", "x");
	CHECK_EQUAL(given->count, 6);
	PROBE("-t20ms", "x");
	CHECK_EQUAL(given->timeout.kind, TIMEOUT_AFTER);
	CHECK_EQUAL(given->timeout.nanoseconds, 20000000);
}

TEST(an_attached_value_is_the_whole_rest_with_an_equals_sign_too)
{
	PROBE("-x=5", "x");
	CHECK_EQUAL(given->text, "=5");
	PROBE("-x--", "x");
	CHECK_EQUAL(given->text, "--");
	REFUSED("option '-c': '=5' is not a number", "-c=5", "x");
	REFUSED("option '-c': '5n' is not a number", "-c5n", "x");
	REFUSED("option '-t': '=1' is not a duration", "-t=1", "x");
	REFUSED("unknown option '-='", "-J=x", "x");
}

/* ------------------------------------------------------------- long options */

TEST(a_long_option_takes_its_value_after_an_equals_sign_or_as_the_next_word)
{
	PROBE("--count=5", "x");
	CHECK_EQUAL(given->count, 5);
	PROBE("--count", "6", "x");
	CHECK_EQUAL(given->count, 6);
	PROBE("--text=a=b", "x");
	CHECK_EQUAL(given->text, "a=b");
	PROBE("--text=", "x");
	CHECK_EQUAL(given->text, "");
	PROBE("--json", "--green", "x");
	CHECK(given->json);
	CHECK_EQUAL(given->color, COLOR_GREEN);
}

TEST(a_long_option_may_be_shortened_as_far_as_it_is_the_only_one)
{
	PROBE("--coun=1", "x");
	CHECK_EQUAL(given->count, 1);
	PROBE("--c", "2", "x");
	CHECK_EQUAL(given->count, 2);
	PROBE("--prog=never", "x");
	CHECK_EQUAL(given->progress, VALUE_WHEN_NEVER);
	PROBE("--verb", "x");
	CHECK(given->verbose);
	REFUSED("option '--ver' is ambiguous: --verbose, --version", "--ver", "x");
	check_refused_as(STATUS_USAGE, &applet_signals, WORDS("signals", "--re=x", "1"),
	                 "option '--re' is ambiguous: --red, --reddish");
	/* the whole name is that of one option, though another one begins with it */
	check_accepted(&applet_signals, WORDS("signals", "--red", "1"));
	CHECK(given->verbose && !given->force);
	check_accepted(&applet_signals, WORDS("signals", "--redd", "1"));
	CHECK(given->force && !given->verbose);
	REFUSED("option '--json' takes no value", "--js=1", "x");
	REFUSED("option '--count' requires a value", "--co");
	REFUSED("option '--count': 'x' is not a number", "--cou=x", "x");
}

TEST(long_options_matter_in_their_case_and_in_their_whole_length)
{
	REFUSED("unknown option '--counts' (did you mean --count?)", "--counts", "1",
	        "x");
	REFUSED("unknown option '--Count' (did you mean --count?)", "--Count", "1", "x");
}

TEST(what_was_meant_is_suggested)
{
	REFUSED("unknown option '--tmeout=3' (did you mean --timeout?)", "--tmeout=3",
	        "x");
	REFUSED("unknown option '--vebrose' (did you mean --verbose?)", "--vebrose", "x");
	REFUSED(
	    "unknown option '--gren' (did you mean --green?): a WORD that begins with "
	    "a dash must follow --",
	    "x", "--gren");
	REFUSED("option '-c': 'ount' is not a number (did you mean --count?)", "-count",
	        "1", "x");
	REFUSED("unknown option '-o' (did you mean --offset?)", "-offset", "1", "x");
	check_refused_as(STATUS_USAGE, &applet_selector, WORDS("selector", "--exce", "q"),
	                 "unknown option '--exce' (did you mean --exec?)");
	REFUSED(
	    "option '--api': 'flokc' is not ofd, posix or flock (did you mean flock?)",
	    "--api=flokc", "x");
}

TEST(a_flag_takes_no_value)
{
	REFUSED("option '--json' takes no value", "--json=x", "x");
	REFUSED("option '--json' takes no value", "--json=", "x");
	REFUSED("option '--nonblock' takes no value", "--nonblock=no", "x");
	REFUSED("option '--red' takes no value", "--red=1", "x");
	REFUSED("option '--help' takes no value", "--help=me", "x");
}

/* ------------------------------------------------------------------ values */

TEST(a_value_may_look_like_an_option)
{
	PROBE("-x", "-n", "x");
	CHECK_EQUAL(given->text, "-n");
	CHECK_EQUAL(given->timeout.kind, TIMEOUT_NONE);
	PROBE("--text", "--", "x");
	CHECK_EQUAL(given->text, "--");
	REFUSED("option '-c': '-n' is not a number", "-c", "-n", "x");
	REFUSED("option '--count': '--' is not a number", "--count", "--", "x");
	REFUSED("option '--count': '' is not a number", "--count=", "x");
	REFUSED("option '-c': '' is not a number", "-c", "", "x");
}

TEST(a_value_that_is_missing_is_asked_for)
{
	REFUSED("option '-c' requires a value", "-c");
	REFUSED("option '-c' requires a value", "-nc");
	REFUSED("option '--count' requires a value", "--count");
}

TEST(each_kind_of_value_is_read_by_its_reader)
{
	PROBE("-u", "18446744073709551615", "-s", "4K", "-m", "g+r", "--rate=4",
	      "--delay=1m", "--api", "posix", "x");
	CHECK_EQUAL(given->value, UINT64_MAX);
	CHECK_EQUAL(given->size, 4096);
	CHECK(given->mode.given);
	CHECK_EQUAL(given->mode.bits, 0640);
	CHECK_EQUAL(given->interval, 250000000);
	CHECK_EQUAL(given->delay.kind, TIMEOUT_AFTER);
	CHECK_EQUAL(given->delay.nanoseconds, INT64_C(60000000000));
	CHECK_EQUAL(given->api, 1);
	REFUSED("option '-c': '32768' is more than 32767", "-c", "32768", "x");
	REFUSED("option '-c': '0' is less than 1", "-c0", "x");
	REFUSED("option '-u': '-1' is not a number", "-u-1", "x");
	REFUSED("option '-s': '1.5' is not a size", "-s", "1.5", "x");
	REFUSED("option '--size': '0' is less than 1", "--size=0", "x");
	REFUSED("option '-m': '999' is not a mode", "-m", "999", "x");
	REFUSED("option '--mode': '1777' is outside the permission bits (0 to 0777)",
	        "--mode=1777", "x");
	REFUSED("option '--rate': '0' is not greater than 0", "--rate", "0", "x");
	REFUSED("option '--delay': '1w' is not a duration", "--delay", "1w", "x");
	REFUSED("option '--api': 'pos' is not ofd, posix or flock (did you mean posix?)",
	        "--api=pos", "x");
	REFUSED("option '--api': '' is not ofd, posix or flock", "--api=", "x");
}

TEST(a_value_that_may_be_left_out_follows_an_equals_sign)
{
	PROBE("--progress", "always");
	CHECK_EQUAL(given->progress, VALUE_WHEN_AUTO);
	CHECK_EQUAL(probe_call.argv[0], "always");
	PROBE("--progress=always", "x");
	CHECK_EQUAL(given->progress, VALUE_WHEN_ALWAYS);
	REFUSED("option '--progress': '' is not auto, always or never",
	        "--progress=", "x");
}

TEST(what_is_not_given_has_its_default)
{
	PROBE("x");
	CHECK_EQUAL(given->count, 7);
	CHECK_EQUAL(given->mode.bits, 0600);
	CHECK(!given->mode.given);
	CHECK_EQUAL(given->timeout.kind, TIMEOUT_NONE);
	CHECK_EQUAL(given->text, NULL);
	CHECK_EQUAL(given->size, 0);
}

TEST(an_option_given_twice_counts_as_its_last)
{
	PROBE("-c", "1", "-c", "9", "-n", "-n", "-m", "0", "-m", "u+x", "x");
	CHECK_EQUAL(given->count, 9);
	CHECK_EQUAL(given->mode.bits, 0700);
	PROBE("-t", "0", "-t", "5", "x");
	CHECK_EQUAL(given->timeout.nanoseconds, INT64_C(5000000000));
}

TEST(a_list_keeps_each_value_up_to_16)
{
	char *argv[2 * STRING_LIST_MAX + 6] = {"probe"};
	int count = 1;
	for (int i = 0; i < STRING_LIST_MAX; i++) {
		argv[count++] = "-w";
		argv[count++] = i == 3 ? "third" : "x";
	}
	argv[count] = "name";
	check_accepted(&applet_probe, argv);
	CHECK_EQUAL(given->words.count, STRING_LIST_MAX);
	CHECK_EQUAL(given->words.at[3], "third");
	argv[count++] = "-w";
	argv[count++] = "y";
	argv[count] = "name";
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(call(&applet_probe, argv), STATUS_USAGE);
	CHECK(*check_captured(STDERR_FILENO) != '\0');
}

/* ---------------------------------------------------------------- operands */

/* The operands of the last call, with a space between. */
static const char *operands(void)
{
	static char text[256];
	text[0] = '\0';
	for (int i = 0; i < probe_call.argc; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
		         i > 0 ? " " : "", probe_call.argv[i]);
	CHECK_EQUAL(probe_call.argv[probe_call.argc], NULL);
	return text;
}

TEST(options_stand_before_and_after_operands)
{
	PROBE("name", "-n", "word");
	CHECK_EQUAL(operands(), "name word");
	CHECK_EQUAL(given->timeout.kind, TIMEOUT_ZERO);
	PROBE("name", "-c", "3", "--text=t", "word", "--api", "flock", "last", "-J");
	CHECK_EQUAL(operands(), "name word last");
	CHECK_EQUAL(given->count, 3);
	CHECK_EQUAL(given->text, "t");
	CHECK_EQUAL(given->api, 2);
	CHECK(given->json);
	PROBE("-f", "name", "-", "-v", "");
	CHECK_EQUAL(operands(), "name - ");
	CHECK(given->force && given->verbose);
	REFUSED("unknown option '-z': a WORD that begins with a dash must follow --",
	        "name", "-z");
	REFUSED("options '-n' and '-t' exclude each other", "-n", "name", "-t1");
	REFUSED("option '-c' requires a value", "name", "-c");
}

TEST(options_up_to_a_double_dash_stand_after_operands)
{
	PROBE("name", "-J", "--", "-n", "--help");
	CHECK_EQUAL(operands(), "name -n --help");
	CHECK(given->json);
	CHECK_EQUAL(given->timeout.kind, TIMEOUT_NONE);
	PROBE("name", "--", "--");
	CHECK_EQUAL(operands(), "name --");
	PROBE("name", "-x", "--", "word");
	CHECK_EQUAL(operands(), "name word");
	CHECK_EQUAL(given->text, "--");
}

TEST(the_error_says_what_to_write_for_a_text_that_begins_with_a_dash)
{
	REFUSED("unknown option '-z': a WORD that begins with a dash must follow --",
	        "name", "-J", "word", "-z");
	REFUSED(
	    "unknown option '--no-such': a WORD that begins with a dash must follow --",
	    "name", "--no-such");
	REFUSED("option '-c': 'ome' is not a number: a WORD that begins with a dash must "
	        "follow --",
	        "name", "-come");
	REFUSED("unknown option '-5': a WORD that begins with a dash must follow --",
	        "name", "-5");
	/* NAME is no text */
	REFUSED("unknown option '-z'", "-z", "name");
}

TEST(a_number_below_zero_is_an_operand_where_a_number_is_one)
{
	check_accepted(&applet_verbs, WORDS("verbs", "add", "-1", "2"));
	CHECK_EQUAL(operands(), "-1 2");
	check_accepted(&applet_verbs, WORDS("verbs", "add", "-J", "-1", "2"));
	CHECK(given->json);
	check_refused_as(STATUS_USAGE, &applet_verbs, WORDS("verbs", "add", "1", "-2"),
	                 "unknown option '-2'");
	check_refused_as(STATUS_USAGE, &applet_verbs, WORDS("verbs", "add", "-n", "2"),
	                 "unknown option '-n'");
}

TEST(a_signal_follows_a_dash)
{
	check_accepted(&applet_signals, WORDS("signals", "-9", "5", "-4711"));
	CHECK_EQUAL(given->text, "9");
	CHECK_EQUAL(operands(), "5 -4711");
	check_accepted(&applet_signals, WORDS("signals", "5", "-KILL"));
	CHECK_EQUAL(given->text, "KILL");
	CHECK_EQUAL(operands(), "5");
	check_accepted(&applet_signals, WORDS("signals", "-x", "9", "-9"));
	CHECK_EQUAL(operands(), "-9");
	check_accepted(&applet_signals, WORDS("signals", "--", "-9"));
	CHECK_EQUAL(given->text, NULL);
	check_accepted(&applet_signals, WORDS("signals", "-K", "5"));
	CHECK(given->json);
	check_refused_as(STATUS_USAGE, &applet_signals, WORDS("signals", "-4711"),
	                 "unknown option '-4711': a signal is -SIGNAL");
	check_refused_as(STATUS_USAGE, &applet_signals, WORDS("signals", "-NONE", "5"),
	                 "unknown option '-NONE': a signal is -SIGNAL");
}

TEST(a_double_dash_ends_the_options_and_is_no_operand_once)
{
	PROBE("-c", "3", "--", "--");
	CHECK_EQUAL(probe_call.argc, 1);
	CHECK_EQUAL(probe_call.argv[0], "--");
	PROBE("--", "-x");
	CHECK_EQUAL(probe_call.argv[0], "-x");
	PROBE("x", "--");
	CHECK_EQUAL(probe_call.argc, 1);
	REFUSED("missing operand NAME", "--");
}

TEST(a_single_dash_and_an_empty_word_are_operands)
{
	PROBE("-", "-n");
	CHECK_EQUAL(operands(), "-");
	PROBE("", "-n");
	CHECK_EQUAL(operands(), "");
	CHECK_EQUAL(given->timeout.kind, TIMEOUT_ZERO);
}

TEST(operands_are_counted)
{
	PROBE("1", "2", "3");
	REFUSED("missing operand NAME", "-n");
	REFUSED("extra operand '4'", "1", "2", "3", "4", "5");
	check_refused_as(STATUS_USAGE, &applet_verbs, WORDS("verbs", "add", "1"),
	                 "missing operand FD after '1'");
	check_refused_as(STATUS_RUN_ERROR, &applet_verbs, WORDS("verbs", "run", "x"),
	                 "missing operand COMMAND after 'x'");
}

TEST(an_option_that_does_not_exist_is_named_as_it_was_written)
{
	REFUSED("unknown option '-z'", "-z", "x");
	REFUSED("unknown option '-z'", "-nz", "x");
	REFUSED("unknown option '-z'", "-zn", "x");
	REFUSED("unknown option '--nonesuch'", "--nonesuch", "x");
	REFUSED("unknown option '--nonesuch=5'", "--nonesuch=5", "x");
	REFUSED("unknown option '---n'", "---n", "x");
	REFUSED("unknown option '--=5'", "--=5", "x");
	REFUSED("unknown option '-1'", "-1");
	REFUSED("unknown option '-12'", "-12");
}

/* ------------------------------------------------------------ combinations */

TEST(options_of_a_group_exclude_each_other_in_any_order_and_spelling)
{
	REFUSED("options '-n' and '-t' exclude each other", "-n", "-t", "1", "x");
	REFUSED("options '-t' and '-n' exclude each other", "-t1", "-n", "x");
	REFUSED("options '-n' and '-t' exclude each other", "-nt1", "x");
	REFUSED("options '-n' and '--timeout' exclude each other", "--nonblock",
	        "--timeout=1", "x");
	REFUSED("options '-r' and '--green' exclude each other", "--red", "--green", "x");
	PROBE("-r", "--red", "-n", "x");
	CHECK_EQUAL(given->color, COLOR_RED);
}

TEST(a_row_excludes_another_whichever_says_so)
{
	REFUSED("options '-J' and '-v' exclude each other", "-J", "-v", "x");
	REFUSED("options '-v' and '--json' exclude each other", "-v", "--json", "x");
}

TEST(an_option_that_requires_others_is_refused_without_them)
{
	REFUSED("--length requires --offset or --size", "--length=1", "x");
	REFUSED("--length requires --count", "--length=1", "--offset=1", "x");
	REFUSED("--length requires --offset or --size", "--length=1", "-c1", "x");
	PROBE("--length=1", "-c1", "--offset=1", "x");
	PROBE("-s1", "--length=1", "-c1", "x");
	PROBE("--offset=1", "x");
}

TEST(an_option_may_exclude_a_command)
{
	check_accepted(&applet_selector, WORDS("selector", "-J", "name"));
	check_accepted(&applet_selector, WORDS("selector", "name", "--", "true"));
	/* beside a command a usage error is one of what runs it */
	check_refused_as(STATUS_RUN_ERROR, &applet_selector,
	                 WORDS("selector", "-J", "name", "--", "true"),
	                 "--json and COMMAND exclude each other");
	check_refused_as(STATUS_USAGE, &applet_selector, WORDS("selector", "-J"),
	                 "missing operand NAME");
}

/* ------------------------------------------------------------------- verbs */

TEST(a_verb_comes_first_and_there_must_be_one)
{
	check_accepted(&applet_verbs, WORDS("verbs", "add", "-J", "1", "2"));
	CHECK_EQUAL(probe_call.form, "add");
	CHECK(given->json);
	CHECK_EQUAL(probe_call.argv[1], "2");
	check_refused_as(STATUS_USAGE, &applet_verbs, WORDS("verbs"),
	                 "missing subcommand: add, run");
	check_refused_as(STATUS_USAGE, &applet_verbs, WORDS("verbs", "nonesuch"),
	                 "unknown subcommand 'nonesuch': add, run");
	check_refused_as(STATUS_USAGE, &applet_verbs, WORDS("verbs", ""),
	                 "unknown subcommand '': add, run");
	check_refused_as(STATUS_USAGE, &applet_verbs, WORDS("verbs", "ad", "1", "2"),
	                 "unknown subcommand 'ad' (did you mean add?)");
	check_refused_as(STATUS_USAGE, &applet_verbs,
	                 WORDS("verbs", "-J", "add", "1", "2"), "unknown option '-J'");
	check_refused_as(STATUS_USAGE, &applet_verbs, WORDS("verbs", "nonesuch", "-J"),
	                 "unknown subcommand 'nonesuch': add, run");
}

TEST(a_usage_error_of_a_form_that_runs_a_command_has_its_own_status)
{
	check_refused_as(STATUS_RUN_ERROR, &applet_verbs, WORDS("verbs", "run"),
	                 "missing operand NAME");
	check_refused_as(STATUS_RUN_ERROR, &applet_verbs,
	                 WORDS("verbs", "run", "-z", "x"), "unknown option '-z'");
}

TEST(the_first_word_of_a_command_ends_the_options)
{
	check_accepted(&applet_selector,
	               WORDS("selector", "q", "--exec", "-c2", "cmd", "-J", "--count=3"));
	CHECK_EQUAL(probe_call.form, "--exec");
	CHECK_EQUAL(operands(), "q cmd -J --count=3");
	CHECK_EQUAL(given->count, 2);
	check_accepted(&applet_verbs, WORDS("verbs", "run", "x", "cmd", "--", "-z"));
	CHECK_EQUAL(operands(), "x cmd -- -z");
	check_refused_as(STATUS_RUN_ERROR, &applet_verbs,
	                 WORDS("verbs", "run", "x", "-z", "cmd"), "unknown option '-z'");
}

TEST(a_double_dash_before_a_command_stays)
{
	check_accepted(&applet_verbs, WORDS("verbs", "run", "x", "--", "-z"));
	CHECK_EQUAL(operands(), "x -- -z");
	check_accepted(&applet_verbs, WORDS("verbs", "run", "--", "-x", "--", "-z"));
	CHECK_EQUAL(operands(), "-x -- -z");
	check_accepted(&applet_selector, WORDS("selector", "q", "--", "true", "-J"));
	CHECK_EQUAL(operands(), "q -- true -J");
	check_accepted(&applet_selector, WORDS("selector", "--", "-q", "--", "true"));
	CHECK_EQUAL(operands(), "-q -- true");
	/* after operands that may be repeated only a double dash begins the command */
	check_accepted(&applet_repeats, WORDS("repeats", "--", "true"));
	CHECK_EQUAL(operands(), "-- true");
	check_accepted(&applet_repeats, WORDS("repeats", "a", "-J", "b"));
	CHECK_EQUAL(operands(), "a b");
	CHECK(given->json);
	check_accepted(&applet_repeats, WORDS("repeats", "a", "b", "--", "-J"));
	CHECK_EQUAL(operands(), "a b -- -J");
}

TEST(a_form_of_the_other_front_end_is_refused)
{
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(call(&applet_verbs, WORDS("verbs", "shell")), STATUS_USAGE);
	CHECK(strstr(check_captured(STDERR_FILENO), "'shell'") != NULL);
	CHECK_EQUAL(probe_call.calls, 0);
}

TEST(an_option_selects_its_form_wherever_it_stands_among_the_options)
{
	check_accepted(&applet_selector, WORDS("selector", "--exec", "-c2", "q", "cmd"));
	CHECK_EQUAL(probe_call.form, "--exec");
	CHECK_EQUAL(given->count, 2);
	CHECK_EQUAL(probe_call.argc, 2);
	check_accepted(&applet_selector, WORDS("selector", "-c2", "--exec", "q", "cmd"));
	CHECK_EQUAL(probe_call.form, "--exec");
	CHECK_EQUAL(given->count, 2);
	check_accepted(&applet_selector, WORDS("selector", "q", "--exec", "cmd"));
	CHECK_EQUAL(probe_call.form, "--exec");
	CHECK_EQUAL(operands(), "q cmd");
	check_accepted(&applet_selector, WORDS("selector", "--ex", "q", "cmd"));
	CHECK_EQUAL(probe_call.form, "--exec");
	check_refused_as(STATUS_RUN_ERROR, &applet_selector,
	                 WORDS("selector", "--exec=x", "--exec", "q", "cmd"),
	                 "option '--exec' takes no value");
	/* after -- it is an operand */
	check_accepted(&applet_selector, WORDS("selector", "--", "--exec"));
	CHECK_EQUAL(probe_call.form, "self");
	check_refused_as(STATUS_RUN_ERROR, &applet_selector,
	                 WORDS("selector", "--exec", "-J", "q", "cmd"),
	                 "options '-J' and '--exec' exclude each other");
}

/* -------------------------------------------------------- help and version */

static const char *printed(const struct applet *applet, char **argv)
{
	check_capture(STDOUT_FILENO);
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(call(applet, argv), STATUS_OK);
	CHECK_EQUAL(check_captured(STDERR_FILENO), "");
	CHECK_EQUAL(probe_call.calls, 0);
	return check_captured(STDOUT_FILENO);
}

static bool begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

TEST(help_and_version_are_printed_whatever_follows)
{
	static char *const helps[] = {"-h", "--help", "-nh", "-hV"};
	static char *const versions[] = {"-V", "--version", "-nV"};
	for (size_t i = 0; i < COUNT(helps); i++)
		CHECK(begins_with(printed(&applet_probe, WORDS("probe", helps[i],
		                                               "--nonesuch", "a", "b")),
		                  "Usage: probe "));
	for (size_t i = 0; i < COUNT(versions); i++)
		CHECK_EQUAL(printed(&applet_probe,
		                    WORDS("probe", versions[i], "--nonesuch", "a", "b")),
		            "probe (ipctool) " IPCTOOL_VERSION "\n");
	CHECK(begins_with(printed(&applet_verbs, WORDS("verbs", "--help")),
	                  "Usage: verbs add "));
	CHECK(begins_with(printed(&applet_verbs, WORDS("verbs", "add", "--help")),
	                  "Usage: verbs add "));
	CHECK_EQUAL(printed(&applet_verbs, WORDS("verbs", "-V")),
	            "verbs (ipctool) " IPCTOOL_VERSION "\n");
	CHECK(begins_with(printed(&applet_selector, WORDS("selector", "--exec", "-h")),
	                  "Usage: selector --exec "));
	/* a mistake before it counts */
	REFUSED("unknown option '-z'", "-z", "--help");
}

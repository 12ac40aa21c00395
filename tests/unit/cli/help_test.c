/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "cli/help.h"
#include "probe.h"

TEST(a_usage_is_that_of_a_synopsis)
{
	char text[1024];
	static const char expected[] =
	    "[-n | -t DURATION] [-J] [-v] [-f] [-r | --green] [-c N] [-u VALUE] [-s "
	    "SIZE] "
	    "[-m MODE] [-x TEXT] [-w WORD] [--api=API] [--rate=N] [--progress[=WHEN]] "
	    "[--delay=DURATION] [--offset=N] [--length=N] NAME [WORD...]";
	CHECK_EQUAL(help_usage(&applet_probe.self, text, sizeof text), strlen(expected));
	CHECK_EQUAL(text, expected);
	CHECK_EQUAL(help_usage(applet_verbs.subcommands[1], text, sizeof text), 31);
	CHECK_EQUAL(text, "NAME [--] COMMAND [ARGUMENT...]");
}

TEST(a_text_that_is_cut_keeps_counting)
{
	char text[9];
	strcpy(text, "untouch");
	size_t whole = help_usage(applet_verbs.subcommands[1], text, 5);
	CHECK_EQUAL(whole, 31);
	CHECK_EQUAL(text, "NAME");
	CHECK_EQUAL(text[5], 'c');
}

static const char *printed_help(const struct applet *applet,
                                const struct subcommand *subcommand)
{
	check_capture(STDOUT_FILENO);
	CHECK_EQUAL(help_print(applet, subcommand), STATUS_OK);
	return check_captured(STDOUT_FILENO);
}

TEST(the_help_of_a_form_is_its_usage_its_summary_and_its_options)
{
	CHECK_EQUAL(printed_help(&applet_verbs, applet_verbs.subcommands[0]),
	            "Usage: verbs add [-J] N FD\n"
	            "Add a number.\n"
	            "\n"
	            "  -J, --json               print one JSON object a line\n"
	            "  -h, --help               print this help and exit\n"
	            "  -V, --version            print the version and exit\n"
	            "\n"
	            "Example:\n"
	            "  verbs add 1 3\n"
	            "\n"
	            "Full documentation: man verbs\n");
	CHECK(strstr(printed_help(&applet_verbs, applet_verbs.subcommands[1]),
	             "\nExample:\n  verbs run x true\n") != NULL);
}

TEST(options_are_aligned_with_or_without_a_letter_a_name_a_value)
{
	static const char *const lines[] = {
	    "\n  -t, --timeout=DURATION   wait at most DURATION (2, 0.5, 200ms, 1m): "
	    "status 124\n                           after it\n",
	    "\n      --green              paint it green\n",
	    "\n  -u   VALUE               add VALUE (default 0)\n",
	    "\n      --api=API            lock by API (default ofd)\n",
	    "\n      --progress[=WHEN]    show the progress",
	    "\n  -m, --mode=MODE          have these permissions (default 0600)\n",
	    "\n  -c, --count=N            stop after N (default 7)\n",
	    "\n  -s, --size=SIZE          have SIZE bytes\n",
	    "\n  -x, --text=TEXT          say TEXT\n"};
	const char *text = printed_help(&applet_probe, &applet_probe.self);
	for (size_t i = 0; i < COUNT(lines); i++) {
		check_about("%s", lines[i] + 1);
		CHECK(strstr(text, lines[i]) != NULL);
	}
}

TEST(a_usage_is_wrapped_between_options_and_operands)
{
	static const char expected[] = "Usage: probe [-n | -t DURATION] [-J] [-v] [-f] "
	                               "[-r | --green] [-c N] [-u VALUE]\n"
	                               "             [-s SIZE] [-m MODE] [-x TEXT] [-w "
	                               "WORD] [--api=API] [--rate=N]\n"
	                               "             [--progress[=WHEN]] "
	                               "[--delay=DURATION] [--offset=N] [--length=N]\n"
	                               "             NAME [WORD...]\n"
	                               "Take options and operands.\n";
	const char *text = printed_help(&applet_probe, &applet_probe.self);
	CHECK(strncmp(text, expected, strlen(expected)) == 0);
}

TEST(the_help_of_an_applet_lists_its_verbs)
{
	static const char expected[] =
	    "Usage: verbs add [-J] N FD\n"
	    "   or: verbs run NAME [--] COMMAND [ARGUMENT...]\n"
	    "   or: verbs shell\n"
	    "Have verbs.\n"
	    "\n"
	    "  add    add a number\n"
	    "  run    run a command\n"
	    "  shell  hold it\n"
	    "\n"
	    "  -h, --help ";
	const char *text = printed_help(&applet_verbs, &applet_verbs.self);
	CHECK(strncmp(text, expected, strlen(expected)) == 0);
	CHECK(strstr(text, "\n'verbs SUBCOMMAND --help' prints") != NULL);
	text = printed_help(&applet_selector, &applet_selector.self);
	CHECK(strncmp(text, "Usage: selector [-J] NAME [-- COMMAND]\n", 39) == 0);
	CHECK(strstr(text, "\n   or: selector --exec [-c N] NAME COMMAND\n") != NULL);
	CHECK(strstr(text, "\n'selector --exec --help' prints") != NULL);
}

TEST(a_synopsis_has_all_options_if_they_fit)
{
	char text[512];
	CHECK_EQUAL(help_synopsis(&applet_verbs, 70, text, sizeof text), 30);
	CHECK_EQUAL(text, "verbs SUBCOMMAND [ARGUMENT...]");
	CHECK_EQUAL(help_synopsis(&applet_selector, 31, text, sizeof text), 31);
	CHECK_EQUAL(text, "selector [-J] NAME [-- COMMAND]");
	help_synopsis(&applet_probe, 70, text, sizeof text);
	CHECK_EQUAL(text, "probe [OPTION...] NAME [WORD...]");
	help_synopsis(&applet_probe, 31, text, sizeof text);
	CHECK_EQUAL(text, "probe [OPTION...] [ARGUMENT...]");
}

TEST(a_description_repeats_neither_the_usage_nor_the_summary)
{
	char text[4096], cut[9] = "untouch";
	size_t length = help_description(&applet_probe, 76, text, sizeof text);
	CHECK_EQUAL(length, strlen(text));
	CHECK(strncmp(text, "Take options and operands.\n\n  -n, --nonblock ", 45) == 0);
	CHECK(strstr(text, "Usage") == NULL);
	help_description(&applet_selector, 76, text, sizeof text);
	CHECK(strstr(text, "\n\nUsage: selector --exec [-c N] NAME COMMAND\n\n  --exec  "
	                   "run a") != NULL);
	CHECK_EQUAL(help_description(&applet_probe, 76, cut, 5), length);
	CHECK_EQUAL(cut, "Take");
	CHECK_EQUAL(cut[5], 'c');
}

static const struct applet *probe_at(size_t index)
{
	return index == 0 ? &applet_verbs : &applet_selector;
}

TEST(the_groups_are_listed_with_their_applets)
{
	check_capture(STDOUT_FILENO);
	CHECK_EQUAL(help_print_groups(&applet_probe, probe_at, 2), STATUS_OK);
	const char *text = check_captured(STDOUT_FILENO);
	CHECK(
	    strstr(text, "\nLocks:\n\nFIFOs and pipes:\n  verbs        have verbs\n\n") !=
	    NULL);
	CHECK(strstr(text, "\nOptions:\n  -n, --nonblock ") != NULL);
	CHECK(strstr(text, "'probe help APPLET'") != NULL);
}

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
	            "  -V, --version            print the version and exit\n");
}

TEST(options_are_aligned_with_or_without_a_letter_a_name_a_value)
{
	static const char *const lines[] = {
	    "\n  -t, --timeout=DURATION   wait at most DURATION",
	    "\n      --green              paint it green\n",
	    "\n  -u   VALUE               add VALUE (default 0)\n",
	    "\n      --api=API            lock by API (default ofd)\n",
	    "\n      --progress[=WHEN]    show the progress",
	    "\n  -m, --mode=MODE          have these permissions (default 0600)\n",
	    "\n  -c, --count=N            stop after N (default 7)\n",
	    "\n  -s, --size=SIZE          have SIZE bytes\n",
	    "\n  -x, --text=TEXT          say TEXT\n"};
	char text[4096];
	size_t length = help_applet(&applet_probe, text, sizeof text);
	CHECK_EQUAL(length, strlen(text));
	for (size_t i = 0; i < COUNT(lines); i++) {
		check_about("%s", lines[i] + 1);
		CHECK(strstr(text, lines[i]) != NULL);
	}
}

TEST(the_help_of_an_applet_lists_its_verbs)
{
	static const char expected[] =
	    "Usage: verbs add [-J] N FD\n"
	    "         Add a number.\n"
	    "Usage: verbs run NAME [--] COMMAND [ARGUMENT...]\n"
	    "         Run a command.\n";
	const char *text = printed_help(&applet_verbs, &applet_verbs.self);
	CHECK(strncmp(text, expected, strlen(expected)) == 0);
	CHECK(strstr(text, "\nHave verbs.\n\n  -h, --help ") != NULL);
	text = printed_help(&applet_selector, &applet_selector.self);
	CHECK(strncmp(text, "Usage: selector [-J] NAME [-- COMMAND]\n", 39) == 0);
	CHECK(strstr(text, "\nUsage: selector --exec [-c N] NAME COMMAND\n") != NULL);
	CHECK(strstr(text, "'selector --exec --help'") != NULL);
}

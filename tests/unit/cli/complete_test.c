/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "cli/complete.h"
#include "probe.h"

/* What is printed for these words, of which the last is completed. */
static const char *offered(const struct applet *applet, char *const *words)
{
	int count = 0;
	while (words[count] != NULL)
		count++;
	check_capture(STDOUT_FILENO);
	CHECK_EQUAL(complete_print(applet, count, words, 1), STATUS_OK);
	return check_captured(STDOUT_FILENO);
}

#define OFFERED(applet, ...) offered(applet, (char *const[]){__VA_ARGS__, NULL})

TEST(an_operand_is_offered_by_its_kind)
{
	CHECK_EQUAL(OFFERED(&applet_probe, ""), "kind\tqueue\t\n");
	CHECK_EQUAL(OFFERED(&applet_probe, "-J", "--", "q"), "kind\tqueue\t\n");
	CHECK_EQUAL(OFFERED(&applet_probe, "-nc5", "q", ""), "kind\ttext\t\n");
	CHECK_EQUAL(OFFERED(&applet_probe, "q", "a", "b", "c"), "kind\ttext\t\n");
	CHECK_EQUAL(OFFERED(&applet_verbs, "add", "1", ""), "kind\tfd\t\n");
	CHECK_EQUAL(OFFERED(&applet_verbs, "add", "1", "2", ""), "");
	CHECK_EQUAL(OFFERED(&applet_probe, "q", "--", "--json"), "kind\ttext\t\n");
}

TEST(options_and_their_values_are_offered_after_operands)
{
	CHECK(strstr(OFFERED(&applet_probe, "q", "--js"), "word\t--json\t") != NULL);
	CHECK(strstr(OFFERED(&applet_probe, "q", "-J", "-"), "word\t--api\t") != NULL);
	CHECK_EQUAL(OFFERED(&applet_probe, "q", "--count", ""), "kind\tnumber\t\n");
	CHECK_EQUAL(OFFERED(&applet_verbs, "add", "1", "-J", ""), "kind\tfd\t\n");
	CHECK_EQUAL(OFFERED(&applet_verbs, "add", "-1", ""), "kind\tfd\t\n");
	/* a shortened name is that of its option */
	CHECK_EQUAL(OFFERED(&applet_probe, "--cou", ""), "kind\tnumber\t\n");
	CHECK_EQUAL(OFFERED(&applet_probe, "--cou=1"), "kind\tnumber\t--cou=\n");
}

TEST(a_signal_is_offered_after_a_dash)
{
	const char *text = OFFERED(&applet_signals, "5", "-K");
	CHECK(strstr(text, "word\t-K\t") != NULL);
	CHECK(strstr(text, "kind\tsignal\t-\n") != NULL);
	CHECK(strstr(OFFERED(&applet_signals, "--"), "kind") == NULL);
	CHECK_EQUAL(OFFERED(&applet_signals, "-9", ""), "kind\tpid\t\n");
}

TEST(a_value_is_offered_by_its_kind_or_its_words)
{
	CHECK_EQUAL(OFFERED(&applet_probe, "--count", ""), "kind\tnumber\t\n");
	CHECK_EQUAL(OFFERED(&applet_probe, "-Jc", ""), "kind\tnumber\t\n");
	CHECK_EQUAL(OFFERED(&applet_probe, "--count=1"), "kind\tnumber\t--count=\n");
	CHECK_EQUAL(OFFERED(&applet_probe, "--api", "x"),
	            "word\tofd\t\nword\tposix\t\nword\tflock\t\n");
	CHECK_EQUAL(OFFERED(&applet_probe, "--progress=a"),
	            "word\t--progress=auto\t\nword\t--progress=always\t\n"
	            "word\t--progress=never\t\n");
	/* of a value that may be left out the next word is none */
	CHECK_EQUAL(OFFERED(&applet_probe, "--progress", ""), "kind\tqueue\t\n");
	/* nor if the value stands in the cluster already */
	CHECK_EQUAL(OFFERED(&applet_probe, "-c1", ""), "kind\tqueue\t\n");
}

TEST(options_are_offered_after_a_dash)
{
	CHECK_EQUAL(OFFERED(&applet_verbs, "add", "-"),
	            "word\t-J\tprint one JSON object a line\n"
	            "word\t--json\tprint one JSON object a line\n"
	            "word\t-h\tprint this help and exit\n"
	            "word\t--help\tprint this help and exit\n"
	            "word\t-V\tprint the version and exit\n"
	            "word\t--version\tprint the version and exit\n");
}

TEST(subcommands_are_offered_first)
{
	CHECK_EQUAL(OFFERED(&applet_verbs, ""), "word\tadd\tadd a number\n"
	                                        "word\trun\trun a command\n"
	                                        "word\tshell\thold it\n");
	CHECK_EQUAL(OFFERED(&applet_selector, "--exec", "-c", ""), "kind\tnumber\t\n");
}

TEST(a_command_is_left_to_the_shell_from_its_first_word_on)
{
	CHECK_EQUAL(OFFERED(&applet_verbs, "run", "s", "c"), "command\t3\n");
	CHECK_EQUAL(OFFERED(&applet_verbs, "run", "s", "echo", "-n", ""), "command\t3\n");
	CHECK_EQUAL(OFFERED(&applet_selector, "q", ""), "word\t--\t\n");
	CHECK_EQUAL(OFFERED(&applet_selector, "q", "--", ""), "command\t3\n");
	CHECK_EQUAL(OFFERED(&applet_selector, "q", "-J", "--", "c", "-"), "command\t4\n");
	CHECK_EQUAL(OFFERED(&applet_selector, "q", "--exec", "-c1", "c"), "command\t4\n");
	CHECK_EQUAL(OFFERED(&applet_selector, "q", "--exec", "c", "-"), "command\t3\n");
	CHECK_EQUAL(OFFERED(&applet_verbs, "run", "s", "--", "c"), "command\t4\n");
	CHECK_EQUAL(OFFERED(&applet_repeats, "a", "b", "--", "c"), "command\t4\n");
	CHECK_EQUAL(OFFERED(&applet_repeats, "a", ""), "kind\tqueue\t\nword\t--\t\n");
}

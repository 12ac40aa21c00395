/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "cli/describe.h"
#include "probe.h"

static const char *described(const struct applet *applet)
{
	check_capture(STDOUT_FILENO);
	CHECK_EQUAL(describe_print(applet), STATUS_OK);
	return check_captured(STDOUT_FILENO);
}

TEST(a_description_has_a_line_for_each_verb_and_each_option)
{
	CHECK_EQUAL(
	    described(&applet_verbs),
	    "applet\tverbs\thave verbs\tboth\n"
	    "group\tverbs\tFIFOs and pipes\n"
	    "example\tverbs\tverbs add 1 3\n"
	    "verb\tverbs add\tadd a number\tboth\n"
	    "usage\tverbs add\tverbs add [-J] N FD\n"
	    "operands\tverbs add\t2\t2\tnumber fd\t\n"
	    "option\tverbs add\t-J\t--json\t\tprint one JSON object a "
	    "line\t\t\t\t\t\tboth\n"
	    "option\tverbs add\t-h\t--help\t\tprint this help and exit\t\t\t\t\t\tboth\n"
	    "option\tverbs add\t-V\t--version\t\tprint the version and "
	    "exit\t\t\t\t\t\tboth\n"
	    "verb\tverbs run\trun a command\tboth\n"
	    "usage\tverbs run\tverbs run NAME [--] COMMAND [ARGUMENT...]\n"
	    "example\tverbs run\tverbs run x true\n"
	    "operands\tverbs run\t2\t-\tsemaphore command\tcommand\n"
	    "option\tverbs run\t-h\t--help\t\tprint this help and exit\t\t\t\t\t\tboth\n"
	    "option\tverbs run\t-V\t--version\t\tprint the version and "
	    "exit\t\t\t\t\t\tboth\n"
	    "verb\tverbs shell\thold it\tbuiltin\n"
	    "usage\tverbs shell\tverbs shell \n"
	    "operands\tverbs shell\t0\t0\t\t\n"
	    "option\tverbs shell\t-h\t--help\t\tprint this help and "
	    "exit\t\t\t\t\t\tboth\n"
	    "option\tverbs shell\t-V\t--version\t\tprint the version and "
	    "exit\t\t\t\t\t\tboth\n");
}

TEST(an_option_is_described_with_its_value_and_its_companions)
{
	static const char *const lines[] = {
	    "\noperands\tprobe\t1\t3\tqueue text...\t\n",
	    "\noption\tprobe\t-n\t--nonblock\t\tdo not wait: status 3 "
	    "instead\t\t\t\ttimeout\t\tboth\n",
	    "\noption\tprobe\t-J\t--json\t\tprint one JSON object a "
	    "line\t\t\t\tverbose\t\tboth\n",
	    "\treport on standard error what was done\t\t\t\tjson\t\tboth\n",
	    "\noption\tprobe\t\t--green\t\tpaint it green\t\t\t\tred\t\tboth\n",
	    "\noption\tprobe\t-c\t--count\tN\tstop after N\tnumber\t\t\t\t7\tboth\n",
	    "\noption\tprobe\t-u\t\tVALUE\tadd VALUE\tnumber\t\t\t\t0\tboth\n",
	    "\noption\tprobe\t-s\t--size\tSIZE\thave SIZE bytes\ttext\t\t\t\t\tboth\n",
	    "\noption\tprobe\t\t--api\tAPI\tlock by API\tword\tofd posix "
	    "flock\t\t\tofd\tboth\n",
	    "\tsay TEXT\tsignal|pid\t\t\t",
	    "\tword\tauto always never\t\t\t\tboth\n",
	    "\noption\tprobe\t\t--length\tN\tend there\ttext\t\toffset|size "
	    "count\t\t\tboth\n",
	    "\thave these permissions\ttext\t\t\t\t0600\tboth\n"};
	const char *text = described(&applet_probe);
	for (size_t i = 0; i < COUNT(lines); i++) {
		check_about("%s", lines[i] + 1);
		CHECK(strstr(text, lines[i]) != NULL);
	}
}

TEST(a_form_that_may_run_a_command_is_described_so)
{
	CHECK(strstr(described(&applet_selector),
	             "\noperands\tselector\t1\t-\tqueue -- command\toptional\n") != NULL);
}

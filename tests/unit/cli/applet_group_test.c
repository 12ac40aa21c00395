/* SPDX-License-Identifier: MIT */
#include "../check.h"
#include "cli/applet_group.h"

TEST(each_group_has_a_title_and_another_number_has_none)
{
	CHECK_EQUAL(applet_group_title(APPLETS_QUEUES), "queues");
	CHECK_EQUAL(applet_group_title(APPLETS_SEEING_AND_WAITING), "seeing and waiting");
	CHECK_EQUAL(applet_group_title((enum applet_group)0), "");
	CHECK_EQUAL(applet_group_title((enum applet_group)99), "");
}

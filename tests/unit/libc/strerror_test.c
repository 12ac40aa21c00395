/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "../check.h"

TEST(errors_have_texts)
{
	CHECK(strstr(strerror(EXDEV), "ross-device link") != NULL);
	CHECK(strstr(strerror(ENOTEMPTY), "Directory not empty") != NULL);
	CHECK(strstr(strerror(ENOTSOCK), "ocket") != NULL);
	CHECK(strstr(strerror(ECANCELED), "Operation canceled") != NULL);
	CHECK(strlen(strerror(4000)) > 10);
}

/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stddef.h>

#include "../check.h"
#include "base/heed_term.h"
#include "base/ksig.h"

static void note(int signal)
{
	(void)signal;
}

static void *disposition_of(int signal)
{
	struct sigaction action;
	CHECK_EQUAL(ksig_action(signal, NULL, &action), 0);
	return (void *)action.sa_handler;
}

TEST(an_ignored_sigterm_is_heeded_until_the_end)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction before;
	struct heed_term heed;
	CHECK_EQUAL(ksig_action(SIGTERM, &ignore, &before), 0);
	heed_term_begin(&heed);
	CHECK(heed.was_ignored);
	CHECK(disposition_of(SIGTERM) != (void *)SIG_IGN);
	heed_term_end(&heed);
	CHECK(disposition_of(SIGTERM) == (void *)SIG_IGN);
	CHECK_EQUAL(ksig_action(SIGTERM, &before, NULL), 0);
}

TEST(any_other_disposition_of_sigterm_is_left_alone)
{
	const struct sigaction handler = {.sa_handler = note};
	struct sigaction before;
	struct heed_term heed;
	CHECK_EQUAL(ksig_action(SIGTERM, &handler, &before), 0);
	heed_term_begin(&heed);
	CHECK(!heed.was_ignored);
	CHECK(disposition_of(SIGTERM) == (void *)note);
	heed_term_end(&heed);
	CHECK(disposition_of(SIGTERM) == (void *)note);
	CHECK_EQUAL(ksig_action(SIGTERM, &before, NULL), 0);
}

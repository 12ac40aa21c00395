/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "base/frontend.h"
#include "base/heed_term.h"
#include "base/ksig.h"

static void handler_without_effect(int signal)
{
	(void)signal;
}

void heed_term_begin(struct heed_term *heed)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	heed->was_ignored = ksig_action(SIGTERM, NULL, &heed->saved) == 0 &&
	                    heed->saved.sa_handler == SIG_IGN;
	if (!heed->was_ignored)
		return;
	if (frontend_is_builtin())
		action.sa_handler = handler_without_effect;
	ksig_action(SIGTERM, &action, NULL);
}

void heed_term_end(const struct heed_term *heed)
{
	if (heed->was_ignored)
		ksig_action(SIGTERM, &heed->saved, NULL);
}

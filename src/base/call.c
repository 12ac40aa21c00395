/* SPDX-License-Identifier: MIT */
#include "base/call.h"

static struct call none = {.name = "ipctool"};

struct call *volatile call_current = &none;

void call_begin(struct call *call, const char *name)
{
	struct call *outer = call_current;
	/* termsig_begin() and sigbus_begin() of an outer call are still in effect, as is
	 * its status line */
	*call = (struct call){.name = name,
	                      .termsig = outer->termsig,
	                      .sigbus = outer->sigbus,
	                      .shown = outer->shown,
	                      .outer = outer};
	stdfds_fill(&call->stdfds);
	call_current = call;
}

void call_end(struct call *call)
{
	call_current = call->outer;
	stdfds_restore(&call->stdfds);
}

void call_ignore_sigpipe(void)
{
	stdfds_ignore_sigpipe(&call_current->stdfds);
}

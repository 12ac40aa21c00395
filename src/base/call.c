#include "base/call.h"

static struct call none = {.name = "ipctool"};

struct call *volatile call_current = &none;

void call_begin(struct call *call, const char *name)
{
	struct call *outer = call_current;
	/* the pairs of an outer call are still there, and so is the line that it shows */
	*call = (struct call){.name = name,
	                      .interrupt = outer->interrupt,
	                      .shown = outer->shown,
	                      .outer = outer};
	standard_prepare(&call->standard);
	call_current = call;
}

void call_end(struct call *call)
{
	call_current = call->outer;
	standard_restore(&call->standard);
}

void front_guard(void)
{
	standard_guard(&call_current->standard);
}

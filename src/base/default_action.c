/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/default_action.h"
#include "base/ksig.h"

void default_action(int signal)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	/* no core of this process; the limit does not hold for one that goes to a pipe */
	prlimit(0, RLIMIT_CORE, &(struct rlimit){0}, NULL);
	prctl(PR_SET_DUMPABLE, 0);
	ksig_action(signal, &action, NULL);
	ksig_procmask(SIG_UNBLOCK, ksig_bit(signal));
	kill(getpid(), signal);
}

/* SPDX-License-Identifier: MIT */
#include "cli/applet_group.h"

const char *applet_group_title(enum applet_group group)
{
	static const char *const titles[] = {
	    [APPLETS_QUEUES] = "queues",
	    [APPLETS_SHARED_MEMORY] = "shared memory",
	    [APPLETS_SEMAPHORES] = "semaphores",
	    [APPLETS_LOCKS] = "locks",
	    [APPLETS_FIFOS_AND_PIPES] = "FIFOs and pipes",
	    [APPLETS_SOCKETS] = "sockets",
	    [APPLETS_SIGNALS] = "signals",
	    [APPLETS_EVENTS] = "events",
	    [APPLETS_SEEING_AND_WAITING] = "seeing and waiting",
	};
	return group > 0 && group < sizeof titles / sizeof *titles ? titles[group] : "";
}

/* SPDX-License-Identifier: MIT */
/*
 * The processes of /proc, and the objects that each of them has open or mapped.
 */
#ifndef INSPECT_SCAN_H
#define INSPECT_SCAN_H

#include <stdint.h>

#include "base/status.h"
#include "inspect/census.h"

enum { SCAN_DEVICES_MAX = 32 };

struct scan {
	struct census *census;
	const struct census_request *request;
	unsigned kinds; /* that are listed: those of the request, or more */
	/* st_dev of the file systems of which objects are known; 0: not known */
	uint64_t shm_device, mq_device, pipe_device, memfd_device;
	/* those without anything of interest */
	uint64_t other_devices[SCAN_DEVICES_MAX];
	unsigned other_count;
	/* the process that is looked at, and its directories */
	pid_t pid;
	int directory, fds;
};

/*
 * Append all processes and what they have; objects that are not in the list yet (without
 * a name, or with one that could not be listed) are added to it. A failure is reported;
 * the lack of memory is noted in the list.
 */
enum status scan_processes(struct scan *scan);

/* inspect/scan_maps.c: what the process has mapped. */
void scan_maps(struct scan *scan);

#endif

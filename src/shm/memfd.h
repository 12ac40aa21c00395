/* SPDX-License-Identifier: MIT */
/*
 * Anonymous memory behind a descriptor: memfd_create(2).
 */
#ifndef SHM_MEMFD_H
#define SHM_MEMFD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct memfd_attributes {
	int64_t size; /* in bytes */
	bool reserve; /* allocate its memory now */
	int seals;    /* F_SEAL_...: see fcntl(2) */
	/* shown in /proc/PID/maps and /proc/PID/fd after "memfd:"; NULL: "ipctool" */
	const char *name;
};

/* The bits of "shrink,grow": shrink, grow, write, seal. A usage error is reported. */
enum status memfd_parse_seals(const char *list, int *seals);

/*
 * Create it, not executable if the kernel supports that (Linux 6.3), at the lowest free
 * descriptor from `from`, closed on exec. Failures are reported.
 */
enum status memfd_create_sealed(int *fd, const struct memfd_attributes *attributes,
                                int from);

#endif

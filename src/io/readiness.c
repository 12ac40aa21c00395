/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>

#include "io/error.h"
#include "io/output.h"
#include "io/readiness.h"

enum status readiness_check(int64_t fd)
{
	if (fd >= 0 && fcntl((int)fd, F_GETFD) < 0)
		return error_errno("--ready-fd %d", (int)fd);
	return STATUS_OK;
}

enum status readiness_notify(int64_t fd)
{
	char what[32];
	snprintf(what, sizeof what, "--ready-fd %d", (int)fd);
	return fd < 0 ? STATUS_OK : output_write_to((int)fd, what, "\n", 1);
}

/* SPDX-License-Identifier: MIT */
/*
 * Sources that are descriptors of the caller: fd:N, fd:N:r, fd:N:w.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "base/value.h"
#include "io/error.h"
#include "wait/source.h"

static enum status wait_descriptor_parse(struct wait_source *source, const char *rest)
{
	char digits[16] = "";
	size_t length = strcspn(rest, ":");
	const char *mode = rest + length;
	bool write = strcmp(mode, ":w") == 0;
	if (length < sizeof digits)
		memcpy(digits, rest, length);
	if ((*mode != '\0' && strcmp(mode, ":r") != 0 && !write) ||
	    value_descriptor(digits, &source->as.fd) != NULL)
		return error_usage("'%s' is not FD, FD:r or FD:w", rest);
	source->waitable.events = write ? POLLOUT : POLLIN;
	return STATUS_OK;
}

static enum status wait_descriptor_open(struct wait_source *source)
{
	if (fcntl(source->as.fd, F_GETFD) < 0)
		return error_as(STATUS_NOT_FOUND, "%s: not open", source->text);
	source->waitable.fd = source->as.fd;
	return STATUS_OK;
}

static void wait_descriptor_describe(struct wait_source *source)
{
	bool write = source->waitable.events == POLLOUT;
	struct pollfd fd = {.fd = source->waitable.fd, .events = source->waitable.events};
	const char *state = write ? "writable" : "readable";
	poll(&fd, 1, 0);
	int found = fd.revents;
	if ((found & (POLLIN | POLLOUT)) == 0)
		state = (found & POLLHUP) != 0 ? "hangup" : "error";
	wait_event_add_bare(&source->event, "state", state);
}

/* It is the caller's. */
static void wait_descriptor_close(struct wait_source *source)
{
	(void)source;
}

const struct wait_kind wait_descriptor_kind = {
    .prefix = "fd:",
    .repeat = WAIT_LEVEL,
    .parse = wait_descriptor_parse,
    .open = wait_descriptor_open,
    .describe = wait_descriptor_describe,
    .close = wait_descriptor_close,
};

/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/value.h"
#include "io/error.h"
#include "pool/pool.h"
#include "pool/workers_file.h"

/* Its bytes, without blanks at the end: their number, or -1 with errno (EFBIG: more). */
static ssize_t workers_file_read(const struct workers_file *file, char *text, size_t size)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -1;
	ssize_t length = read(fd, text, size - 1);
	fd_close_keep_errno(fd);
	if (length == (ssize_t)size - 1) {
		errno = EFBIG;
		length = -1;
	}
	if (length < 0)
		return -1;
	while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL)
		length--;
	text[length] = '\0';
	return length;
}

/* Report it unless the last reading was reported already. */
static enum status workers_file_failed(struct workers_file *file, const char *text,
                                       const char *reason)
{
	bool reported = file->failed;
	file->failed = true;
	if (reported)
		return STATUS_FAILED;
	if (reason == NULL)
		return error_errno_as(STATUS_FAILED, "%s", file->path);
	return error_as(STATUS_FAILED, "%s: '%s' is %s", file->path, text, reason);
}

static enum status workers_file_load(struct workers_file *file, bool may_be_empty,
                                     int64_t *workers)
{
	enum { SECOND = 1000000000 };
	char text[64];
	struct value_error error;
	file->next = deadline_in(SECOND);
	ssize_t length = workers_file_read(file, text, sizeof text);
	if (length < 0)
		return workers_file_failed(file, text, NULL);
	if (length == 0 && may_be_empty)
		return STATUS_OK;
	const char *reason = value_number(text, 0, POOL_WORKERS_MAX, workers, &error);
	if (reason != NULL)
		return workers_file_failed(file, text, reason);
	file->failed = false;
	return STATUS_OK;
}

/* A shell that writes it anew empties it first: that one is not yet written. */
static void workers_file_await(const struct workers_file *file)
{
	enum { TRIES = 200, PAUSE = 10000000 };
	char text[64];
	for (int i = 0; i < TRIES; i++)
		if (workers_file_read(file, text, sizeof text) != 0 ||
		    deadline_sleep(PAUSE) < 0)
			break;
}

enum status workers_file_begin(struct workers_file *file, const char *path,
                               int64_t *workers)
{
	file->path = path;
	workers_file_await(file);
	return workers_file_load(file, false, workers);
}

void workers_file_update(struct workers_file *file, int64_t *workers)
{
	workers_file_load(file, true, workers);
}

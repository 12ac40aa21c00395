/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/fd.h"
#include "io/error.h"
#include "wait/helper.h"
#include "wait/source.h"

static const struct wait_kind *const wait_kinds[] = {
    &wait_queue_kind,      &wait_semaphore_kind, &wait_cell_kind,   &wait_eventfd_kind,
    &wait_descriptor_kind, &wait_pid_kind,       &wait_signal_kind, &wait_time_kind,
    &wait_every_kind,      &wait_lock_kind,      &wait_path_kind,   &wait_fifo_kind,
    &wait_line_kind,       &wait_socket_kind,
};

/* The kind of the prefix of *text, which is moved after it; NULL: none. */
static const struct wait_kind *wait_source_find_kind(const char **text)
{
	for (size_t i = 0; i < sizeof wait_kinds / sizeof *wait_kinds; i++) {
		size_t length = strlen(wait_kinds[i]->prefix);
		if (strncmp(*text, wait_kinds[i]->prefix, length) == 0) {
			*text += length;
			return wait_kinds[i];
		}
	}
	return NULL;
}

/* A report of the helper, or a look without one; not ready: there is a helper now. */
static int wait_source_check_await(struct wait_source *source, uint64_t *number)
{
	if (source->helper != 0)
		return wait_helper_read(source, number);
	if (source->kind->await(source, &DEADLINE_NOW, number) == 0)
		return 1;
	if (errno != EAGAIN)
		return -1;
	return source->may_block ? wait_helper_start(source) : 0;
}

static int wait_source_check_number(struct wait_source *source)
{
	const struct wait_kind *kind = source->kind;
	uint64_t number = 0;
	int ready = wait_source_check_await(source, &number);
	if (ready > 0 && kind->number_name != NULL)
		wait_event_add_number(&source->event, kind->number_name, number);
	if (ready > 0 && kind->reported != NULL)
		kind->reported(source, number);
	return ready;
}

static int wait_source_check_polled(struct wait_source *source)
{
	int ready = waitable_poll_now(&source->waitable);
	if (ready > 0 && source->kind->describe != NULL)
		source->kind->describe(source);
	return ready;
}

static int wait_source_check(struct waitable *waitable)
{
	struct wait_source *source = (void *)waitable;
	source->event.count = 0;
	if (source->kind->check != NULL)
		return source->kind->check(source);
	return source->is_polled ? wait_source_check_polled(source)
	                         : wait_source_check_number(source);
}

static void wait_source_give_back(struct waitable *waitable)
{
	struct wait_source *source = (void *)waitable;
	wait_helper_stop(source);
	if (source->kind->close != NULL)
		source->kind->close(source);
	else
		fd_close_keep_errno(waitable->fd);
	fd_close_keep_errno(source->helper_fd);
}

enum status wait_source_parse(struct wait_source *source, const char *text,
                              const struct wait_kind *kind)
{
	const char *rest = text;
	if (kind == NULL)
		kind = wait_source_find_kind(&rest);
	*source = (struct wait_source){
	    .text = text, .rest = rest, .kind = kind, .helper_fd = -1};
	waitable_init(&source->waitable, -1, POLLIN);
	source->waitable.check = wait_source_check;
	source->waitable.close = wait_source_give_back;
	if (kind == NULL)
		return error_usage(
		    "'%s' is not a source, such as mq:QUEUE or pid:PID; see ipcwait(1)",
		    text);
	return kind->parse != NULL ? kind->parse(source, rest) : STATUS_OK;
}

enum status wait_source_open(struct wait_source *source)
{
	enum status status = source->kind->open(source);
	source->is_open = status == STATUS_OK;
	source->is_polled = source->waitable.fd >= 0;
	if (!source->is_open)
		fd_close_keep_errno(source->waitable.fd);
	return status;
}

void wait_source_close(struct wait_source *source)
{
	if (source->is_open)
		waitable_close(&source->waitable);
	source->is_open = false;
}

enum status wait_source_error(const struct wait_source *source)
{
	if (errno == EIDRM || errno == EINVAL)
		return error_as(STATUS_NOT_FOUND, "%s: removed while waiting",
		                source->text);
	if (errno == EFAULT)
		return error_truncated(source->text);
	if (errno == ECHILD)
		return error_as(STATUS_FAILED, "%s: the process that waited was killed",
		                source->text);
	return error_errno("%s", source->text);
}

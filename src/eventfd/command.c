/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/frontend.h"
#include "base/value.h"
#include "eventfd/command.h"
#include "io/error.h"
#include "io/output.h"
#include "io/record.h"
#include "io/shell_variable.h"
#include "process/child.h"

enum status eventfd_command_parse_amount(const char *text, uint64_t *n)
{
	const char *wrong = value_c_unsigned(text, n);
	if (wrong == NULL && *n > eventfd_max)
		wrong = "more than 18446744073709551614";
	return error_unless_valid(text, wrong);
}

static enum status check_initial(const struct eventfd_attributes *attributes)
{
	if (attributes->initial <= eventfd_max)
		return STATUS_OK;
	return error_usage("option '-i': '%llu' is more than %llu",
	                   (unsigned long long)attributes->initial,
	                   (unsigned long long)eventfd_max);
}

/* --------------------------------------------------------- run, open, serve */

/* At attributes->fd, or without that at the lowest free number from `from`. */
static enum status create_at(int *fd, const struct eventfd_attributes *attributes,
                             int from)
{
	int wanted = (int)attributes->fd;
	enum status status = check_initial(attributes);
	if (status == STATUS_OK)
		status = eventfd_create(fd, attributes, wanted != 0 ? wanted : from);
	if (status == STATUS_OK && wanted != 0 && *fd != wanted) {
		close(*fd);
		return error_as(STATUS_FAILED, "descriptor %d: already open", wanted);
	}
	return status;
}

/* In the process that becomes the command. */
static bool export_fd(void *argument)
{
	int fd = *(const int *)argument;
	char number[16];
	snprintf(number, sizeof number, "%d", fd);
	if (fcntl(fd, F_SETFD, 0) == 0 && setenv("EFD", number, 1) == 0)
		return true;
	error_errno("descriptor %d", fd);
	return false;
}

enum status eventfd_command_run(char **argv, const struct eventfd_attributes *attributes)
{
	int fd = -1;
	enum status status = create_at(&fd, attributes, EVENTFD_LOWEST_FOR_COMMAND);
	if (status != STATUS_OK)
		return status_before_command(status);
	status = child_run(argv, export_fd, &fd);
	close(fd);
	return status;
}

enum status eventfd_command_open(char **argv, const struct eventfd_attributes *attributes)
{
	int fd = -1;
	char number[16];
	enum status status = shell_variable_check(argv[0], true);
	if (status == STATUS_OK)
		status = create_at(&fd, attributes, FD_LOWEST_FOR_SHELL);
	if (status != STATUS_OK)
		return status;
	snprintf(number, sizeof number, "%d", fd);
	if ((attributes->cloexec || fcntl(fd, F_SETFD, 0) == 0) &&
	    frontend_set_variable(argv[0], number) == 0)
		return STATUS_OK;
	status = error_errno("%s", argv[0]);
	close(fd);
	return status;
}

enum status eventfd_command_serve(char **argv,
                                  const struct eventfd_attributes *attributes)
{
	enum status status = check_initial(attributes);
	return status == STATUS_OK ? eventfd_serve(attributes, argv[0]) : status;
}

/* ---------------------------------------------------- add, read, wait, peek */

enum status eventfd_command_add(char **argv, struct timeout timeout)
{
	struct deadline deadline = deadline_start(timeout);
	uint64_t n = 0;
	struct eventfd event;
	enum status status = eventfd_command_parse_amount(argv[0], &n);
	if (status == STATUS_OK)
		status = eventfd_open(&event, argv[1]);
	if (status != STATUS_OK)
		return status;
	status = eventfd_add(&event, n, &deadline);
	eventfd_close(&event);
	return status;
}

static enum status act_until(char **argv, struct timeout timeout,
                             enum status (*action)(const struct eventfd *event,
                                                   const struct deadline *deadline))
{
	struct deadline deadline = deadline_start(timeout);
	struct eventfd event;
	enum status status = eventfd_open(&event, argv[0]);
	if (status != STATUS_OK)
		return status;
	status = action(&event, &deadline);
	eventfd_close(&event);
	return status;
}

enum status eventfd_command_read(char **argv, struct timeout timeout)
{
	return act_until(argv, timeout, eventfd_read_and_print);
}

enum status eventfd_command_wait(char **argv, struct timeout timeout)
{
	return act_until(argv, timeout, eventfd_wait);
}

static enum status print_facts(const struct eventfd_facts *facts)
{
	static const struct record_column columns[] = {
	    {"count", 0}, {"semaphore", 0}, {"id", 0}, {0}};
	struct record record;
	record_begin(&record, columns, true);
	record_unsigned(&record, facts->count);
	if (facts->has_semaphore)
		record_boolean(&record, facts->semaphore != 0);
	else
		record_none(&record);
	if (facts->has_id)
		record_unsigned(&record, facts->id);
	else
		record_none(&record);
	return record_end(&record);
}

enum status eventfd_command_peek(char **argv, bool json)
{
	struct eventfd event;
	struct eventfd_facts facts;
	enum status status = eventfd_open(&event, argv[0]);
	if (status != STATUS_OK)
		return status;
	status = eventfd_read_facts(&event, &facts);
	eventfd_close(&event);
	if (status != STATUS_OK)
		return status;
	return json ? print_facts(&facts) : output_number(facts.count);
}

/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/ksig.h"
#include "base/value.h"
#include "eventfd/command.h"
#include "eventfd/example.h"
#include "io/error.h"
#include "io/output.h"
#include "io/report.h"
#include "io/suggestion.h"
#include "process/helper.h"

/* In the child; the result is its exit status. */
static enum status add_numbers_as_child(int fd, const uint64_t *numbers, int count,
                                        bool verbose)
{
	for (int i = 0; i < count; i++) {
		if (verbose)
			report_info("Child adding %llu", (unsigned long long)numbers[i]);
		if (write(fd, &numbers[i], sizeof numbers[i]) != sizeof numbers[i])
			return error_errno("child: eventfd");
	}
	if (verbose)
		report_info("Child has added all");
	return STATUS_OK;
}

static enum status add_numbers_in_child(int fd, const uint64_t *numbers, int count,
                                        bool verbose)
{
	uint64_t mask;
	int result;
	pid_t pid = helper_fork(&mask);
	if (pid == 0) {
		ksig_procmask(SIG_SETMASK, mask);
		enum status status = add_numbers_as_child(fd, numbers, count, verbose);
		_exit((int)status);
	}
	if (pid < 0 || helper_wait(pid, &result) < 0)
		return error_errno_as(STATUS_FAILED, "cannot %s a child",
		                      pid < 0 ? "start" : "wait for");
	if (WIFSIGNALED(result))
		return error_as(STATUS_FAILED, "the child was terminated by signal %d",
		                WTERMSIG(result));
	return (enum status)WEXITSTATUS(result);
}

static enum status sum_in_child(const uint64_t *numbers, int count, bool verbose,
                                uint64_t *sum)
{
	static const struct eventfd_attributes attributes = {.nonblock = true};
	int fd = -1;
	enum status status = eventfd_create(&fd, &attributes, 0);
	if (status != STATUS_OK)
		return status;
	status = add_numbers_in_child(fd, numbers, count, verbose);
	if (status == STATUS_OK && verbose)
		report_info("Parent about to read");
	*sum = 0;
	/* a sum of 0 leaves nothing to read: EAGAIN */
	if (status == STATUS_OK && read(fd, sum, sizeof *sum) < 0 && errno != EAGAIN)
		status = error_errno("parent: eventfd");
	if (status == STATUS_OK && verbose)
		report_info("Parent read %llu (0x%llx)", (unsigned long long)*sum,
		            (unsigned long long)*sum);
	close(fd);
	return status;
}

/* A sum above the maximum is one that the child would wait for without limit. */
static enum status parse_numbers(uint64_t *numbers, int count, char **texts)
{
	uint64_t sum = 0;
	enum status status = STATUS_OK;
	for (int i = 0; i < count && status == STATUS_OK; i++) {
		status = eventfd_command_parse_amount(texts[i], &numbers[i]);
		if (status == STATUS_OK &&
		    (__builtin_add_overflow(sum, numbers[i], &sum) || sum > eventfd_max))
			status = error_usage("the sum exceeds 18446744073709551614");
	}
	return status;
}

static enum status report_no_number(const char *text)
{
	struct suggestion suggestion;
	suggestion_begin(&suggestion, text, strlen(text));
	suggestion_consider_words(&suggestion, "run add read wait peek serve open");
	return error_usage("'%s': unknown subcommand, and not a number%s", text,
	                   suggestion_text(&suggestion, ""));
}

enum status eventfd_example(char **texts, int count, bool verbose)
{
	if (!value_is_digit(texts[0][0]))
		return report_no_number(texts[0]);
	uint64_t sum = 0, *numbers = calloc((size_t)count, sizeof *numbers);
	if (numbers == NULL)
		return error_as(STATUS_FAILED, "cannot allocate memory for %d numbers",
		                count);
	enum status status = parse_numbers(numbers, count, texts);
	if (status == STATUS_OK)
		status = sum_in_child(numbers, count, verbose, &sum);
	free(numbers);
	return status == STATUS_OK ? output_number(sum) : status;
}

/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/ksig.h"
#include "io/error.h"
#include "io/output.h"
#include "process/pidfd.h"
#include "signal/explanation.h"
#include "signal/procstat.h"
#include "signal/recipients.h"
#include "signal/signame.h"

static void close_recipient(struct recipient *recipient)
{
	close(recipient->pidfd);
	recipient->pidfd = -1;
}

void recipients_reverse(struct recipients *recipients)
{
	struct recipient *at = recipients->at;
	for (size_t i = 0, end = recipients->count; i + 1 < end; i++) {
		struct recipient one = at[i];
		at[i] = at[--end];
		at[end] = one;
	}
}

void recipients_end(struct recipients *recipients)
{
	for (size_t i = 0; i < recipients->count; i++)
		if (recipients->at[i].pidfd >= 0)
			close_recipient(&recipients->at[i]);
	free(recipients->at);
}

static enum status report_recipient(const struct recipient *recipient,
                                    enum signal_target_kind kind)
{
	char text[16];
	struct signal_target target = {.kind = kind, .text = text, .pid = recipient->pid};
	snprintf(text, sizeof text, "%d", recipient->pid);
	return signal_target_error(&target);
}

enum status recipients_print_inodes(const struct recipients *recipients)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; i < recipients->count && status == STATUS_OK; i++) {
		const struct recipient *recipient = &recipients->at[i];
		uint64_t inode;
		if (pidfd_inode(recipient->pidfd, &inode) == 0)
			status = output_printf("%d:%llu\n", recipient->pid,
			                       (unsigned long long)inode);
		else
			status = report_recipient(recipient, SIGNAL_TARGET_IDENTITY);
	}
	return status;
}

enum status recipients_explain(const struct recipients *recipients, int signal,
                               bool queued)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; i < recipients->count && status != STATUS_SIGPIPE; i++)
		status = status_first_failure(
		    status, explanation_print(recipients->at[i].pid,
		                              recipients->at[i].pidfd, signal, queued));
	return status;
}

/* ------------------------------------------------------------------- send */

static enum status send_to_recipient(struct recipient *recipient, int signal,
                                     const int32_t *value)
{
	siginfo_t info = signal_target_siginfo(signal, value != NULL ? *value : 0);
	if (pidfd_send(recipient->pidfd, signal, value != NULL ? &info : NULL) == 0 ||
	    (errno == ESRCH && pidfd_has_ended(recipient->pidfd)))
		return STATUS_OK;
	enum status status = report_recipient(recipient, SIGNAL_TARGET_PROCESS);
	close_recipient(recipient);
	return status;
}

/*
 * A fork that began before its process had the signal has ended by then: the new process
 * of the group is found, and later ones are not made by a process that the signal ends.
 */
enum status recipients_send(struct recipients *recipients, int signal,
                            const int32_t *value)
{
	enum status status = STATUS_OK;
	size_t sent = 0;
	do {
		for (; sent < recipients->count; sent++)
			if (recipients->at[sent].pidfd >= 0)
				status = status_first_failure(
				    status, send_to_recipient(&recipients->at[sent],
				                              signal, value));
		status = status_first_failure(status, recipients_open_forked(recipients));
	} while (sent < recipients->count);
	return status;
}

/* No event reports that a process installs a handler. */
static int wait_for_handler(const struct recipient *recipient, int signal,
                            const struct deadline *deadline)
{
	struct procstat procstat;
	for (;;) {
		bool read = procstat_read(&procstat, recipient->pid, 0) == 0;
		int error = errno;
		bool ended = pidfd_has_ended(recipient->pidfd);
		if (ended || !read) {
			errno = ended ? ESRCH : error;
			return -1;
		}
		if (procstat.caught & ksig_bit(signal))
			return 0;
		if (deadline_backoff(deadline) < 0)
			return -1;
	}
}

enum status recipients_send_to_handlers(struct recipients *recipients, int signal,
                                        const int32_t *value,
                                        const struct deadline *deadline)
{
	struct signame name;
	enum status status = STATUS_OK;
	for (size_t i = 0; i < recipients->count; i++) {
		struct recipient *recipient = &recipients->at[i];
		enum status next;
		if (recipient->pidfd < 0)
			continue;
		if (wait_for_handler(recipient, signal, deadline) == 0) {
			next = send_to_recipient(recipient, signal, value);
		} else {
			next = error_errno("%d: no handler for %s", recipient->pid,
			                   signame_format(signal, &name));
			close_recipient(recipient);
		}
		status = status_first_failure(status, next);
		if (next > STATUS_SIGNAL)
			break;
	}
	return status;
}

/* ------------------------------------------------------------------- wait */

static enum status print_end(const struct recipient *recipient)
{
	struct signame name;
	int wait_status;
	if (!pidfd_wait_status(recipient->pidfd, recipient->pid, &wait_status))
		return output_printf("%d ended\n", recipient->pid);
	if (WIFEXITED(wait_status))
		return output_printf("%d exit %d\n", recipient->pid,
		                     WEXITSTATUS(wait_status));
	return output_printf("%d signal %s%s\n", recipient->pid,
	                     signame_format(WTERMSIG(wait_status), &name),
	                     WCOREDUMP(wait_status) ? " core" : "");
}

enum status recipients_wait(struct recipients *recipients,
                            const struct deadline *deadline)
{
	enum status status = STATUS_OK;
	size_t running = 0;
	if (recipients->count == 0)
		return STATUS_OK;
	struct pollfd *fds = calloc(recipients->count, sizeof *fds);
	if (fds == NULL)
		return error_errno("%s", "--wait");
	for (size_t i = 0; i < recipients->count; i++) {
		fds[i] = (struct pollfd){.fd = recipients->at[i].pidfd, .events = POLLIN};
		running += fds[i].fd >= 0;
	}
	while (running > 0 && status == STATUS_OK) {
		if (deadline_poll(deadline, fds, recipients->count) < 0) {
			status = errno == ETIMEDOUT ? STATUS_TIMED_OUT
			                            : error_errno("%s", "poll(2)");
			break;
		}
		for (size_t i = 0; i < recipients->count; i++) {
			if (fds[i].fd < 0 || fds[i].revents == 0)
				continue;
			status =
			    status_first_failure(status, print_end(&recipients->at[i]));
			close_recipient(&recipients->at[i]);
			fds[i].fd = -1;
			running--;
		}
	}
	free(fds);
	return status;
}

enum status recipients_report_running(const struct recipients *recipients)
{
	errno = ETIMEDOUT;
	for (size_t i = 0; i < recipients->count; i++)
		if (recipients->at[i].pidfd >= 0)
			error_errno("%d", recipients->at[i].pid);
	return STATUS_TIMED_OUT;
}

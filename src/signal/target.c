/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/value.h"
#include "io/error.h"
#include "io/limit.h"
#include "process/listing.h"
#include "process/pidfd.h"
#include "signal/procstat.h"
#include "signal/target.h"

/* <linux/pidfd.h> */
enum { PIDFD_SIGNAL_PROCESS_GROUP = 4 };

/* ------------------------------------------------------------------ parse */

/* A PID, followed by a character of `end` or the end of the text; 0 if it is not one. */
static pid_t parse_target_pid(const char **text, const char *end)
{
	char digits[16] = "";
	struct value_error reason;
	int64_t n;
	size_t length = strspn(*text, "0123456789");
	if (length >= sizeof digits || strchr(end, (*text)[length]) == NULL)
		return 0;
	memcpy(digits, *text, length);
	if (value_number(digits, 1, INT_MAX, &n, &reason) != NULL)
		return 0;
	*text += length;
	return (pid_t)n;
}

static enum signal_target_kind target_kind_of(const char *text)
{
	if (strcmp(text, "0") == 0)
		return SIGNAL_TARGET_OWN_GROUP;
	if (strcmp(text, "-1") == 0)
		return SIGNAL_TARGET_ALL;
	if (*text == '-')
		return SIGNAL_TARGET_GROUP;
	if (strchr(text, ':') != NULL)
		return SIGNAL_TARGET_IDENTITY;
	return strchr(text, '/') != NULL ? SIGNAL_TARGET_THREAD : SIGNAL_TARGET_PROCESS;
}

static bool parse_signal_target(struct signal_target *target)
{
	const char *p = target->text + (*target->text == '-');
	switch (target->kind) {
	case SIGNAL_TARGET_OWN_GROUP:
	case SIGNAL_TARGET_ALL: return true;
	case SIGNAL_TARGET_PROCESS:
	case SIGNAL_TARGET_GROUP: return (target->pid = parse_target_pid(&p, "")) > 0;
	case SIGNAL_TARGET_IDENTITY:
		return (target->pid = parse_target_pid(&p, ":")) > 0 &&
		       value_unsigned(p + 1, &target->inode) == NULL;
	case SIGNAL_TARGET_THREAD:
		if ((target->pid = parse_target_pid(&p, "/")) == 0)
			return false;
		p++;
		return (target->thread = parse_target_pid(&p, "")) > 0;
	}
	return false;
}

enum status signal_target_parse(struct signal_target *target, const char *text)
{
	*target = (struct signal_target){.kind = target_kind_of(text), .text = text};
	if (parse_signal_target(target))
		return STATUS_OK;
	return error_usage("'%s' is not a process: PID (1 to %d), PID:INODE, PID/TID or "
	                   "-PGID",
	                   text, INT_MAX);
}

/* ------------------------------------------------------------------- send */

siginfo_t signal_target_siginfo(int signal, int32_t value)
{
	siginfo_t info = {.si_signo = signal, .si_code = SI_QUEUE};
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_int = value;
	return info;
}

/* For kernels before Linux 5.3, threads, and if no descriptor is available. */
static int send_by_pid(pid_t pid, int signal, siginfo_t *info)
{
	if (info == NULL)
		return kill(pid, signal);
	return (int)syscall(SYS_rt_sigqueueinfo, pid, signal, info);
}

static int send_to_process(pid_t pid, int signal, siginfo_t *info)
{
	int pidfd = pidfd_open_target(&(struct pidfd_target){.pid = pid});
	if (pidfd < 0)
		return errno == ESRCH ? -1 : send_by_pid(pid, signal, info);
	int result = pidfd_send(pidfd, signal, info);
	fd_close_keep_errno(pidfd);
	return result < 0 && errno == ENOSYS ? send_by_pid(pid, signal, info) : result;
}

static int send_to_thread(const struct signal_target *target, int signal, siginfo_t *info)
{
	if (info == NULL)
		return (int)syscall(SYS_tgkill, target->pid, target->thread, signal);
	return (int)syscall(SYS_rt_tgsigqueueinfo, target->pid, target->thread, signal,
	                    info);
}

static int send_to_identity(const struct signal_target *target, int signal,
                            siginfo_t *info)
{
	struct pidfd_target process = {
	    .pid = target->pid, .has_inode = true, .inode = target->inode};
	int pidfd = pidfd_open_target(&process);
	if (pidfd < 0)
		return -1;
	int result = pidfd_send(pidfd, signal, info);
	fd_close_keep_errno(pidfd);
	return result;
}

/* As kill(2): 0 if one process got it, or -1 with errno of another. */
static int send_to_each_member(pid_t group, int signal, siginfo_t *info)
{
	struct listing listing;
	struct listing_entry entry;
	bool sent = false;
	int error = ESRCH;
	if (listing_begin(&listing) < 0)
		return -1;
	while (listing_next(&listing, &entry)) {
		if (entry.group != group)
			continue;
		if (send_to_process(entry.pid, signal, info) == 0)
			sent = true;
		else if (errno != ESRCH)
			error = errno;
	}
	listing_end(&listing);
	errno = error == ESRCH && listing.error != 0 ? listing.error : error;
	return sent ? 0 : -1;
}

/*
 * sigqueue(3) has no groups. Since Linux 6.9 pidfd_send_signal(2) on the leader signals
 * the whole group; for older kernels, and if the leader has exited, /proc is searched.
 */
static int send_to_group(pid_t group, int signal, siginfo_t *info)
{
	if (info == NULL)
		return kill(-group, signal);
	int pidfd = (int)syscall(SYS_pidfd_open, group, 0);
	if (pidfd < 0)
		return send_to_each_member(group, signal, info);
	int result = (int)syscall(SYS_pidfd_send_signal, pidfd, signal, info,
	                          PIDFD_SIGNAL_PROCESS_GROUP);
	fd_close_keep_errno(pidfd);
	if (result < 0 && (errno == EINVAL || errno == ESRCH))
		return send_to_each_member(group, signal, info);
	return result;
}

/* getpgrp(2) is 0 if the leader is outside the PID namespace. */
static int send_to_own_group(int signal, siginfo_t *info)
{
	if (info == NULL)
		return kill(0, signal);
	errno = ESRCH;
	return getpgrp() > 0 ? send_to_group(getpgrp(), signal, info) : -1;
}

static int send_to_target(const struct signal_target *target, int signal, siginfo_t *info)
{
	switch (target->kind) {
	case SIGNAL_TARGET_PROCESS: return send_to_process(target->pid, signal, info);
	case SIGNAL_TARGET_IDENTITY: return send_to_identity(target, signal, info);
	case SIGNAL_TARGET_THREAD: return send_to_thread(target, signal, info);
	case SIGNAL_TARGET_GROUP: return send_to_group(target->pid, signal, info);
	case SIGNAL_TARGET_OWN_GROUP: return send_to_own_group(signal, info);
	case SIGNAL_TARGET_ALL: return kill(-1, signal);
	}
	return -1;
}

enum status signal_target_error(const struct signal_target *target)
{
	int error = errno;
	struct procstat procstat;
	struct limit_advice advice;
	pid_t pid = target->kind == SIGNAL_TARGET_OWN_GROUP ? getpid() : target->pid;
	if (error == EAGAIN && procstat_read(&procstat, pid, 0) == 0)
		return error_as(STATUS_FAILED,
		                "%s: the signal queue is full: %lu signals are pending "
		                "for that user (RLIMIT_SIGPENDING is %lu)%s",
		                target->text, procstat.queued, procstat.queue_limit,
		                limit_pending_signals(&advice, pid));
	if (error == EAGAIN)
		return error_as(STATUS_FAILED,
		                "%s: the signal queue of that user is full "
		                "(RLIMIT_SIGPENDING)",
		                target->text);
	if (error == ENOTSUP && target->kind == SIGNAL_TARGET_IDENTITY)
		return error_as(STATUS_FAILED, "%s: PID:INODE requires Linux 6.9",
		                target->text);
	/* of pidfd_open(2): the number of a thread that is not a thread group leader */
	errno = error == EINVAL || error == ENOENT ? ESRCH : error;
	return error_errno("%s", target->text);
}

enum status signal_target_send(const struct signal_target *target, int signal,
                               const int32_t *value)
{
	siginfo_t info = signal_target_siginfo(signal, value != NULL ? *value : 0);
	if (send_to_target(target, signal, value != NULL ? &info : NULL) == 0)
		return STATUS_OK;
	return signal_target_error(target);
}

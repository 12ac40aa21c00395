/* SPDX-License-Identifier: MIT */
/*
 * kill_at N COMMAND [ARG...]: run COMMAND, and kill it at the Nth moment among these: the
 * kernel is about to do what mq_send(3), mq_receive(3) or pidfd_send_signal(2) asks for,
 * and it has done so but not yet returned. With KILL_AT_PWRITE in the environment
 * pwrite(2) is one of these calls. KILL_AT_HOOK is a command of the shell that is run at
 * each of these moments, before the kill; N is 0 for none.
 *
 * What COMMAND starts is left alone. Status 137 if it was killed, otherwise COMMAND's:
 * it has fewer such moments.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRACED = SIGTRAP | 0x80 }; /* PTRACE_O_TRACESYSGOOD */

static int failed(const char *what)
{
	fprintf(stderr, "kill_at: %s: %s\n", what, strerror(errno));
	return 125;
}

/* Before or after one of these calls? <linux/ptrace.h> has the struct. */
static int is_moment(pid_t pid, uint64_t *call)
{
	struct __ptrace_syscall_info info;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) < 0)
		return 0;
	/* it is named where it begins */
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		*call = info.entry.nr;
	return *call == SYS_mq_timedsend || *call == SYS_mq_timedreceive ||
	       *call == SYS_pidfd_send_signal ||
	       (*call == SYS_pwrite64 && getenv("KILL_AT_PWRITE") != NULL);
}

static void run_hook(void)
{
	const char *hook = getenv("KILL_AT_HOOK");
	/* NOLINTNEXTLINE(cert-env33-c): the hook is a line of a test for the shell */
	if (hook != NULL && system(hook) != 0)
		fprintf(stderr, "kill_at: the hook has failed\n");
}

static int follow(pid_t pid, long moments)
{
	int status, signal = 0, killed = 0;
	uint64_t call = 0;
	for (;;) {
		if (!killed && ptrace(PTRACE_SYSCALL, pid, 0, signal) < 0)
			return failed("ptrace");
		if (waitpid(pid, &status, 0) < 0)
			return failed("waitpid");
		signal = 0;
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		if (WSTOPSIG(status) != TRACED)
			signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
		else if (is_moment(pid, &call)) {
			run_hook();
			if (--moments == 0)
				killed = kill(pid, SIGKILL) == 0;
		}
	}
}

int main(int argc, char **argv)
{
	int status;
	if (argc < 3)
		return 2;
	pid_t pid = fork();
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
			_exit(failed("ptrace"));
		kill(getpid(), SIGSTOP);
		execvp(argv[2], argv + 2);
		_exit(failed(argv[2]));
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return failed("fork");
	if (!WIFSTOPPED(status))
		return 125;
	if (ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) <
	    0)
		return failed("ptrace");
	return follow(pid, strtol(argv[1], NULL, 10));
}

/* SPDX-License-Identifier: MIT */
/*
 * intercept - run a command, some of whose system calls fail, by seccomp_unotify(2)
 *
 *   intercept [-a] RULE... -- COMMAND [ARG...]
 *
 * A RULE is CALL[@TEXT][#N[+]]=ACTION: the system call CALL, if its path, or what
 * /proc/PID/fd says of its descriptor, contains TEXT; each time, the Nth time only, or
 * from the Nth time on. The first rule that applies counts. ACTION is what becomes of it:
 *
 *   EMFILE   it fails with this error
 *   7        it returns this number and does nothing
 *   !LINE    `sh -c LINE` runs, then it is made: $PID is the process
 *
 * Rules hold for COMMAND and its children, from the beginning of ipctool's main() on: the
 * first poll(2) of three descriptors. With -a from the command's beginning on.
 *
 * The exit status is that of COMMAND; 97 if a rule has never applied, 98 after 30
 * seconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	RULES_MAX = 8,
	CALLS_MAX = 32,
	NONE = -1,
	UNFIRED = 97,
	TOO_LONG = 98,
	FAILED = 99,
	SECONDS_MAX = 30,
	SECONDS_LEFT = 2
};

/* A name can stand for several calls: the C libraries differ in which they make. */
static const struct call {
	const char *name;
	int number, fd, path; /* the arguments that are a descriptor and a path */
	int command, value;   /* an argument that has to have this value */
} calls[] = {
#define CALL(name_, call_, fd_, path_)                                                   \
	{                                                                                \
		name_, call_, fd_, path_, NONE, 0                                        \
	}
#define COMMAND(call_, fd_, command_, value_)                                            \
	{                                                                                \
#value_, call_, fd_, NONE, command_, value_                              \
	}
#ifdef SYS_open
    CALL("open", SYS_open, NONE, 0),
    CALL("stat", SYS_stat, NONE, 0),
    CALL("stat", SYS_lstat, NONE, 0),
    CALL("unlink", SYS_unlink, NONE, 0),
    CALL("rename", SYS_rename, NONE, 0),
    CALL("chmod", SYS_chmod, NONE, 0),
    CALL("mknod", SYS_mknod, NONE, 0),
    CALL("access", SYS_access, NONE, 0),
    CALL("readlink", SYS_readlink, NONE, 0),
    CALL("fork", SYS_fork, NONE, NONE),
    CALL("fork", SYS_vfork, NONE, NONE),
    CALL("poll", SYS_poll, NONE, NONE),
    CALL("dup2", SYS_dup2, 0, NONE),
    CALL("pipe", SYS_pipe, NONE, NONE),
    CALL("link", SYS_link, NONE, 1),
    CALL("symlink", SYS_symlink, NONE, 1),
    CALL("mkdir", SYS_mkdir, NONE, 0),
    CALL("epoll_wait", SYS_epoll_wait, NONE, NONE),
#endif
    CALL("open", SYS_openat, NONE, 1),
    CALL("stat", SYS_newfstatat, NONE, 1),
    CALL("stat", SYS_statx, NONE, 1),
    CALL("fstat", SYS_newfstatat, 0, NONE),
    CALL("fstat", SYS_statx, 0, NONE),
    CALL("unlink", SYS_unlinkat, NONE, 1),
    CALL("rename", SYS_renameat, NONE, 1),
    CALL("rename", SYS_renameat2, NONE, 1),
    CALL("chmod", SYS_fchmodat, NONE, 1),
    CALL("mknod", SYS_mknodat, NONE, 1),
    CALL("access", SYS_faccessat, NONE, 1),
    CALL("readlink", SYS_readlinkat, NONE, 1),
    CALL("fork", SYS_clone, NONE, NONE),
    CALL("poll", SYS_ppoll, NONE, NONE),
    CALL("dup2", SYS_dup3, 0, NONE),
    CALL("pipe", SYS_pipe2, NONE, NONE),
    CALL("link", SYS_linkat, NONE, 3),
    CALL("symlink", SYS_symlinkat, NONE, 2),
    CALL("mkdir", SYS_mkdirat, NONE, 1),
    CALL("execve", SYS_execve, NONE, 0),
    CALL("close", SYS_close, 0, NONE),
    CALL("read", SYS_read, 0, NONE),
    CALL("read", SYS_readv, 0, NONE),
    CALL("read", SYS_preadv2, 0, NONE),
    CALL("pread", SYS_pread64, 0, NONE),
    CALL("pread", SYS_preadv2, 0, NONE),
    CALL("write", SYS_write, 0, NONE),
    CALL("write", SYS_writev, 0, NONE),
    CALL("write", SYS_pwritev2, 0, NONE),
    CALL("pwrite", SYS_pwrite64, 0, NONE),
    CALL("pwrite", SYS_pwritev2, 0, NONE),
    CALL("lseek", SYS_lseek, 0, NONE),
    CALL("fstat", SYS_fstat, 0, NONE),
    CALL("fstatfs", SYS_fstatfs, 0, NONE),
    CALL("fchmod", SYS_fchmod, 0, NONE),
    CALL("ftruncate", SYS_ftruncate, 0, NONE),
    CALL("fallocate", SYS_fallocate, 0, NONE),
    CALL("getdents", SYS_getdents64, 0, NONE),
    CALL("fcntl", SYS_fcntl, 0, NONE),
    CALL("ioctl", SYS_ioctl, 0, NONE),
    CALL("flock", SYS_flock, 0, NONE),
    CALL("splice", SYS_splice, 0, NONE),
    CALL("vmsplice", SYS_vmsplice, 0, NONE),
    CALL("tee", SYS_tee, 0, NONE),
    CALL("sendfile", SYS_sendfile, 0, NONE),
    CALL("mmap", SYS_mmap, 4, NONE),
    CALL("mremap", SYS_mremap, NONE, NONE),
    CALL("munmap", SYS_munmap, NONE, NONE),
    CALL("madvise", SYS_madvise, NONE, NONE),
    CALL("mlock", SYS_mlock, NONE, NONE),
    CALL("brk", SYS_brk, NONE, NONE),
    CALL("memfd_create", SYS_memfd_create, NONE, 0),
    CALL("inotify_init", SYS_inotify_init1, NONE, NONE),
    CALL("inotify_add_watch", SYS_inotify_add_watch, NONE, 1),
    CALL("kill", SYS_kill, NONE, NONE),
    CALL("sigqueue", SYS_rt_sigqueueinfo, NONE, NONE),
    CALL("pidfd_open", SYS_pidfd_open, NONE, NONE),
    CALL("pidfd_getfd", SYS_pidfd_getfd, NONE, NONE),
    CALL("pidfd_send_signal", SYS_pidfd_send_signal, NONE, NONE),
    CALL("signalfd", SYS_signalfd4, NONE, NONE),
    CALL("eventfd", SYS_eventfd2, NONE, NONE),
    CALL("timerfd_create", SYS_timerfd_create, NONE, NONE),
    CALL("timer_create", SYS_timer_create, NONE, NONE),
    CALL("prctl", SYS_prctl, NONE, NONE),
    CALL("setsid", SYS_setsid, NONE, NONE),
    CALL("setpgid", SYS_setpgid, NONE, NONE),
    CALL("wait4", SYS_wait4, NONE, NONE),
    CALL("waitid", SYS_waitid, NONE, NONE),
    CALL("kcmp", SYS_kcmp, NONE, NONE),
    CALL("process_vm_readv", SYS_process_vm_readv, NONE, NONE),
    CALL("sched_setaffinity", SYS_sched_setaffinity, NONE, NONE),
    CALL("sched_getaffinity", SYS_sched_getaffinity, NONE, NONE),
    CALL("getrandom", SYS_getrandom, NONE, NONE),
    CALL("sigtimedwait", SYS_rt_sigtimedwait, NONE, NONE),
    CALL("set_robust_list", SYS_set_robust_list, NONE, NONE),
    CALL("get_robust_list", SYS_get_robust_list, NONE, NONE),
    CALL("futex", SYS_futex, NONE, NONE),
    CALL("mq_open", SYS_mq_open, NONE, 0),
    CALL("mq_unlink", SYS_mq_unlink, NONE, 0),
    CALL("mq_send", SYS_mq_timedsend, 0, NONE),
    CALL("mq_receive", SYS_mq_timedreceive, 0, NONE),
    CALL("mq_notify", SYS_mq_notify, 0, NONE),
    CALL("mq_getsetattr", SYS_mq_getsetattr, 0, NONE),
    CALL("msgget", SYS_msgget, NONE, NONE),
    CALL("msgsnd", SYS_msgsnd, NONE, NONE),
    CALL("msgrcv", SYS_msgrcv, NONE, NONE),
    CALL("msgctl", SYS_msgctl, NONE, NONE),
    CALL("semget", SYS_semget, NONE, NONE),
#ifdef SYS_semop
    CALL("semop", SYS_semop, NONE, NONE),
#endif
    CALL("semop", SYS_semtimedop, NONE, NONE),
    CALL("semctl", SYS_semctl, NONE, NONE),
    CALL("shmget", SYS_shmget, NONE, NONE),
    CALL("shmat", SYS_shmat, NONE, NONE),
    CALL("shmctl", SYS_shmctl, NONE, NONE),
    CALL("socket", SYS_socket, NONE, NONE),
    CALL("socketpair", SYS_socketpair, NONE, NONE),
    CALL("bind", SYS_bind, NONE, NONE),
    CALL("listen", SYS_listen, NONE, NONE),
    CALL("accept", SYS_accept4, NONE, NONE),
    CALL("connect", SYS_connect, NONE, NONE),
    CALL("shutdown", SYS_shutdown, NONE, NONE),
    CALL("send", SYS_sendto, NONE, NONE),
    CALL("send", SYS_sendmsg, NONE, NONE),
    CALL("recv", SYS_recvfrom, NONE, NONE),
    CALL("recv", SYS_recvmsg, NONE, NONE),
    CALL("getsockopt", SYS_getsockopt, NONE, NONE),
    CALL("setsockopt", SYS_setsockopt, NONE, NONE),
    CALL("getsockname", SYS_getsockname, NONE, NONE),
    CALL("epoll_create", SYS_epoll_create1, NONE, NONE),
    CALL("epoll_ctl", SYS_epoll_ctl, NONE, NONE),
    CALL("epoll_wait", SYS_epoll_pwait, NONE, NONE),
    CALL("close_range", SYS_close_range, NONE, NONE),
    COMMAND(SYS_fcntl, 0, 1, F_GETFL),
    COMMAND(SYS_fcntl, 0, 1, F_SETFL),
    COMMAND(SYS_fcntl, 0, 1, F_SETPIPE_SZ),
    COMMAND(SYS_fcntl, 0, 1, F_SETFD),
    COMMAND(SYS_fcntl, 0, 1, F_OFD_SETLK),
    COMMAND(SYS_fcntl, 0, 1, F_DUPFD_CLOEXEC),
    {"mmap_shared", SYS_mmap, NONE, NONE, 3, MAP_SHARED | MAP_ANONYMOUS},
    {"mmap_shared", SYS_mmap, NONE, NONE, 3, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE},
    {"mmap_private", SYS_mmap, NONE, NONE, 3, MAP_PRIVATE | MAP_ANONYMOUS},
};
enum { CALL_COUNT = sizeof calls / sizeof *calls };

static const struct error {
	const char *name;
	int number;
} errors[] = {
#define X(name)                                                                          \
	{                                                                                \
#name, name                                                              \
	}
    X(E2BIG),        X(EACCES),       X(EAGAIN),       X(EBADF),      X(EBUSY),
    X(ECHILD),       X(ECONNABORTED), X(ECONNREFUSED), X(ECONNRESET), X(EDQUOT),
    X(EEXIST),       X(EFBIG),        X(EIDRM),        X(EINTR),      X(EINVAL),
    X(EIO),          X(EISDIR),       X(ELOOP),        X(EMFILE),     X(ENFILE),
    X(ENOBUFS),      X(ENODEV),       X(ENOENT),       X(ENOEXEC),    X(ENOLCK),
    X(ENOMEM),       X(ENOSPC),       X(ENOSYS),       X(ENOTDIR),    X(ENOTTY),
    X(ENXIO),        X(EOPNOTSUPP),   X(EOVERFLOW),    X(EPERM),      X(EPIPE),
    X(EPROTOTYPE),   X(ERANGE),       X(EROFS),        X(ESRCH),      X(ETXTBSY),
    X(ETOOMANYREFS), X(ENOTCONN),     X(EXDEV),        X(EADDRINUSE), X(EDEADLK),
    X(EMSGSIZE),
#undef X
};

static struct rule {
	const char *name, *text, *line;
	long first, last, seen, applied;
	int error;
	long long value;
} rules[RULES_MAX];
static int rule_count;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "intercept: %s: %s\n", what, strerror(errno));
	exit(FAILED);
}

static _Noreturn void usage(const char *what)
{
	fprintf(stderr, "intercept: %s: not understood\n", what);
	exit(FAILED);
}

static void parse_rule(char *word)
{
	struct rule *rule = &rules[rule_count++];
	*rule = (struct rule){.name = word, .first = 1, .last = -1};
	char *action = strchr(word, '='), *end;
	if (rule_count == RULES_MAX || action == NULL)
		usage(word);
	*action++ = '\0';
	char *count = strchr(word, '#'), *text = strchr(word, '@');
	if (text != NULL) {
		*text++ = '\0';
		rule->text = text;
	}
	if (count != NULL) {
		*count++ = '\0';
		rule->first = rule->last = strtol(count, &end, 10);
		if (*end == '+')
			rule->last = -1;
	}
	if (*action == '!') {
		rule->line = action + 1;
		return;
	}
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (strcmp(errors[i].name, action) == 0) {
			rule->error = errors[i].number;
			return;
		}
	rule->value = strtoll(action, &end, 10);
	if (*action == '\0' || *end != '\0')
		usage(action);
}

/* What is executed, as execvp(3) finds it: one execve(2), which no rule is for. */
static const char *find_command(const char *name)
{
	static char path[4096];
	const char *folder = getenv("PATH");
	if (strchr(name, '/') != NULL)
		return name;
	for (; folder != NULL && *folder != '\0'; folder += *folder == ':') {
		int length = (int)strcspn(folder, ":");
		snprintf(path, sizeof path, "%.*s/%s", length, folder, name);
		if (access(path, X_OK) == 0)
			return path;
		folder += length;
	}
	usage(name);
	return NULL;
}

static bool is_ruled(const struct call *call)
{
	for (int i = 0; i < rule_count; i++)
		if (strcmp(rules[i].name, call->name) == 0)
			return true;
	return strcmp(call->name, "poll") == 0;
}

/* The supervisor shares the table of descriptors up to the command's execve(2). */
static int install_filter(void)
{
	struct sock_filter filter[1 + 2 * CALLS_MAX + 1];
	unsigned short length = 0;
	filter[length++] = (struct sock_filter)BPF_STMT(
	    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (int i = 0; i < CALL_COUNT; i++) {
		if (!is_ruled(&calls[i]))
			continue;
		if (length >= 2 * CALLS_MAX)
			usage("too many rules");
		filter[length++] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i].number, 0, 1);
		filter[length++] =
		    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	}
	filter[length++] =
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = {length, filter};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		die("PR_SET_NO_NEW_PRIVS");
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	                    SECCOMP_FILTER_FLAG_NEW_LISTENER |
	                        SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
	                    &program);
}

/* Does the path or the descriptor of this call contain the text? */
static bool contains(const struct seccomp_notif *call, const struct call *row,
                     const char *text)
{
	char file[64], found[4096] = "";
	if (row->path != NONE) {
		snprintf(file, sizeof file, "/proc/%u/mem", call->pid);
		int memory = open(file, O_RDONLY | O_CLOEXEC);
		off_t at = (off_t)call->data.args[row->path];
		/* a path can end at the end of a page */
		for (size_t i = 0; i + 1 < sizeof found; i++)
			if (pread(memory, found + i, 1, at + (off_t)i) != 1 ||
			    found[i] == '\0')
				break;
		close(memory);
	}
	if (row->fd != NONE && strstr(found, text) == NULL) {
		snprintf(file, sizeof file, "/proc/%u/fd/%d", call->pid,
		         (int)call->data.args[row->fd]);
		ssize_t length = readlink(file, found, sizeof found - 1);
		found[length > 0 ? length : 0] = '\0';
	}
	return strstr(found, text) != NULL;
}

static bool is_for(const struct rule *rule, const struct seccomp_notif *call)
{
	for (int i = 0; i < CALL_COUNT; i++) {
		const struct call *row = &calls[i];
		if (row->number == call->data.nr && strcmp(row->name, rule->name) == 0 &&
		    (row->command == NONE ||
		     (int)call->data.args[row->command] == row->value) &&
		    (rule->text == NULL || contains(call, row, rule->text)))
			return true;
	}
	return false;
}

/* The first that applies; each counts every call that it is for. */
static struct rule *matching_rule(const struct seccomp_notif *call)
{
	struct rule *found = NULL;
	for (int i = rule_count - 1; i >= 0; i--) {
		struct rule *rule = &rules[i];
		if (!is_for(rule, call))
			continue;
		rule->seen++;
		if (rule->seen >= rule->first &&
		    (rule->last < 0 || rule->seen <= rule->last))
			found = rule;
	}
	return found;
}

static bool is_beginning_of_main(const struct seccomp_data *call)
{
#ifdef SYS_poll
	if (call->nr == SYS_poll)
		return call->args[1] == 3;
#endif
	return call->nr == SYS_ppoll && call->args[1] == 3;
}

/* sh(1) has run the line, and successfully. */
static bool run_line(const char *line)
{
	int status = -1;
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(FAILED);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* One notification; false if the command has ended. */
static bool answer(int listener, bool *begun)
{
	struct seccomp_notif call = {0};
	struct seccomp_notif_resp response = {0};
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
		return errno == EINTR || errno == ENOENT;
	struct rule *rule = *begun ? matching_rule(&call) : NULL;
	*begun |= is_beginning_of_main(&call.data);
	response.id = call.id;
	if (rule == NULL || rule->line != NULL)
		response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	if (rule != NULL && rule->line != NULL) {
		char pid[16];
		snprintf(pid, sizeof pid, "%u", call.pid);
		setenv("PID", pid, 1);
		if (!run_line(rule->line))
			fprintf(stderr, "intercept: %s: failed\n", rule->line);
	} else if (rule != NULL) {
		response.error = -rule->error;
		response.val = rule->error == 0 ? rule->value : 0;
	}
	/* a signal can have interrupted the call: then it is made once more */
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) < 0 && errno != ENOENT)
		die("SECCOMP_IOCTL_NOTIF_SEND");
	if (rule != NULL)
		rule->applied++;
	return true;
}

int main(int argc, char **argv)
{
	int i = 1, status;
	bool begun = argc > 1 && strcmp(argv[1], "-a") == 0;
	for (i += begun; i < argc && strcmp(argv[i], "--") != 0; i++)
		parse_rule(argv[i]);
	if (i + 1 >= argc)
		usage("no command");
	argv += i + 1;
	const char *path = find_command(argv[0]);
	volatile int *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
	                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");
	*shared = -1;
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		int listener = install_filter();
		*shared = listener < 0 ? -2 : listener;
		execv(path, argv);
		_exit(FAILED);
	}
	while (*shared == -1 && waitpid(pid, &status, WNOHANG) == 0)
		sched_yield();
	if (pid < 0 || *shared < 0)
		die("no filter");
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	struct pollfd listener = {*shared, POLLIN, 0};
	fcntl(listener.fd, F_SETFD, FD_CLOEXEC);
	time_t end = time(NULL) + SECONDS_MAX;
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (poll(&listener, 1, 20) > 0 && !answer(listener.fd, &begun))
			usleep(1000);
		if (time(NULL) > end) {
			kill(pid, SIGKILL);
			fprintf(stderr, "intercept: it still ran after %d s\n",
			        SECONDS_MAX);
			return TOO_LONG;
		}
	}
	/* without a supervisor, the calls of processes that it left would fail */
	end = time(NULL) + SECONDS_LEFT;
	while (poll(&listener, 1, 20) >= 0 && !(listener.revents & POLLHUP) &&
	       time(NULL) <= end)
		if (listener.revents & POLLIN)
			answer(listener.fd, &begun);
	for (i = 0; i < rule_count; i++)
		if (rules[i].applied == 0) {
			fprintf(stderr, "intercept: rule %d, %s, never applied\n", i + 1,
			        rules[i].name);
			return UNFIRED;
		}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* SPDX-License-Identifier: MIT */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Does the call open something with these flags? */
static uint64_t opening_flags(const struct system_call *call)
{
	switch (call->number) {
#ifdef SYS_open
	case SYS_open: return call->argument[1];
#endif
	case SYS_mq_open: return call->argument[1];
	case SYS_openat: return call->argument[2];
	default: return 0;
	}
}

static bool opens(const struct system_call *call)
{
	return strcmp(call_name(call->number), "open") == 0 ||
	       call->number == SYS_openat || call->number == SYS_mq_open;
}

static bool creates(const struct system_call *call)
{
	if (call->number == SYS_msgget)
		return (call->argument[1] & IPC_CREAT) != 0 ||
		       call->argument[0] == IPC_PRIVATE;
	if (call->number == SYS_semget || call->number == SYS_shmget)
		return (call->argument[2] & IPC_CREAT) != 0 ||
		       call->argument[0] == IPC_PRIVATE;
	return !opens(call) || (opening_flags(call) & O_CREAT) != 0 ||
	       (opening_flags(call) & O_TMPFILE) == O_TMPFILE;
}

static bool opening_can_fail_with(const struct system_call *call, int error)
{
	bool writing = (opening_flags(call) & O_ACCMODE) != O_RDONLY;
	switch (error) {
	case EEXIST:
	case ENOSPC:
	case EDQUOT: return creates(call);
	case EINVAL: return creates(call); /* a limit of message queues */
	case ENOENT: return call->number != SYS_mq_open || !creates(call);
	case EROFS: return writing || creates(call);
	case ETXTBSY:
	case EISDIR: return writing && call->number != SYS_mq_open;
	case ENXIO: return (opening_flags(call) & O_NONBLOCK) && writing;
	default: return true;
	}
}

/* A call that names a descriptor, by what the descriptor is. */
static bool transfer_can_fail_with(const struct system_call *call, int error)
{
	switch (error) {
	case EPIPE:
		/* the other end of a pipe of its own is open as long as the child lives
		 * that has it */
		if (call->kind == DESCRIPTOR_OWN_PIPE)
			return false;
		return call->kind == DESCRIPTOR_PIPE ||
		       call->kind == DESCRIPTOR_STREAM_SOCKET ||
		       call->kind == DESCRIPTOR_PACKET_SOCKET;
	case EIO:
	case ENOSPC:
	case EFBIG:
	case EDQUOT:
	case EISDIR: return call->kind == DESCRIPTOR_FILE;
	case EINTR: return call->kind != DESCRIPTOR_FILE;
	case EAGAIN: return call->nonblocking && call->kind != DESCRIPTOR_FILE;
	default: return true;
	}
}

/* fcntl(2) is many calls in one. */
static bool fcntl_can_fail_with(const struct system_call *call, int error)
{
	switch (call->argument[1]) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC: return error == EMFILE;
	case F_SETLK:
	case F_OFD_SETLK: return error == EAGAIN || error == ENOLCK;
	case F_SETLKW: return error == EDEADLK || error == EINTR || error == ENOLCK;
	case F_OFD_SETLKW: return error == EINTR || error == ENOLCK;
	case F_SETPIPE_SZ: return error == EPERM || error == EBUSY;
	case F_ADD_SEALS: return error == EPERM || error == EBUSY;
	default: return false;
	}
}

bool call_can_fail_with(const struct system_call *call, int error)
{
	if (error == EINTR && !call->interruptible)
		return false;
	if (opens(call))
		return opening_can_fail_with(call, error);
	switch (call->number) {
	case SYS_read:
	case SYS_write:
	case SYS_pread64:
	case SYS_pwrite64:
	case SYS_readv:
	case SYS_writev: return transfer_can_fail_with(call, error);
	case SYS_fcntl: return fcntl_can_fail_with(call, error);
	case SYS_flock: return error != EAGAIN || (call->argument[1] & LOCK_NB) != 0;
	case SYS_ppoll:
#ifdef SYS_poll
	case SYS_poll:
#endif
		/* a few descriptors are on the kernel's stack, and need no memory */
		return error != ENOMEM || call->argument[1] > 16;
	case SYS_mq_timedsend:
	case SYS_mq_timedreceive: return error != EAGAIN || call->nonblocking;
	case SYS_recvfrom:
	case SYS_sendto:
		return error != EAGAIN || call->nonblocking ||
		       (call->argument[3] & MSG_DONTWAIT) != 0;
	case SYS_recvmsg:
	case SYS_sendmsg:
		return error != EAGAIN || call->nonblocking ||
		       (call->argument[2] & MSG_DONTWAIT) != 0;
	case SYS_accept4:
	case SYS_connect: return error != EAGAIN || call->nonblocking;
	case SYS_msgget:
	case SYS_semget:
	case SYS_shmget:
		return creates(call) ? error != ENOENT && error != EIDRM
		                     : error != EEXIST && error != ENOSPC;
	default: return true;
	}
}

bool call_can_keep_failing_with(int number, int error)
{
	/* of the others, EAGAIN means a limit: of processes, of locked memory */
	bool limited = number == SYS_mmap || number == SYS_mremap ||
	               number == SYS_mlock || number == SYS_madvise ||
	               number == SYS_clone || number == SYS_timer_create ||
	               number == SYS_rt_sigqueueinfo || number == SYS_execve ||
	               number == SYS_fcntl || number == SYS_flock;
#ifdef SYS_fork
	limited = limited || number == SYS_fork || number == SYS_vfork;
#endif
	/* that it exists, and that it does not, cannot both be true for long */
	bool names = number == SYS_mq_open || number == SYS_msgget ||
	             number == SYS_semget || number == SYS_shmget;
	if (error == EEXIST || (error == ENOENT && names))
		return false;
	return error != EINTR && error != ECONNABORTED && (error != EAGAIN || limited);
}

int call_length_argument(const struct system_call *call)
{
	bool bytes = call->kind == DESCRIPTOR_FILE ||
	             call->kind == DESCRIPTOR_STREAM_SOCKET ||
	             call->kind == DESCRIPTOR_PIPE || call->kind == DESCRIPTOR_OWN_PIPE;
	if (!bytes)
		return -1;
	switch (call->number) {
	case SYS_write:
		/* pipe(7): what is not longer is written as a whole */
		if (call->kind != DESCRIPTOR_FILE &&
		    call->kind != DESCRIPTOR_STREAM_SOCKET &&
		    call->argument[2] <= PIPE_BUF)
			return -1;
		break;
	case SYS_read:
	case SYS_pread64:
	case SYS_pwrite64:
	case SYS_recvfrom:
	case SYS_sendto: break;
	case SYS_sendfile: return call->argument[3] > 1 ? 3 : -1;
	default: return -1;
	}
	/* a message on standard error is what the run is judged by */
	if (call->argument[2] < 2 ||
	    (call->number == SYS_write && call->argument[0] == STDERR_FILENO))
		return -1;
	return 2;
}

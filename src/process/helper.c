#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/ksig.h"
#include "process/helper.h"

pid_t helper_fork(uint64_t *mask)
{
	*mask = ksig_procmask(SIG_BLOCK, ksig_catchable());
	/* the C library has no fork without SIGCHLD at the end */
	pid_t pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (pid == 0)
		return 0;
	int error = errno;
	ksig_procmask(SIG_SETMASK, *mask);
	errno = error;
	return pid;
}

int helper_wait(pid_t pid, int *wait_status)
{
	*wait_status = 0;
	while (waitpid(pid, wait_status, (int)__WCLONE) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

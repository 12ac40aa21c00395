#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/frontend.h"
#include "io/report.h"
#include "process/child.h"
#include "process/environment.h"
#include "socket/fd_receiver.h"

enum { FIRST_FOR_COMMAND = 3 };

typedef int set_variable(const char *name, const char *value);

static int set_number(set_variable *set, const char *name, long long number)
{
	char text[24];
	snprintf(text, sizeof text, "%lld", number);
	return set(name, text);
}

static int set_all(set_variable *set, const struct taken *taken)
{
	if (set_number(set, "SOCK_FD", taken->fd) < 0 ||
	    set("SOCK_MESSAGE", taken->message) < 0 ||
	    set_number(set, "SOCK_PEER_PID", taken->sender.pid) < 0 ||
	    set_number(set, "SOCK_PEER_UID", taken->sender.uid) < 0 ||
	    set_number(set, "SOCK_PEER_GID", taken->sender.gid) < 0)
		return -1;
	return 0;
}

/* To a number that is easily written, or where it is in nobody's way. */
static int move(struct taken *taken, int from)
{
	int fd = fcntl(taken->fd, F_DUPFD_CLOEXEC, from);
	if (fd < 0)
		return -1;
	close(taken->fd);
	taken->fd = fd;
	return 0;
}

/* In the process that becomes the command. */
static bool hand_over(void *argument)
{
	const struct taken *taken = argument;
	if (fcntl(taken->fd, F_SETFD, 0) == 0 && set_all(environment_set, taken) == 0)
		return true;
	fail("descriptor %d", taken->fd);
	return false;
}

enum status taken_run(struct taken *taken, char **command)
{
	enum status status = STATUS_RUN_FAILED;
	if (move(taken, FIRST_FOR_COMMAND) < 0)
		fail("descriptor %d", taken->fd);
	else
		status = child_run(command, hand_over, taken);
	close(taken->fd);
	return status;
}

enum status taken_keep(struct taken *taken)
{
	if (move(taken, FD_LOWEST_FOR_SHELL) == 0 && fcntl(taken->fd, F_SETFD, 0) == 0 &&
	    set_all(front_set_variable, taken) == 0)
		return STATUS_DONE;
	enum status status = errno == EROFS
	                         ? fail_as(STATUS_FAILED, "readonly variable SOCK_*")
	                         : fail("descriptor %d", taken->fd);
	close(taken->fd);
	return status;
}

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/value.h"
#include "signal/procstat.h"

/* Where a field's value begins, after the name, a colon and a tab; "" if it is missing.
 */
static const char *value_of(const char *text, const char *field)
{
	const char *found = strstr(text, field);
	return found != NULL ? found + strlen(field) : "";
}

static uint64_t mask_of(const char *text, const char *field)
{
	return value_within(value_of(text, field), NULL, 16);
}

static pid_t pid_of(const char *text, const char *field)
{
	return (pid_t)value_within(value_of(text, field), NULL, 10);
}

/* The whole of it at once, or the fields would be of different moments. */
static int read_status(pid_t process, pid_t thread, char *text, size_t size)
{
	char path[64];
	if (thread == 0)
		snprintf(path, sizeof path, "/proc/%d/status", process);
	else
		snprintf(path, sizeof path, "/proc/%d/task/%d/status", process, thread);
	if (procfs_read(path, text, size) >= 0)
		return 0;
	if (errno == ENOENT)
		errno = ESRCH;
	return -1;
}

int masks_read(struct masks *masks, pid_t process, pid_t thread)
{
	char text[4096];
	if (read_status(process, thread, text, sizeof text) < 0)
		return -1;
	/* the first line; the kernel escapes a newline in it */
	const char *name = value_of(text, "Name:\t");
	const char *slash;
	*masks = (struct masks){
	    .process = pid_of(text, "\nTgid:\t"),
	    .thread = pid_of(text, "\nPid:\t"),
	    .ignored = mask_of(text, "\nSigIgn:\t"),
	    .caught = mask_of(text, "\nSigCgt:\t"),
	    .pending = mask_of(text, "\nShdPnd:\t"),
	    .blocked = mask_of(text, "\nSigBlk:\t"),
	    .thread_pending = mask_of(text, "\nSigPnd:\t"),
	    .queued = value_within(value_of(text, "\nSigQ:\t"), &slash, 10),
	};
	masks->queue_limit = value_within(slash + (*slash == '/'), NULL, 10);
	snprintf(masks->command, sizeof masks->command, "%.*s", (int)strcspn(name, "\n"),
	         name);
	return 0;
}

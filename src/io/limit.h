/* SPDX-License-Identifier: MIT */
/*
 * How a limit is raised, for the message that names it.
 *
 * The text is "; 'sysctl fs.mqueue.msg_max=20' raises it", to be appended to the message,
 * or "" if the caller may not raise the limit. Only for the path of an error. errno is
 * left unchanged.
 */
#ifndef IO_LIMIT_H
#define IO_LIMIT_H

#include <stdint.h>
#include <sys/types.h>

struct limit_advice {
	char text[160];
};

/*
 * A sysctl(8) by its name ("kernel.msgmnb") and its new value: the caller may write its
 * file below /proc/sys. Other names ("SO_SNDBUF") have no such file.
 */
const char *limit_sysctl(struct limit_advice *advice, const char *name,
                         const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A limit that is reached, doubled: the value to suggest, at most `highest`. */
int64_t limit_next(int64_t limit, int64_t highest);

/*
 * A resource limit of the calling process, getrlimit(2), that has to become `least` or
 * more: the caller may if the hard limit is high enough, or if the kernel permits more
 * than that (CAP_SYS_RESOURCE). The command is bash's ulimit.
 */
const char *limit_ulimit(struct limit_advice *advice, int resource, uint64_t least);

/* The number of pending signals of another process: by prlimit(1), to its hard limit. */
const char *limit_pending_signals(struct limit_advice *advice, pid_t pid);

#endif

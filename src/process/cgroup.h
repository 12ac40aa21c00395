/* SPDX-License-Identifier: MIT */
/*
 * The control group that a process is in, as far as it can be frozen: by cgroup.freeze of
 * version 2, or by the freezer of version 1. See cgroups(7). A process that is frozen
 * executes nothing, and does not notice it.
 */
#ifndef PROCESS_CGROUP_H
#define PROCESS_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum cgroup_version { CGROUP_2, CGROUP_1, CGROUP_VERSIONS };

struct cgroup {
	enum cgroup_version version;
	int directory;
	int control; /* the file that freezes it */
};

/*
 * The cgroup of a process: 0, or -1 with errno. EBUSY if it is the calling process's, is
 * frozen, or another process has it open by this function; ENOENT if it is the root
 * cgroup, which cannot be frozen, or is not mounted; EACCES ... if the caller may not
 * freeze it.
 */
int cgroup_open(struct cgroup *cgroup, pid_t pid, enum cgroup_version version);
void cgroup_close(struct cgroup *cgroup);

/* All zeros: none. `pids` is to be freed by free(3). */
struct cgroup_members {
	pid_t *pids;
	size_t count, room;
};

/*
 * Append the processes in it and in its descendants; 0 stands for one in another PID
 * namespace. 0, or -1 with errno.
 */
int cgroup_add_members(const struct cgroup *cgroup, struct cgroup_members *members);

bool cgroup_has_member(const struct cgroup_members *members, pid_t pid);

/* Begin to freeze it, or thaw it: 0, or -1 with errno. */
int cgroup_freeze(const struct cgroup *cgroup);
int cgroup_thaw(const struct cgroup *cgroup);

/* Is each process in it frozen by now? */
bool cgroup_is_frozen(const struct cgroup *cgroup);

/*
 * The path of a process's cgroup, from the text of /proc/PID/cgroup, which is cut; NULL
 * if it has none of this version. In the cgroup namespace of the reader: "/.." if
 * outside.
 */
char *cgroup_parse_path(char *text, enum cgroup_version version);

/*
 * The root and the place of a mounted hierarchy, from a line of /proc/PID/mountinfo,
 * which is cut. False if it is another file system.
 */
bool cgroup_parse_mount(char *line, enum cgroup_version version, const char **root,
                        const char **point);

#endif

/* SPDX-License-Identifier: MIT */
#include "process/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/fd.h"
#include "base/procfs.h"
#include "base/value.h"
#include "base/vec.h"

/* The files of a version, and their texts. */
struct cgroup_files {
	const char *type; /* of the file system */
	const char *control, *freeze, *thaw;
	const char *own, *thawed;   /* frozen by itself, if not by its parents? */
	const char *state, *frozen; /* is each process frozen? */
};

static const struct cgroup_files files[] = {
    [CGROUP_2] = {.type = "cgroup2",
                  .control = "cgroup.freeze",
                  .freeze = "1",
                  .thaw = "0",
                  .own = "cgroup.freeze",
                  .thawed = "0\n",
                  .state = "cgroup.events",
                  .frozen = "frozen 1\n"},
    [CGROUP_1] = {.type = "cgroup",
                  .control = "freezer.state",
                  .freeze = "FROZEN",
                  .thaw = "THAWED",
                  .own = "freezer.self_freezing",
                  .thawed = "0\n",
                  .state = "freezer.state",
                  .frozen = "FROZEN\n"},
};

/* Of words with commas between them. */
static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);
	while (*words != '\0') {
		size_t one = strcspn(words, ",");
		if (one == length && strncmp(words, word, length) == 0)
			return true;
		words += one + (words[one] != '\0');
	}
	return false;
}

/* "4:freezer,cpu:/a/b", of version 2 "0::/a/b". */
char *cgroup_parse_path(char *text, enum cgroup_version version)
{
	for (char *line; (line = procfs_next_line(&text)) != NULL;) {
		char *controllers = strchr(line, ':');
		char *path = controllers != NULL ? strchr(++controllers, ':') : NULL;
		if (path == NULL || path[1] != '/')
			continue;
		*path++ = '\0';
		if (version == CGROUP_2
		        ? strncmp(line, "0:", 2) == 0 && *controllers == '\0'
		        : has_word(controllers, "freezer"))
			return path;
	}
	return NULL;
}

/* "30 25 0:26 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw" */
bool cgroup_parse_mount(char *line, enum cgroup_version version, const char **root,
                        const char **point)
{
	char *system = strstr(line, " - ");
	if (system == NULL)
		return false;
	*system = '\0';
	system += strlen(" - ");
	for (int i = 0; i < 3; i++)
		procfs_next_word(&line);
	*root = procfs_next_word(&line);
	*point = procfs_next_word(&line);
	const char *type = procfs_next_word(&system);
	procfs_next_word(&system);
	return **root == '/' && **point == '/' &&
	       strcmp(type, files[version].type) == 0 &&
	       (version == CGROUP_2 || has_word(procfs_next_word(&system), "freezer"));
}

/* The text of /proc/PID/cgroup, and the path in it: NULL with errno. */
static char *read_path(pid_t pid, enum cgroup_version version, char **path)
{
	char name[32];
	snprintf(name, sizeof name, "/proc/%d/cgroup", (int)pid);
	char *text = procfs_read_all(name);
	*path = text != NULL ? cgroup_parse_path(text, version) : NULL;
	if (*path != NULL)
		return text;
	if (text != NULL)
		errno = ENOENT;
	free(text);
	return NULL;
}

/* Names of directories have no line breaks there, and a blank in one is not found. */
static int open_mounted(const char *path, enum cgroup_version version)
{
	char name[PATH_MAX];
	const char *root, *point;
	int directory = -1;
	char *text = procfs_read_all("/proc/self/mountinfo"), *rest = text, *line;
	if (text == NULL)
		return -1;
	errno = ENOENT;
	while (directory < 0 && (line = procfs_next_line(&rest)) != NULL) {
		if (!cgroup_parse_mount(line, version, &root, &point))
			continue;
		size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
		if (strncmp(path, root, length) == 0 && path[length] == '/' &&
		    (size_t)snprintf(name, sizeof name, "%s%s", point, path + length) <
		        sizeof name)
			directory = directory_open(AT_FDCWD, name);
	}
	int error = errno;
	free(text);
	errno = error;
	return directory;
}

static bool has_text(const struct cgroup *cgroup, const char *file, const char *text)
{
	char *have = procfs_read_all_at(cgroup->directory, file);
	bool found = have != NULL && strstr(have, text) != NULL;
	free(have);
	return found;
}

/* Two that would freeze it at once know of each other by the lock on that file. */
static int open_control(struct cgroup *cgroup)
{
	const struct cgroup_files *of = &files[cgroup->version];
	cgroup->control = openat(cgroup->directory, of->control, O_RDWR | O_CLOEXEC);
	if (cgroup->control < 0)
		return -1;
	if (flock(cgroup->control, LOCK_EX | LOCK_NB) == 0 &&
	    has_text(cgroup, of->own, of->thawed) && !cgroup_is_frozen(cgroup))
		return 0;
	close(cgroup->control);
	errno = EBUSY;
	return -1;
}

static int open_path(struct cgroup *cgroup, const char *path)
{
	char *own;
	char *text = read_path(getpid(), cgroup->version, &own);
	bool same = text != NULL && strcmp(path, own) == 0;
	free(text);
	errno = same ? EBUSY : ENOENT;
	if (same || strstr(path, "/..") != NULL)
		return -1;
	cgroup->directory = open_mounted(path, cgroup->version);
	if (cgroup->directory < 0)
		return -1;
	if (open_control(cgroup) == 0)
		return 0;
	fd_close_keep_errno(cgroup->directory);
	return -1;
}

int cgroup_open(struct cgroup *cgroup, pid_t pid, enum cgroup_version version)
{
	char *path;
	char *text = read_path(pid, version, &path);
	if (text == NULL)
		return -1;
	*cgroup = (struct cgroup){.version = version};
	int result = open_path(cgroup, path), error = errno;
	free(text);
	errno = error;
	return result;
}

void cgroup_close(struct cgroup *cgroup)
{
	close(cgroup->control);
	close(cgroup->directory);
}

/* -------------------------------------------------------------------- its members */

static bool add_member(struct cgroup_members *members, pid_t pid)
{
	if (members->count == members->room) {
		pid_t *more = vec_grow(members->pids, &members->room, sizeof *more);
		if (more == NULL)
			return false;
		members->pids = more;
	}
	members->pids[members->count++] = pid;
	return true;
}

/* EOPNOTSUPP of a threaded cgroup: its processes belong to another one too. */
static int add_own_members(int directory, struct cgroup_members *members)
{
	char *text = procfs_read_all_at(directory, "cgroup.procs"), *rest = text, *line;
	bool added = text != NULL;
	while (added && (line = procfs_next_line(&rest)) != NULL)
		added = add_member(members, (pid_t)value_strtoull(line, NULL, 10));
	int error = errno;
	free(text);
	errno = error;
	return added ? 0 : -1;
}

static int add_members_of(int at, struct cgroup_members *members, int depth)
{
	enum { DEPTH_MAX = 16 };
	struct directory names;
	struct stat st;
	if (add_own_members(at, members) < 0 || fstat(at, &st) < 0)
		return -1;
	if (st.st_nlink == 2) /* no directories in it */
		return 0;
	errno = ELOOP;
	if (depth == DEPTH_MAX)
		return -1;
	directory_begin(&names, at);
	for (const char *name; (name = directory_next(&names)) != NULL;) {
		int below = directory_open(at, name);
		if (below < 0 && (errno == ENOTDIR || errno == ENOENT))
			continue;
		int result = below >= 0 ? add_members_of(below, members, depth + 1) : -1;
		fd_close_keep_errno(below);
		if (result < 0)
			return -1;
	}
	return 0;
}

/* By a descriptor of its own each time: it is read from its beginning. */
int cgroup_add_members(const struct cgroup *cgroup, struct cgroup_members *members)
{
	int at = directory_open(cgroup->directory, ".");
	int result = at >= 0 ? add_members_of(at, members, 0) : -1;
	fd_close_keep_errno(at);
	return result;
}

bool cgroup_has_member(const struct cgroup_members *members, pid_t pid)
{
	for (size_t i = 0; i < members->count; i++)
		if (members->pids[i] == pid)
			return true;
	return false;
}

/* ------------------------------------------------------------------------ freezing */

static int write_control(const struct cgroup *cgroup, const char *text)
{
	return pwrite(cgroup->control, text, strlen(text), 0) < 0 ? -1 : 0;
}

int cgroup_freeze(const struct cgroup *cgroup)
{
	return write_control(cgroup, files[cgroup->version].freeze);
}

int cgroup_thaw(const struct cgroup *cgroup)
{
	return write_control(cgroup, files[cgroup->version].thaw);
}

bool cgroup_is_frozen(const struct cgroup *cgroup)
{
	const struct cgroup_files *of = &files[cgroup->version];
	return has_text(cgroup, of->state, of->frozen);
}

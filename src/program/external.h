/* SPDX-License-Identifier: MIT */
/*
 * Programs that stand in for applets: `ipctool NAME` is ipctool-NAME, as git(1) does it.
 *
 * They are looked for beside the binary, where `make install` puts them (LIBEXECDIR), and
 * in PATH. An entry of PATH that is empty or relative is skipped: what the current
 * directory happens to contain is not run.
 */
#ifndef PROGRAM_EXTERNAL_H
#define PROGRAM_EXTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "process/exec.h"

/* OURS: without PATH, so programs that are known to understand our own options. */
enum external_places { EXTERNAL_OURS, EXTERNAL_ALL };

/*
 * The path of ipctool-NAME: 0, or -1 with errno, ENOENT also for a name that is empty,
 * has a slash or begins with a dash, and EACCES if it exists but cannot be executed.
 */
int external_find(struct exec_path *path, const char *name, enum external_places places);

/*
 * Become the program, with the option as its first argument and the words after it; each
 * may be NULL. Returns only if that fails, reported: as exec_replace().
 */
enum status external_run(struct exec_path *path, char *option, char *const *words);

struct external {
	char *name; /* without "ipctool-" */
	char *path;
};

struct external_list {
	struct external *at;
	size_t count, room;
};

/*
 * The programs that external_find() finds, sorted by their names; without those whose
 * names have a space or control characters. False: out of memory. external_list_end() in
 * any case.
 */
bool external_list_begin(struct external_list *list);
void external_list_end(struct external_list *list);

#endif

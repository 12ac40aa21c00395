/* SPDX-License-Identifier: MIT */
/*
 * Files of /proc: see proc(5).
 *
 * If /proc is not mounted, these functions fail with ENOPKG instead of ENOENT: it does
 * not mean that a process or another object does not exist. io/error.h has a text for it.
 */
#ifndef BASE_PROCFS_H
#define BASE_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

bool procfs_is_mounted(void);

/* ENOPKG in place of ENOENT, after another call that failed for a path below /proc. */
void procfs_correct_errno(void);

/*
 * The first number of /proc/sys/NAME ("fs/mqueue/msg_max", "kernel/msgmnb"), -1 if it
 * cannot be read. errno is left unchanged.
 */
int64_t procfs_sysctl(const char *name);

/*
 * Read a file of less than size bytes by one read(2), so that its lines are consistent;
 * text ends with '\0'. Returns the length, or -1 with errno and an empty text.
 */
ssize_t procfs_read(const char *path, char *text, size_t size);

/* Read a file of any length: to be freed by free(3); NULL with errno. */
char *procfs_read_all(const char *path);

/* The same, relative to an open directory as openat(2). */
char *procfs_read_all_at(int directory, const char *path);

/* The next line, ended by '\0' in place of its newline, NULL at the end; moves *rest. */
char *procfs_next_line(char **rest);

/* The next word, ended by '\0' in place of the blank after it; "" at the end. */
char *procfs_next_word(char **rest);

/*
 * The text after the name of a field ("\nSigQ:\t", "eventfd-count:") in the text of a
 * file; NULL if it has no such field.
 */
const char *procfs_find_field(const char *text, const char *field);

#endif

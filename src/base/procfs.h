/*
 * Files of /proc: see proc(5).
 */
#ifndef BASE_PROCFS_H
#define BASE_PROCFS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The first number of /proc/sys/NAME ("fs/mqueue/msg_max", "kernel/msgmnb"), -1 where it
 * cannot be read. errno is left as it was.
 */
int64_t procfs_sysctl(const char *name);

/*
 * A file that fits into size bytes, in one read(2), so that its lines are of one moment:
 * its length, and text ends with '\0'. -1 with errno, and text is "".
 */
ssize_t procfs_read(const char *path, char *text, size_t size);

/* A file of any length, to be freed; NULL with errno. */
char *procfs_read_all(const char *path);

/* The next line, cut off at its newline; NULL at the end. *rest goes on behind it. */
char *procfs_next_line(char **rest);

/* The next word, cut off at the blank after it; "" at the end of the line. */
char *procfs_next_word(char **rest);

#endif

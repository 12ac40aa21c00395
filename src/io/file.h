/*
 * What is at a path.
 */
#ifndef IO_FILE_H
#define IO_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/status.h"
#include "base/value.h"

/* "a directory", "a FIFO" …: what st_mode says, for messages. */
const char *file_type_text(mode_t mode);

/*
 * Is it of this kind (S_IFREG, S_IFIFO), links followed? By its path where fd is -1: to
 * be asked before open(2), which waits, acts (a device) or speaks in riddles (ENXIO)
 * where it is not; and once more with the open descriptor, for what came in between. What
 * is not of the kind is reported: "x: is a directory, not a FIFO".
 */
enum status file_check_type(mode_t kind, const char *path, int fd);

/* Has an object that exists the mode that was asked for, if any was? Else STATUS_EXISTS,
 * reported. */
enum status file_check_mode(const char *name, mode_t mode,
                            const struct value_mode *wanted);

/* Is the open file the one that standard output is? */
bool file_is_stdout(int fd);

/*
 * Make a file that nobody ever sees half made, and no death leaves a part of: it gets its
 * name when fill(), which is to give it its mode too, has succeeded. 0, or -1 with errno.
 * *possible: can it be done at all, on this kernel and file system?
 */
int file_create_atomic(const char *folder, const char *path,
                       int (*fill)(int fd, const void *argument), const void *argument,
                       bool *possible);

#endif

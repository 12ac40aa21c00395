/* SPDX-License-Identifier: MIT */
/*
 * Files: type and mode of an existing file, and atomic creation.
 */
#ifndef IO_FILE_H
#define IO_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/status.h"

/* "a directory", "a FIFO" …: the file type of st_mode, for messages. */
const char *file_type_text(mode_t mode);

/*
 * errno of a call that opens a file of this type: "x: no such FIFO (mkfifo makes one)"
 * and STATUS_NOT_FOUND, otherwise as error_errno().
 */
enum status file_open_error(mode_t kind, const char *path);

/*
 * Check that a file, symbolic links followed, is of this type (S_IFREG, S_IFIFO); if not,
 * report "x: is a directory, not a FIFO". Call it with fd -1 before open(2), which on
 * another type may wait, have side effects (a device) or fail with ENXIO; and again with
 * the descriptor, because the file may have been replaced.
 */
enum status file_check_type(mode_t kind, const char *path, int fd);

/* STATUS_EXISTS, reported, if an existing object has another mode than `wanted`. */
enum status file_check_mode(const char *name, mode_t mode, mode_t wanted);

/* Do the two descriptors refer to the same file? */
bool file_is_same(int fd, int other);

/* Is this path, symbolic links followed, a name of the open file? */
bool file_is_named(int fd, const char *path);

/*
 * Create a file so that no other process sees it incomplete, even if this one is killed:
 * the file has no name until fill(), which sets its mode too, has succeeded. 0, or -1
 * with errno. *possible is false if the kernel or the file system does not support
 * O_TMPFILE.
 */
int file_create_atomic(const char *directory, const char *path,
                       int (*fill)(int fd, const void *argument), const void *argument,
                       bool *possible);

#endif

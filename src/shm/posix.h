/* SPDX-License-Identifier: MIT */
/*
 * POSIX shared memory objects: what the files of this family share. Functions that
 * return a status have reported their failure.
 */
#ifndef SHM_POSIX_H
#define SHM_POSIX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "shm/segment.h"

/* ------------------------------------------------------------- posix_open.c */

/*
 * Report errno: "NAME: subject: …", with the free memory for ENOSPC. subject names what
 * was refused ("4096 bytes").
 */
enum status shm_posix_error(const struct name *name, const char *subject);

/* Report that a file of this type has the name: STATUS_FAILED. */
enum status shm_posix_type_error(const struct name *name, mode_t mode);

/* As segment_open(); missing_is_fine: STATUS_NOT_FOUND is not reported. */
enum status shm_posix_open_existing(struct segment *segment, const struct name *name,
                                    enum segment_access access, bool missing_is_fine);
enum status shm_posix_open(struct segment *segment, const struct name *name,
                           enum segment_access access);
void shm_posix_close(struct segment *segment);

/* fallocate(2), repeated after a signal that is not a termination signal. */
int shm_posix_allocate(int fd, int64_t offset, int64_t length);
enum status shm_posix_reserve(const struct segment *segment, int64_t offset,
                              int64_t length);

/* ------------------------------------------------------------------ posix.c */

void shm_posix_facts_of(struct segment_facts *facts, const struct stat *st);

/* As the functions of shm/segment.h. */
enum status shm_posix_map(struct segment_mapping *mapping, const struct segment *segment,
                          int64_t offset, size_t length);
enum status shm_posix_resize(const struct segment *segment, int64_t size);
void shm_posix_trim(const struct segment *segment);
size_t shm_posix_write(const struct segment *segment, int64_t offset, const void *bytes,
                       size_t length);
int shm_posix_truncate(const struct segment *segment, int64_t size);
enum status shm_posix_write_error(const struct segment *segment, int64_t offset,
                                  int64_t written);
ssize_t shm_posix_read(const struct segment *segment, int64_t offset, void *bytes,
                       size_t length);
bool shm_posix_is_same_file(const struct segment *segment, int fd);

/* ----------------------------------------------------------- posix_create.c */

enum status shm_posix_create(const struct name *name,
                             const struct segment_attributes *attributes);
enum status shm_posix_ensure(const struct name *name,
                             const struct segment_attributes *attributes);
enum status shm_posix_open_or_create(struct segment *segment, const struct name *name,
                                     const struct segment_attributes *attributes);

/*
 * POSIX: a descriptor for fchownat(2) and fchmodat2(2) (O_PATH), which is to be closed; a
 * symbolic link is not followed, and the type is not checked. A failure is reported.
 */
enum status shm_posix_open_node(const struct name *name, int *fd);

#endif

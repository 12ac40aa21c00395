/* SPDX-License-Identifier: MIT */
/*
 * System V shared memory segments: what the files of this family share. Functions that
 * return a status have reported their failure.
 */
#ifndef SHM_SYSV_H
#define SHM_SYSV_H

#include <stdint.h>

#include "object/sysv.h"
#include "shm/segment.h"

/* ------------------------------------------------------------ sysv_attach.c */

extern const struct sysv_kind shm_sysv_kind;

/* shmctl(2) */
int shm_sysv_control(int id, int command, void *argument);

/* Attach a segment: 0 with memory and size set, or -1 with errno. */
int shm_sysv_attach(struct segment *segment, int id, int flags);

/*
 * Allocate the pages of a range for reading or writing (madvise(2)): 0, or -1 with errno,
 * ENOMEM if no memory is left. The values are those of <sys/mman.h>, which older
 * libraries do not define.
 */
enum shm_sysv_populate_for { SHM_SYSV_POPULATE_READ = 22, SHM_SYSV_POPULATE_WRITE = 23 };
int shm_sysv_populate(const struct segment *segment, int64_t offset, int64_t length,
                      enum shm_sysv_populate_for access);

/* ------------------------------------------------------------ sysv_create.c */

enum status shm_sysv_create(const struct name *name,
                            const struct segment_attributes *attributes);
enum status shm_sysv_ensure(const struct name *name,
                            const struct segment_attributes *attributes);

#endif

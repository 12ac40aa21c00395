/*
 * What a family of shared memory brings along; shm/segment.c chooses one by the name. The
 * contracts are those of the functions in shm/segment.h. For shm/segment.c and the
 * families alone.
 */
#ifndef SHM_FAMILY_H
#define SHM_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/segment.h"

struct shm_family {
	enum status (*create)(const struct name *name,
	                      const struct segment_attributes *attributes);
	enum status (*ensure)(const struct name *name,
	                      const struct segment_attributes *attributes);
	enum status (*open)(struct segment *segment, const struct name *name,
	                    enum segment_access access);
	void (*close)(struct segment *segment);
	enum status (*facts)(const struct name *name, struct segment_facts *facts);
	enum status (*unlink)(const struct name *name, bool missing_is_fine);
	enum status (*reserve)(const struct segment *segment, int64_t offset,
	                       int64_t length);
	void (*trim)(const struct segment *segment);
	size_t (*write)(const struct segment *segment, int64_t offset, const void *bytes,
	                size_t length);
	int (*truncate)(const struct segment *segment, int64_t size);
	enum status (*write_error)(const struct segment *segment, int64_t offset,
	                           int64_t written);
	ssize_t (*read)(const struct segment *segment, int64_t offset, void *bytes,
	                size_t length);
	bool (*is_same_file)(const struct segment *segment, int fd);
};

extern const struct shm_family shm_posix_family, shm_sysv_family;

#endif

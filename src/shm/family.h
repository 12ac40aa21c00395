/* SPDX-License-Identifier: MIT */
/*
 * The functions of a family of shared memory; shm/segment.c selects a family by the name.
 * The contracts are those of the functions in shm/segment.h. Included by shm/segment.c
 * and the families only.
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
	size_t (*write)(const struct segment *segment, int64_t offset, const void *bytes,
	                size_t length);
	enum status (*write_error)(const struct segment *segment, int64_t offset,
	                           int64_t written);
	ssize_t (*read)(const struct segment *segment, int64_t offset, void *bytes,
	                size_t length);

	/* NULL if the objects have a fixed size and are not files: System V. */
	enum status (*open_or_create)(struct segment *segment, const struct name *name,
	                              const struct segment_attributes *attributes);
	enum status (*map)(struct segment_mapping *mapping, const struct segment *segment,
	                   int64_t offset, size_t length);
	enum status (*resize)(const struct segment *segment, int64_t size);
	int (*truncate)(const struct segment *segment, int64_t size);
	void (*trim)(const struct segment *segment);
	bool (*is_same_file)(const struct segment *segment, int fd);
};

extern const struct shm_family shm_posix_family, shm_sysv_family, shm_descriptor_family;

#endif

/*
 * Shared memory objects: one interface, a family of system calls behind it.
 *
 * See shm_overview(7). Functions that return a status have reported their failure.
 * Nothing here touches a mapping: a full file system or a shrinking object is
 * an error, never SIGBUS.
 */
#ifndef SHM_H
#define SHM_H

#include <sys/types.h>

#include "applet.h"
#include "name.h"

struct segment {
	const struct name *name; /* the caller's; must outlive the segment */
	int fd;
	int64_t size;
};

struct segment_facts {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	int64_t size;
	int64_t allocated; /* bytes of memory that it takes now */
};

enum segment_access { SEGMENT_READ, SEGMENT_WRITE };

/*
 * Make an object of exactly this size and these permission bits; nobody ever
 * sees it half made. With reserve its memory is taken now. STATUS_EXISTS where
 * the name is taken; nothing is left behind on failure.
 */
enum status segment_create(const struct name *name, int64_t size, mode_t mode,
                           bool reserve);
enum status segment_open(struct segment *segment, const struct name *name,
                         enum segment_access access);
void segment_close(struct segment *segment);
enum status segment_facts(const struct segment *segment, struct segment_facts *facts);
enum status segment_resize(struct segment *segment, int64_t size);
enum status segment_unlink(const struct name *name, bool missing_is_fine);

/* Take the memory of a range now, so that writing it cannot fail for lack of it. */
enum status segment_reserve(struct segment *segment, int64_t offset, int64_t length);

/* All the bytes at offset; the caller has seen to it that they fit. */
enum status segment_write(struct segment *segment, int64_t offset, const void *bytes,
                          size_t length);

/* At most length bytes at offset; -1 with the failure reported, 0 at the end. */
ssize_t segment_read(struct segment *segment, int64_t offset, void *bytes, size_t length);

#endif

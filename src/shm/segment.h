/*
 * Shared memory objects: one interface, a family of system calls behind it.
 *
 * See shm_overview(7), sysvipc(7). Functions that return a status have reported their
 * failure in words. A full file system or a shrinking object is an error, never SIGBUS.
 */
#ifndef SHM_SEGMENT_H
#define SHM_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"
#include "base/value.h"
#include "object/name.h"

struct segment {
	const struct name *name; /* the caller's; must outlive the segment */
	int fd;                  /* POSIX; else -1 */
	char *memory;            /* System V: where it is attached */
	int64_t size;            /* when it was opened */
};

/* What became of segment_create() or segment_ensure(), where the status is not failure.
 */
struct segment_created {
	bool is_new;
	int32_t id; /* System V */
};

/* What shmcreate asks for. */
struct segment_attributes {
	int64_t size;
	struct value_mode mode;
	bool reserve; /* take its memory now */
	/* what stands at an offset from the beginning; the rest is zeros */
	const void *contents;
	size_t contents_length;
	int64_t contents_offset;
	struct segment_created *created; /* System V: filled in */
};

struct segment_facts {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	int64_t size;
	int64_t allocated; /* bytes of memory that it takes now; -1: unknown */
	/* System V */
	int64_t attached; /* how often, by all processes */
	bool removed;     /* it goes when the last of these detaches */
	int32_t id, key;  /* key 0: none, or none any more */
	pid_t creator;
	pid_t last; /* who attached or detached last; 0: nobody yet */
};

enum segment_access {
	SEGMENT_READ,
	SEGMENT_WRITE,
	SEGMENT_MAP, /* both, as a mapping needs it */
};

/* A part of an object in memory, shared with all who map it. */
struct segment_mapping {
	void *address;
	void *base;
	size_t length;
};

/*
 * Make an object of exactly this size and these permission bits; nobody ever opens it
 * half made, and nothing is left behind on failure, not even by SIGKILL.
 * STATUS_EXISTS where the name is taken.
 */
enum status segment_create(const struct name *name,
                           const struct segment_attributes *attributes);

/*
 * The same, and success too where it is there with this size and, if mode.given, these
 * permission bits; with reserve its memory is taken then. Else STATUS_EXISTS.
 */
enum status segment_ensure(const struct name *name,
                           const struct segment_attributes *attributes);

/* A segment of System V has one size for life: it can neither grow nor be cut. */
bool segment_has_fixed_size(const struct name *name);

enum status segment_open(struct segment *segment, const struct name *name,
                         enum segment_access access);
void segment_close(struct segment *segment);

/*
 * POSIX objects: open what is there for a mapping, whatever its shape; where there is
 * nothing it is made first, whole, and so on until one of the two succeeds.
 */
enum status segment_open_or_create(struct segment *segment, const struct name *name,
                                   const struct segment_attributes *attributes);

/*
 * POSIX objects: map `length` bytes at `offset`, which must lie within the object. Their
 * memory is taken first, so that to touch them is never SIGBUS, unless another process
 * cuts the object short. The window outlives the segment.
 */
enum status segment_map(struct segment_mapping *mapping, const struct segment *segment,
                        int64_t offset, size_t length);
void segment_unmap(struct segment_mapping *mapping);

/* Needs no permission on the object itself. */
enum status segment_facts(const struct name *name, struct segment_facts *facts);

/* POSIX objects. Bytes that it gains are zeros that take no memory yet. */
enum status segment_resize(const struct segment *segment, int64_t size);

/* STATUS_NOT_FOUND where there is none; missing_is_fine: without a message. */
enum status segment_unlink(const struct name *name, bool missing_is_fine);

/*
 * Take the memory of a range now, so that writing it cannot fail for lack of it; the
 * range may lie past the end, and the size stays. Nothing is changed on failure.
 * segment_trim() gives back what lies past the end.
 */
enum status segment_reserve(const struct segment *segment, int64_t offset,
                            int64_t length);
void segment_trim(const struct segment *segment);

/*
 * Write all the bytes at offset, past the end too unless it is fixed, and return how many
 * were written: less than length where it failed, with errno. segment_write_error()
 * reports it, with how many bytes all the writes together made.
 */
size_t segment_write(const struct segment *segment, int64_t offset, const void *bytes,
                     size_t length);

/*
 * Let it end here, as the last part of writing, unless it is fixed: 0, or -1 with errno
 * to report likewise.
 */
int segment_truncate(const struct segment *segment, int64_t size);
enum status segment_write_error(const struct segment *segment, int64_t offset,
                                int64_t written);

/* At most length bytes at offset; 0 at the end; -1 with the failure reported. */
ssize_t segment_read(const struct segment *segment, int64_t offset, void *bytes,
                     size_t length);

/* Is this descriptor open on the object itself? */
bool segment_is_same_file(const struct segment *segment, int fd);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Shared memory objects: one interface to the system calls of two families.
 *
 * See shm_overview(7), sysvipc(7). Functions that return a status have reported their
 * failure on standard error. A full file system or an object that another process
 * truncates is an error, never a SIGBUS. Offsets, lengths and sizes are in bytes.
 */
#ifndef SHM_SEGMENT_H
#define SHM_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"
#include "base/value_mode.h"
#include "object/name.h"

struct segment {
	const struct name *name; /* owned by the caller; must outlive the segment */
	int fd;                  /* POSIX; otherwise -1 */
	char *memory;            /* System V: the address at which it is attached */
	int64_t size;            /* when it was opened */
	bool read_only;          /* opened with SEGMENT_READ */
};

/* The result of segment_create() and segment_ensure() on success. */
struct segment_created {
	bool is_new;
	int32_t id; /* System V */
};

/* The attributes of an object to be created. */
struct segment_attributes {
	int64_t size;
	struct value_mode mode;
	bool reserve; /* allocate its memory now */
	/* initial contents at an offset; all other bytes are zeros */
	const void *contents;
	size_t contents_length;
	int64_t contents_offset;
	struct segment_created *created; /* filled in for System V */
};

struct segment_facts {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	int64_t size;
	int64_t allocated; /* bytes of memory in use; -1: unknown */
	/* System V */
	int64_t attached; /* number of attaches, of all processes */
	bool removed;     /* removed; it is destroyed after the last detach */
	int32_t id, key;  /* key 0: it has none, or has lost it by removal */
	pid_t creator;
	pid_t last; /* process of the last attach or detach; 0: none yet */
};

enum segment_access {
	SEGMENT_READ,
	SEGMENT_WRITE,
	SEGMENT_MAP, /* read and write, for segment_map() */
};

/* A part of an object, mapped MAP_SHARED. */
struct segment_mapping {
	void *address; /* of the byte at the offset asked for */
	void *base;
	size_t length;
};

/*
 * Create an object with exactly this size and these permission bits. No process can open
 * it before it is complete, and nothing is left behind on failure, not even after
 * SIGKILL. STATUS_EXISTS if the name is in use.
 */
enum status segment_create(const struct name *name,
                           const struct segment_attributes *attributes);

/*
 * As segment_create(), but succeed if an object of this user or root exists with this
 * size and these permission bits; with reserve its memory is allocated. STATUS_EXISTS if
 * the existing object differs, or belongs to another user (io/owner.h).
 */
enum status segment_ensure(const struct name *name,
                           const struct segment_attributes *attributes);

/* True for System V: the size of a segment cannot change. */
bool segment_has_fixed_size(const struct name *name);

/* Open an existing object; to be closed by segment_close(). */
enum status segment_open(struct segment *segment, const struct name *name,
                         enum segment_access access);
void segment_close(struct segment *segment);

/*
 * POSIX objects only: open an existing object with SEGMENT_MAP, whatever its attributes,
 * or create it with these. If another process removes and creates it at the same time,
 * both steps are repeated, at most 100 times.
 */
enum status segment_open_or_create(struct segment *segment, const struct name *name,
                                   const struct segment_attributes *attributes);

/*
 * POSIX objects only: map `length` bytes at `offset`, which must lie within the object.
 * Their memory is allocated first, so that access to them does not raise SIGBUS unless
 * another process truncates the object. Of a segment opened with SEGMENT_READ they can be
 * read only, and their memory is not allocated. The mapping outlives the segment.
 */
enum status segment_map(struct segment_mapping *mapping, const struct segment *segment,
                        int64_t offset, size_t length);
void segment_unmap(struct segment_mapping *mapping);

/* Requires no permission on the object itself. */
enum status segment_facts(const struct name *name, struct segment_facts *facts);

/* POSIX objects only. Added bytes are zeros and not allocated yet. */
enum status segment_resize(const struct segment *segment, int64_t size);

/*
 * STATUS_NOT_FOUND if the object does not exist; with missing_is_fine that is not
 * reported.
 */
enum status segment_unlink(const struct name *name, bool missing_is_fine);

/*
 * Allocate the memory of a range, so that writing to it cannot fail for lack of memory.
 * The range may lie past the end; the size stays as it is. Nothing is changed on failure.
 * segment_trim() frees what was allocated past the end.
 */
enum status segment_reserve(const struct segment *segment, int64_t offset,
                            int64_t length);
void segment_trim(const struct segment *segment);

/*
 * Write all the bytes at offset, past the end too unless the size is fixed. Returns how
 * many were written: fewer than length on failure, with errno set. The failure is to be
 * reported by segment_write_error(), with the total that all calls have written.
 */
size_t segment_write(const struct segment *segment, int64_t offset, const void *bytes,
                     size_t length);

/*
 * Set the size after the last segment_write(); does nothing if the size is fixed. 0, or
 * -1 with errno, to be reported by segment_write_error() too.
 */
int segment_truncate(const struct segment *segment, int64_t size);
enum status segment_write_error(const struct segment *segment, int64_t offset,
                                int64_t written);

/* Read at most length bytes at offset; 0 at the end; -1 after reporting a failure. */
ssize_t segment_read(const struct segment *segment, int64_t offset, void *bytes,
                     size_t length);

/* Is the descriptor open on the object itself? */
bool segment_is_same_file(const struct segment *segment, int fd);

#endif

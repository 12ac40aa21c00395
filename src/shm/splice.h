/* SPDX-License-Identifier: MIT */
/*
 * Move the bytes of a POSIX shared memory object to a pipe, and those of a pipe or a file
 * to an object, without copying them through this process: splice(2), sendfile(2).
 *
 *     struct splice transfer = splice_out_begin(segment, length);
 *     while (length > 0) {
 *             int64_t moved = splice_out(&transfer, offset, length);
 *             if (moved == 0)
 *                     … copy a block by segment_read() and output_write() …
 *
 * If nothing can be moved, for whatever reason (the kernel or a filter of system calls
 * refuses, end of file, a full file system, a closed reader, a termination signal), the
 * functions return 0 without a report: the caller copies a block, which fails for the
 * same reason and reports it. After most of these no more is moved.
 *
 * A page that is spliced into a pipe still belongs to the object: the reader of the pipe
 * sees what it holds when it reads, and zeros if the object has been truncated. So the
 * last bytes, as many as the pipe holds and one block more, are never moved but left to
 * the copy: when the last block has been read, the pipe holds no page of the object.
 */
#ifndef SHM_SPLICE_H
#define SHM_SPLICE_H

#include <stdint.h>

#include "shm/segment.h"

enum { SPLICE_BLOCK_MAX = 128 * 1024 }; /* the largest block the caller may copy out */

struct splice {
	enum { SPLICE_NONE, SPLICE_PIPE, SPLICE_FILE } method;
	int fd;       /* of the object */
	int64_t tail; /* number of last bytes that are not moved out */
};

/* To standard output; length is the total that will be written to it. */
struct splice splice_out_begin(const struct segment *segment, int64_t length);

/* Move some of the object's length bytes at offset: how many, 0 as described above. */
int64_t splice_out(struct splice *transfer, int64_t offset, int64_t length);

/* From standard input. */
struct splice splice_in_begin(const struct segment *segment);

/* Move some bytes to the object's length bytes at offset, which may lie past its end. */
int64_t splice_in(struct splice *transfer, int64_t offset, int64_t length);

#endif

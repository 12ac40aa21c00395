/*
 * The bytes of a POSIX shared memory object to a pipe, and those of a pipe or a file to
 * an object, without a way through our own memory: splice(2), sendfile(2).
 *
 *     struct transfer transfer = splice_out_begin(segment, length);
 *     while (length > 0) {
 *             int64_t moved = splice_out(&transfer, offset, length);
 *             if (moved == 0)
 *                     … some bytes by segment_read() and output_write() …
 *
 * What moves has moved. When nothing does, whatever the reason (a kernel or a filter of
 * system calls that refuses, an end, a full file system, a reader that went away, a
 * signal that asks to end), it is the turn of the other way, which meets the same reason
 * and has the words for it. Most often nothing moves any more after that.
 *
 * A page that is spliced into a pipe stays the object's: who reads the pipe sees what it
 * holds then, and zeros past a new end of the object. So the last bytes are not moved but
 * left to the other way, as many as the pipe holds and a block more: when the last block
 * is read, no page of the object is in the pipe.
 */
#ifndef SHM_SPLICE_H
#define SHM_SPLICE_H

#include <stdint.h>

#include "shm/segment.h"

enum { SPLICE_BLOCK_MAX = 128 * 1024 }; /* of the other way out */

struct splice {
	enum { SPLICE_NONE, SPLICE_PIPE, SPLICE_FILE } method;
	int fd;       /* of the object */
	int64_t tail; /* so many bytes are not moved out */
};

/* To standard output; length is that of all that is to go there. */
struct splice splice_out_begin(const struct segment *segment, int64_t length);

/* Some of the object's length bytes at offset; 0 as above. */
int64_t splice_out(struct splice *transfer, int64_t offset, int64_t length);

/* From standard input. */
struct splice splice_in_begin(const struct segment *segment);

/* To the object's length bytes at offset, past its end too; 0 as above. */
int64_t splice_in(struct splice *transfer, int64_t offset, int64_t length);

#endif

/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <unistd.h>

#include "base/termsig.h"
#include "io/error.h"
#include "io/output.h"
#include "io/progress.h"
#include "shm/copy_out.h"
#include "shm/splice.h"

/* The bytes that are still to be written. */
struct copy_out_range {
	const struct segment *segment;
	int64_t next, length;
};

static void copy_out_advance(struct copy_out_range *range, int64_t count)
{
	range->next += count;
	range->length -= count;
}

static enum status copy_out_block(struct copy_out_range *range)
{
	enum { BLOCK = SPLICE_BLOCK_MAX };
	char block[BLOCK];
	size_t wanted = range->length < BLOCK ? (size_t)range->length : BLOCK;
	ssize_t got = segment_read(range->segment, range->next, block, wanted);
	if (got < 0)
		return STATUS_FAILED;
	if (got == 0)
		return error_as(STATUS_FAILED,
		                "%s: truncated while it was read: stopped at byte %lld",
		                range->segment->name->text, (long long)range->next);
	enum status status = output_write(block, (size_t)got);
	if (status == STATUS_OK)
		copy_out_advance(range, got);
	return status;
}

static enum status copy_out_blocks(struct copy_out_range *range, bool no_splice,
                                   struct progress *progress)
{
	struct splice transfer =
	    splice_out_begin(range->segment, no_splice ? 0 : range->length);
	int64_t begin = range->next;
	enum status status = STATUS_OK;
	while (status == STATUS_OK && range->length > 0) {
		int64_t moved = splice_out(&transfer, range->next, range->length);
		copy_out_advance(range, moved);
		if (moved == 0)
			status = copy_out_block(range);
		progress_set(progress, range->next - begin);
		if (range->length > 0 && termsig_pending() != 0) {
			errno = EINTR;
			status = error_errno("%s", range->segment->name->text);
		}
	}
	return status;
}

enum status copy_out(const struct segment *segment, const struct copy_out *options)
{
	struct progress progress;
	struct output output;
	int64_t rest = segment->size - options->offset;
	if (rest < 0)
		return error_as(STATUS_FAILED,
		                "%s: offset %lld: past the end (size %lld)",
		                segment->name->text, (long long)options->offset,
		                (long long)segment->size);
	if (!output_is_variable() && segment_is_same_file(segment, STDOUT_FILENO))
		return error_as(STATUS_FAILED, "%s: standard output is the object itself",
		                segment->name->text);
	/* a closed standard output is an error even if there is nothing to write */
	enum status status = output_begin(&output);
	if (status != STATUS_OK)
		return status;
	if (rest > options->length)
		rest = options->length;
	progress_begin(&progress, options->progress, PROGRESS_BYTES, rest);
	struct copy_out_range range = {
	    .segment = segment, .next = options->offset, .length = rest};
	status = copy_out_blocks(&range, options->no_splice || output_is_variable(),
	                         &progress);
	progress_end(&progress);
	return status;
}

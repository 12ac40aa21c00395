/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/termsig.h"
#include "io/error.h"
#include "io/input.h"
#include "io/progress.h"
#include "shm/copy_in.h"
#include "shm/splice.h"

enum { LENGTH_UNKNOWN = -1 };

/* The range that has been written, begin to next, and its limit. */
struct copy_in_target {
	const struct segment *segment;
	int64_t begin, next, end;
	enum value_when when;
	struct progress progress;
};

static int64_t copy_in_written(const struct copy_in_target *target)
{
	return target->next - target->begin;
}

static enum status copy_in_too_long(const struct copy_in_target *target, int64_t length)
{
	const char *name = target->segment->name->text;
	if (target->begin > target->end)
		return error_as(STATUS_FAILED,
		                "%s: offset %lld: past the end (size %lld)", name,
		                (long long)target->begin, (long long)target->end);
	return error_as(
	    STATUS_FAILED, "%s: %lld bytes at offset %lld: past the end (size %lld)",
	    name, (long long)length, (long long)target->begin, (long long)target->end);
}

/* Check the length and allocate the memory, before anything is changed. */
static enum status copy_in_prepare(const struct copy_in_target *target, int64_t length)
{
	if (target->begin > target->end ||
	    (length != LENGTH_UNKNOWN && length > target->end - target->begin))
		return copy_in_too_long(target, length);
	if (length == LENGTH_UNKNOWN)
		return STATUS_OK;
	return segment_reserve(target->segment, target->begin, length);
}

static enum status copy_in_write_block(struct copy_in_target *target, const void *bytes,
                                       size_t length)
{
	int64_t room = target->end - target->next;
	size_t fits = (int64_t)length > room ? (size_t)room : length;
	size_t done = segment_write(target->segment, target->next, bytes, fits);
	target->next += (int64_t)done;
	if (done < fits)
		return segment_write_error(target->segment, target->next,
		                           copy_in_written(target));
	if (fits < length)
		return error_as(
		    STATUS_FAILED,
		    "%s: input too long: %lld bytes written at offset %lld (size %lld)",
		    target->segment->name->text, (long long)copy_in_written(target),
		    (long long)target->begin, (long long)target->end);
	return STATUS_OK;
}

static enum status copy_in_input_error(const struct copy_in_target *target)
{
	enum status status =
	    copy_in_written(target) == 0
	        ? error_errno("standard input")
	        : error_errno("standard input: after %lld bytes were written to %s",
	                      (long long)copy_in_written(target),
	                      target->segment->name->text);
	return status_signal_or_failed(status);
}

static enum status copy_in_copy_block(struct copy_in_target *target, bool *ended)
{
	enum { BLOCK = 128 * 1024 };
	char block[BLOCK];
	ssize_t length = input_read(block, sizeof block);
	*ended = length == 0;
	if (length < 0)
		return copy_in_input_error(target);
	return copy_in_write_block(target, block, (size_t)length);
}

static enum status copy_in_write_input(struct copy_in_target *target)
{
	struct splice transfer = splice_in_begin(target->segment);
	enum status status = STATUS_OK;
	bool ended = false;
	while (status == STATUS_OK && !ended) {
		int64_t moved =
		    splice_in(&transfer, target->next, target->end - target->next);
		target->next += moved;
		if (moved == 0)
			status = copy_in_copy_block(target, &ended);
		progress_set(&target->progress, copy_in_written(target));
		if (status == STATUS_OK && !ended && termsig_pending() != 0) {
			errno = EINTR;
			status = copy_in_input_error(target);
		}
	}
	return status;
}

static enum status copy_in_write_all(struct copy_in_target *target, const char *text)
{
	int64_t length = text != NULL ? (int64_t)strlen(text) : input_remaining();
	enum status status = copy_in_prepare(target, length);
	if (status != STATUS_OK)
		return status;
	progress_begin(&target->progress, target->when, PROGRESS_BYTES, length);
	if (text != NULL)
		status = copy_in_write_block(target, text, (size_t)length);
	else
		status = copy_in_write_input(target);
	progress_set(&target->progress, copy_in_written(target));
	progress_end(&target->progress);
	/* the input became shorter: free what it does not need */
	if (copy_in_written(target) < length)
		segment_trim(target->segment);
	return status;
}

/* Without a limit, the kernel fails with EFBIG past the maximum size of a file. */
static struct copy_in_target copy_in_target_of(const struct copy_in *options,
                                               const struct segment *segment)
{
	bool in_place = options->offset != COPY_IN_REPLACE;
	bool has_end =
	    segment_has_fixed_size(segment->name) || (in_place && !options->grow);
	int64_t begin = in_place ? options->offset : 0;
	return (struct copy_in_target){
	    .segment = segment,
	    .begin = begin,
	    .next = begin,
	    .end = has_end ? segment->size : INT64_MAX,
	    .when = options->progress,
	};
}

enum status copy_in(const struct segment *segment, const struct copy_in *options,
                    int64_t *written)
{
	struct copy_in_target target = copy_in_target_of(options, segment);
	*written = 0;
	if (options->text == NULL && segment_is_same_file(segment, STDIN_FILENO))
		return error_as(STATUS_FAILED, "%s: standard input is the object itself",
		                segment->name->text);
	enum status status = copy_in_write_all(&target, options->text);
	/* last: the old contents stay as long as possible */
	if (status == STATUS_OK && options->offset == COPY_IN_REPLACE &&
	    segment_truncate(segment, target.next) < 0)
		status =
		    segment_write_error(segment, target.next, copy_in_written(&target));
	*written = copy_in_written(&target);
	return status;
}

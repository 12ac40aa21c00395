/*
 * shmread - write the contents of a shared memory object to standard output
 *
 * By splice(2) or pread(2), not through a mapping: an object that shrinks meanwhile is an
 * error to report instead of a SIGBUS. A System V segment, which cannot shrink, is
 * attached.
 */
#include <errno.h>

#include "applet.h"
#include "base/frontend.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/output.h"
#include "io/progress.h"
#include "shm/segment.h"
#include "shm/splice.h"

struct shmread {
	int64_t offset, length;
	bool copy;
	enum value_when progress;
};

static const struct shmread defaults = {.length = INT64_MAX};

static const struct option_row options[] = {
    SIZE('o', "offset", shmread, offset, 0, "OFFSET", 0, "begin at this byte; 0 without"),
    SIZE('l', "length", shmread, length, 0, "LENGTH", 0,
         "at most so many bytes; all without"),
    FLAG(0, "copy", shmread, copy, 0,
         "copy each byte, where its page could be passed on"),
    PROGRESS(shmread, progress),
    END_OF_OPTIONS,
};

/* What is still to be written. */
struct shmread_range {
	const struct segment *segment;
	int64_t next, length;
};

static void shmread_advance(struct shmread_range *range, int64_t count)
{
	range->next += count;
	range->length -= count;
}

static enum status shmread_copy_block(struct shmread_range *range)
{
	enum { BLOCK = SPLICE_BLOCK_MAX };
	char block[BLOCK];
	size_t wanted = range->length < BLOCK ? (size_t)range->length : BLOCK;
	ssize_t got = segment_read(range->segment, range->next, block, wanted);
	if (got < 0)
		return STATUS_FAILED;
	if (got == 0)
		return error_as(STATUS_FAILED,
		                "%s: became shorter while it was read, which "
		                "ended at byte %lld",
		                range->segment->name->text, (long long)range->next);
	enum status status = output_write(block, (size_t)got);
	if (status == STATUS_OK)
		shmread_advance(range, got);
	return status;
}

/* As much as there was when it was opened: what grows meanwhile does not count. */
static enum status shmread_write_range(struct shmread_range *range, bool copy,
                                       struct progress *progress)
{
	struct splice transfer =
	    splice_out_begin(range->segment, copy ? 0 : range->length);
	int64_t begin = range->next;
	enum status status = STATUS_OK;
	while (status == STATUS_OK && range->length > 0) {
		int64_t moved = splice_out(&transfer, range->next, range->length);
		shmread_advance(range, moved);
		if (moved == 0)
			status = shmread_copy_block(range);
		progress_set(progress, range->next - begin);
		if (range->length > 0 && termsig_pending() != 0) {
			errno = EINTR;
			status = error_errno("%s", range->segment->name->text);
		}
	}
	return status;
}

static enum status shmread_read_range(const struct shmread *given,
                                      const struct segment *segment)
{
	struct progress progress;
	int64_t rest = segment->size - given->offset;
	if (rest < 0)
		return error_as(STATUS_FAILED, "%s: offset %lld is past its %lld bytes",
		                segment->name->text, (long long)given->offset,
		                (long long)segment->size);
	if (segment_is_same_file(segment, 1))
		return error_as(STATUS_FAILED, "%s: standard output is the object itself",
		                segment->name->text);
	/* one that is closed is told of even where there is nothing to write */
	struct output output;
	enum status status = output_begin(&output);
	if (status != STATUS_OK)
		return status;
	if (rest > given->length)
		rest = given->length;
	progress_begin(&progress, given->progress, PROGRESS_BYTES, rest);
	struct shmread_range range = {
	    .segment = segment, .next = given->offset, .length = rest};
	status = shmread_write_range(&range, given->copy, &progress);
	progress_end(&progress);
	return status;
}

static enum status shmread_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	struct name name;
	struct segment segment;
	enum status status = name_parse(&name, NAME_MEMORY, argv[0]);
	if (status == STATUS_OK)
		status = segment_open(&segment, &name, SEGMENT_READ);
	if (status != STATUS_OK)
		return status;
	/* it holds nothing: a signal may end a program at any time, but not a shell, nor
	 * in the middle of a line */
	const struct shmread *given = opts;
	struct termsig termsig;
	bool to_its_end = frontend_is_builtin() || given->progress != VALUE_WHEN_NEVER;
	if (to_its_end)
		termsig_begin(&termsig);
	status = shmread_read_range(given, &segment);
	segment_close(&segment);
	return to_its_end ? termsig_end(&termsig, status) : status;
}

APPLET(shmread,
       .summary = "write the contents of a shared memory object to standard output",
       .self = {.operands = "SHM",
                .min_operands = 1,
                .max_operands = 1,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(shmread),
                .run = shmread_run});

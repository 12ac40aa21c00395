/*
 * shmwrite - write text or standard input to a shared memory object
 *
 * By splice(2), sendfile(2) or pwrite(2), not through a mapping: a full file system is an
 * error, not a SIGBUS. What has a known length gets its memory first, so that it is
 * written whole or not at all.
 */
#include <errno.h>
#include <string.h>

#include "applet.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/input.h"
#include "io/progress.h"
#include "io/report.h"
#include "shm/segment.h"
#include "shm/splice.h"

enum { NOT_GIVEN = -1, LENGTH_UNKNOWN = -1 };

struct shmwrite {
	int64_t offset;
	bool grow, verbose;
	enum value_when progress;
};

static const struct shmwrite defaults = {.offset = NOT_GIVEN};

static const struct option_row options[] = {
    SIZE('o', "offset", shmwrite, offset, 0, "OFFSET", 0,
         "write in place from this byte on; without it all is replaced"),
    FLAG('g', "grow", shmwrite, grow, 0, "with --offset: past the end too"),
    VERBOSE(shmwrite, verbose),
    PROGRESS(shmwrite, progress),
    END_OF_OPTIONS,
};

/* Where the next byte goes, and how far it may go. */
struct shmwrite_target {
	const struct segment *segment;
	int64_t begin, next, end;
	enum value_when when;
	struct progress progress;
};

static int64_t shmwrite_written(const struct shmwrite_target *target)
{
	return target->next - target->begin;
}

static enum status shmwrite_too_long(const struct shmwrite_target *target, int64_t length)
{
	const char *name = target->segment->name->text;
	if (target->begin > target->end)
		return error_as(STATUS_FAILED, "%s: offset %lld is past its %lld bytes",
		                name, (long long)target->begin, (long long)target->end);
	return error_as(STATUS_FAILED,
	                "%s: %lld bytes at offset %lld would pass its end: it has %lld",
	                name, (long long)length, (long long)target->begin,
	                (long long)target->end);
}

/* Room and memory for all of it, before anything is changed. */
static enum status shmwrite_prepare(const struct shmwrite_target *target, int64_t length)
{
	if (target->begin > target->end ||
	    (length != LENGTH_UNKNOWN && length > target->end - target->begin))
		return shmwrite_too_long(target, length);
	if (length == LENGTH_UNKNOWN)
		return STATUS_OK;
	return segment_reserve(target->segment, target->begin, length);
}

static enum status shmwrite_write_block(struct shmwrite_target *target, const void *bytes,
                                        size_t length)
{
	int64_t room = target->end - target->next;
	size_t fits = (int64_t)length > room ? (size_t)room : length;
	size_t done = segment_write(target->segment, target->next, bytes, fits);
	target->next += (int64_t)done;
	if (done < fits)
		return segment_write_error(target->segment, target->next,
		                           shmwrite_written(target));
	if (fits < length)
		return error_as(
		    STATUS_FAILED,
		    "%s: the input passes its end: %lld bytes were written at "
		    "offset %lld, it has %lld",
		    target->segment->name->text, (long long)shmwrite_written(target),
		    (long long)target->begin, (long long)target->end);
	return STATUS_OK;
}

static enum status shmwrite_input_error(const struct shmwrite_target *target)
{
	enum status status =
	    shmwrite_written(target) == 0
	        ? error_errno("standard input")
	        : error_errno("standard input: after %lld bytes were written to %s",
	                      (long long)shmwrite_written(target),
	                      target->segment->name->text);
	return status_signal_or_failed(status);
}

static enum status shmwrite_copy_block(struct shmwrite_target *target, bool *ended)
{
	enum { BLOCK = 128 * 1024 };
	char block[BLOCK];
	ssize_t length = input_read(block, sizeof block);
	*ended = length == 0;
	if (length < 0)
		return shmwrite_input_error(target);
	return shmwrite_write_block(target, block, (size_t)length);
}

/* All of standard input, however long it turns out to be. */
static enum status shmwrite_write_input(struct shmwrite_target *target)
{
	struct splice transfer = splice_in_begin(target->segment);
	enum status status = STATUS_OK;
	bool ended = false;
	while (status == STATUS_OK && !ended) {
		int64_t moved =
		    splice_in(&transfer, target->next, target->end - target->next);
		target->next += moved;
		if (moved == 0)
			status = shmwrite_copy_block(target, &ended);
		progress_set(&target->progress, shmwrite_written(target));
		if (status == STATUS_OK && !ended && termsig_pending() != 0) {
			errno = EINTR;
			status = shmwrite_input_error(target);
		}
	}
	return status;
}

static enum status shmwrite_write_all(struct shmwrite_target *target, const char *text)
{
	int64_t length = text != NULL ? (int64_t)strlen(text) : input_remaining();
	enum status status = shmwrite_prepare(target, length);
	if (status != STATUS_OK)
		return status;
	progress_begin(&target->progress, target->when, PROGRESS_BYTES, length);
	if (text != NULL)
		status = shmwrite_write_block(target, text, (size_t)length);
	else
		status = shmwrite_write_input(target);
	progress_set(&target->progress, shmwrite_written(target));
	progress_end(&target->progress);
	/* an input that became shorter meanwhile did not need all that was reserved */
	if (shmwrite_written(target) < length)
		segment_trim(target->segment);
	return status;
}

/* What is longer than a POSIX object can be fails in the kernel: EFBIG. */
static struct shmwrite_target shmwrite_target_of(const struct shmwrite *given,
                                                 const struct segment *segment)
{
	bool in_place = given->offset != NOT_GIVEN;
	bool has_end =
	    segment_has_fixed_size(segment->name) || (in_place && !given->grow);
	int64_t begin = in_place ? given->offset : 0;
	return (struct shmwrite_target){
	    .segment = segment,
	    .begin = begin,
	    .next = begin,
	    .end = has_end ? segment->size : INT64_MAX,
	    .when = given->progress,
	};
}

static enum status shmwrite_write(const struct shmwrite *given,
                                  const struct segment *segment, const char *text)
{
	struct shmwrite_target target = shmwrite_target_of(given, segment);
	if (text == NULL && segment_is_same_file(segment, 0))
		return error_as(STATUS_FAILED, "%s: standard input is the object itself",
		                segment->name->text);
	enum status status = shmwrite_write_all(&target, text);
	/* not before: what was there stays as long as possible */
	if (status == STATUS_OK && given->offset == NOT_GIVEN &&
	    segment_truncate(segment, target.next) < 0)
		status =
		    segment_write_error(segment, target.next, shmwrite_written(&target));
	if (status == STATUS_OK && given->verbose)
		report_info("Copying %lld bytes", (long long)shmwrite_written(&target));
	return status;
}

static enum status shmwrite_run(const void *opts, int argc, char **argv)
{
	const struct shmwrite *given = opts;
	struct name name;
	struct segment segment;
	if (given->grow && given->offset == NOT_GIVEN)
		return error_usage("--grow goes with --offset");
	enum status status = name_parse(&name, NAME_MEMORY, argv[0]);
	if (status == STATUS_OK && given->grow && segment_has_fixed_size(&name))
		status = error_usage("%s: --grow: System V segments have a fixed size",
		                     name.text);
	if (status == STATUS_OK)
		status = segment_open(&segment, &name, SEGMENT_WRITE);
	if (status != STATUS_OK)
		return status;
	struct termsig termsig;
	termsig_begin(&termsig);
	status = shmwrite_write(given, &segment, argc > 1 ? argv[1] : NULL);
	segment_close(&segment);
	return termsig_end(&termsig, status);
}

APPLET(shmwrite, .summary = "write text or standard input to a shared memory object",
       .self = {.operands = "SHM [TEXT]",
                .min_operands = 1,
                .max_operands = 2,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(shmwrite),
                .run = shmwrite_run});

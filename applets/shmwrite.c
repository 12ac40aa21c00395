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
#include "io/input.h"
#include "io/progress.h"
#include "io/report.h"
#include "shm/segment.h"
#include "shm/splice.h"

enum { NOT_GIVEN = -1, LENGTH_UNKNOWN = -1 };

struct shmwrite {
	int64_t offset;
	bool grow, verbose;
	enum when progress;
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
struct place {
	const struct segment *segment;
	int64_t begin, next, end;
	enum when when;
	struct progress progress;
};

static int64_t written(const struct place *place)
{
	return place->next - place->begin;
}

static enum status too_long(const struct place *place, int64_t length)
{
	const char *name = place->segment->name->text;
	if (place->begin > place->end)
		return fail_as(STATUS_FAILED, "%s: offset %lld is past its %lld bytes",
		               name, (long long)place->begin, (long long)place->end);
	return fail_as(STATUS_FAILED,
	               "%s: %lld bytes at offset %lld would pass its end: it has %lld",
	               name, (long long)length, (long long)place->begin,
	               (long long)place->end);
}

/* Room and memory for all of it, before anything is changed. */
static enum status prepare(const struct place *place, int64_t length)
{
	if (place->begin > place->end ||
	    (length != LENGTH_UNKNOWN && length > place->end - place->begin))
		return too_long(place, length);
	if (length == LENGTH_UNKNOWN)
		return STATUS_DONE;
	return segment_reserve(place->segment, place->begin, length);
}

static enum status write_block(struct place *place, const void *bytes, size_t length)
{
	int64_t room = place->end - place->next;
	size_t fits = (int64_t)length > room ? (size_t)room : length;
	size_t done = segment_write(place->segment, place->next, bytes, fits);
	place->next += (int64_t)done;
	if (done < fits)
		return segment_write_failed(place->segment, place->next, written(place));
	if (fits < length)
		return fail_as(STATUS_FAILED,
		               "%s: the input passes its end: %lld bytes were written at "
		               "offset %lld, it has %lld",
		               place->segment->name->text, (long long)written(place),
		               (long long)place->begin, (long long)place->end);
	return STATUS_DONE;
}

static enum status input_failed(const struct place *place)
{
	enum status status =
	    written(place) == 0
	        ? fail("standard input")
	        : fail("standard input: after %lld bytes were written to %s",
	               (long long)written(place), place->segment->name->text);
	return status > STATUS_SIGNAL ? status : STATUS_FAILED;
}

static enum status copy_block(struct place *place, bool *ended)
{
	enum { BLOCK = 128 * 1024 };
	char block[BLOCK];
	ssize_t length = input_read(block, sizeof block);
	*ended = length == 0;
	if (length < 0)
		return input_failed(place);
	return write_block(place, block, (size_t)length);
}

/* All of standard input, however long it turns out to be. */
static enum status write_input(struct place *place)
{
	struct transfer transfer = transfer_in_to(place->segment);
	enum status status = STATUS_DONE;
	bool ended = false;
	while (status == STATUS_DONE && !ended) {
		int64_t moved =
		    transfer_in(&transfer, place->next, place->end - place->next);
		place->next += moved;
		if (moved == 0)
			status = copy_block(place, &ended);
		progress_at(&place->progress, written(place));
		if (status == STATUS_DONE && !ended && interrupt_pending() != 0) {
			errno = EINTR;
			status = input_failed(place);
		}
	}
	return status;
}

static enum status write_all(struct place *place, const char *text)
{
	int64_t length = text != NULL ? (int64_t)strlen(text) : input_length();
	enum status status = prepare(place, length);
	if (status != STATUS_DONE)
		return status;
	progress_begin(&place->progress, place->when, PROGRESS_BYTES, length);
	if (text != NULL)
		status = write_block(place, text, (size_t)length);
	else
		status = write_input(place);
	progress_at(&place->progress, written(place));
	progress_end(&place->progress);
	/* an input that became shorter meanwhile did not need all that was reserved */
	if (written(place) < length)
		segment_trim(place->segment);
	return status;
}

/* What is longer than a POSIX object can be fails in the kernel: EFBIG. */
static struct place place_of(const struct shmwrite *given, const struct segment *segment)
{
	bool in_place = given->offset != NOT_GIVEN;
	bool has_end = segment_is_fixed(segment->name) || (in_place && !given->grow);
	int64_t begin = in_place ? given->offset : 0;
	return (struct place){
	    .segment = segment,
	    .begin = begin,
	    .next = begin,
	    .end = has_end ? segment->size : INT64_MAX,
	    .when = given->progress,
	};
}

static enum status write_to(const struct shmwrite *given, const struct segment *segment,
                            const char *text)
{
	struct place place = place_of(given, segment);
	if (text == NULL && segment_is(segment, 0))
		return fail_as(STATUS_FAILED, "%s: standard input is the object itself",
		               segment->name->text);
	enum status status = write_all(&place, text);
	/* not before: what was there stays as long as possible */
	if (status == STATUS_DONE && given->offset == NOT_GIVEN &&
	    segment_cut(segment, place.next) < 0)
		status = segment_write_failed(segment, place.next, written(&place));
	if (status == STATUS_DONE && given->verbose)
		say("Copying %lld bytes", (long long)written(&place));
	return status;
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct shmwrite *given = opts;
	struct name name;
	struct segment segment;
	if (given->grow && given->offset == NOT_GIVEN)
		return usage_error("--grow goes with --offset");
	enum status status = name_parse(&name, NAME_MEMORY, argv[0]);
	if (status == STATUS_DONE && given->grow && segment_is_fixed(&name))
		status = usage_error("%s: --grow: System V segments have a fixed size",
		                     name.text);
	if (status == STATUS_DONE)
		status = segment_open(&segment, &name, SEGMENT_WRITE);
	if (status != STATUS_DONE)
		return status;
	struct interrupt interrupt;
	interrupt_begin(&interrupt);
	status = write_to(given, &segment, argc > 1 ? argv[1] : NULL);
	segment_close(&segment);
	return interrupt_end(&interrupt, status);
}

APPLET(shmwrite, .summary = "write text or standard input to a shared memory object",
       .self = {.operands = "SHM [TEXT]",
                .least_operands = 1,
                .most_operands = 2,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(shmwrite),
                .run = run});

/*
 * shmread - write the contents of a shared memory object to standard output
 *
 * By pread(2), not through a mapping: an object that shrinks meanwhile is an error to
 * report instead of a SIGBUS. A System V segment, which cannot shrink, is attached.
 */
#include "applet.h"
#include "front.h"
#include "interrupt.h"
#include "output.h"
#include "progress.h"
#include "report.h"
#include "shm.h"

struct shmread {
	int64_t offset, length;
	enum when progress;
};

static const struct shmread defaults = {.length = INT64_MAX};

static const struct option_row options[] = {
    SIZE('o', "offset", shmread, offset, 0, "OFFSET", 0, "begin at this byte; 0 without"),
    SIZE('l', "length", shmread, length, 0, "LENGTH", 0,
         "at most so many bytes; all without"),
    PROGRESS(shmread, progress),
    END_OF_OPTIONS,
};

enum { BLOCK = 128 * 1024 };

/* As much as there was when it was opened: what grows meanwhile does not count. */
static enum status copy(const struct segment *segment, int64_t offset, int64_t length,
                        struct progress *progress)
{
	char block[BLOCK];
	for (int64_t begin = offset; length > 0; progress_at(progress, offset - begin)) {
		size_t wanted = length < BLOCK ? (size_t)length : BLOCK;
		ssize_t got = segment_read(segment, offset, block, wanted);
		if (got < 0)
			return STATUS_FAILED;
		if (got == 0)
			return fail_as(STATUS_FAILED,
			               "%s: became shorter while it was read, which "
			               "ended at byte %lld",
			               segment->name->text, (long long)offset);
		enum status status = output_write(block, (size_t)got);
		if (status != STATUS_DONE)
			return status;
		offset += got;
		length -= got;
	}
	return STATUS_DONE;
}

static enum status read_range(const struct shmread *given, const struct segment *segment)
{
	struct progress progress;
	int64_t rest = segment->size - given->offset;
	if (rest < 0)
		return fail_as(STATUS_FAILED, "%s: offset %lld is past its %lld bytes",
		               segment->name->text, (long long)given->offset,
		               (long long)segment->size);
	if (segment_is(segment, 1))
		return fail_as(STATUS_FAILED, "%s: standard output is the object itself",
		               segment->name->text);
	if (rest > given->length)
		rest = given->length;
	progress_begin(&progress, given->progress, PROGRESS_BYTES, rest);
	enum status status = copy(segment, given->offset, rest, &progress);
	progress_end(&progress);
	return status;
}

static enum status run(const void *opts, int argc, char **argv)
{
	(void)argc;
	struct name name;
	struct segment segment;
	enum status status = name_parse(&name, NAME_MEMORY, argv[0]);
	if (status == STATUS_DONE)
		status = segment_open(&segment, &name, SEGMENT_READ);
	if (status != STATUS_DONE)
		return status;
	/* it holds nothing: a signal may end a program at any time, but not a shell, nor
	 * in the middle of a line */
	const struct shmread *given = opts;
	struct interrupt interrupt;
	bool to_its_end = front_is_builtin() || given->progress != WHEN_NEVER;
	if (to_its_end)
		interrupt_begin(&interrupt);
	status = read_range(given, &segment);
	segment_close(&segment);
	return to_its_end ? interrupt_end(&interrupt, status) : status;
}

APPLET(shmread,
       .summary = "write the contents of a shared memory object to standard output",
       .self = {.operands = "SHM",
                .least_operands = 1,
                .most_operands = 1,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(shmread),
                .run = run});

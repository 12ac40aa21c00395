/*
 * mmcat - write files to standard output through a memory map
 *
 * A file that becomes shorter leaves a map that nobody may touch: a load or a store there
 * is SIGBUS. So none is made here: write(2) loads and read(2) stores for us, and both
 * fail with EFAULT instead. See mmap(2).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applet.h"
#include "base/frontend.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/file.h"
#include "io/output.h"

enum { NOT_GIVEN = -1, GROUP_KIND = 2 };

struct mmcat {
	bool is_private, shared;
	int64_t offset;
};

static const struct mmcat defaults = {.offset = NOT_GIVEN};

static const struct option_row options[] = {
    FLAG(0, "private", mmcat, is_private, GROUP_KIND,
         "a private map: what is written stays in it"),
    FLAG(0, "shared", mmcat, shared, GROUP_KIND,
         "a shared map: what is written is in the file"),
    SIZE(0, "write", mmcat, offset, 0, "OFFSET", 0,
         "write TEXT, the first operand, at this byte of the map before"),
    END_OF_OPTIONS,
};

struct mmcat_map {
	const char *path;
	int fd;
	int64_t size;
	char *bytes; /* to be touched by the kernel alone */
};

/* --------------------------------------------------------------------- map */

/* The files of /proc have contents and the size 0. */
static enum status mmcat_check_empty(const struct mmcat_map *map)
{
	char byte;
	if (read(map->fd, &byte, 1) <= 0)
		return STATUS_OK;
	return error_as(STATUS_FAILED,
	                "%s: it has no size, though it has contents, and "
	                "cannot be mapped",
	                map->path);
}

static enum status mmcat_map_file(const struct mmcat *given, struct mmcat_map *map)
{
	struct stat st;
	int access = given->offset != NOT_GIVEN ? PROT_READ | PROT_WRITE : PROT_READ;
	if (fstat(map->fd, &st) < 0)
		return error_errno("%s", map->path);
	map->size = st.st_size;
	if (map->size == 0)
		return mmcat_check_empty(map);
	void *bytes = mmap(NULL, (size_t)map->size, access,
	                   given->shared ? MAP_SHARED : MAP_PRIVATE, map->fd, 0);
	if (bytes == MAP_FAILED)
		return error_errno("%s: cannot map %lld bytes", map->path,
		                   (long long)map->size);
	map->bytes = bytes;
	return STATUS_OK;
}

static enum status mmcat_open(const struct mmcat *given, const char *path,
                              struct mmcat_map *map)
{
	/* what is written to a private map needs no permission to write to the file */
	int flags = given->offset != NOT_GIVEN && given->shared ? O_RDWR : O_RDONLY;
	*map = (struct mmcat_map){.path = path};
	enum status status = file_check_type(S_IFREG, path, -1);
	if (status != STATUS_OK)
		return status;
	map->fd = open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (map->fd < 0)
		return error_errno("%s", path);
	status = file_check_type(S_IFREG, path, map->fd);
	if (status == STATUS_OK && file_is_stdout(map->fd))
		status = error_as(STATUS_FAILED, "%s: standard output is the file itself",
		                  path);
	if (status == STATUS_OK)
		status = mmcat_map_file(given, map);
	if (status != STATUS_OK)
		close(map->fd);
	return status;
}

static void mmcat_close(struct mmcat_map *map)
{
	if (map->bytes != NULL)
		munmap(map->bytes, (size_t)map->size);
	close(map->fd);
}

/* The kernel found no memory behind the map at this byte. */
static enum status mmcat_fault(const struct mmcat_map *map, const char *done,
                               int64_t offset)
{
	struct stat st;
	if (fstat(map->fd, &st) == 0 && st.st_size < map->size)
		return error_as(STATUS_FAILED,
		                "%s: became shorter while it was %s, which ended at byte "
		                "%lld",
		                map->path, done, (long long)offset);
	/* a page that cannot be read, or one of a hole that finds no room */
	return error_as(STATUS_FAILED,
	                "%s: byte %lld cannot be %s: an input/output error, or no space",
	                map->path, (long long)offset, done);
}

/* ------------------------------------------------------------------- write */

/* Through a pipe: that is a way to have the kernel copy from here to there. */
static enum status mmcat_store(const struct mmcat_map *map, int64_t offset,
                               const char *text)
{
	int ends[2];
	size_t length = strlen(text);
	enum status status = STATUS_OK;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno("a pipe");
	while (length > 0 && status == STATUS_OK) {
		size_t part = length < PIPE_BUF ? length : PIPE_BUF;
		ssize_t stored = write(ends[1], text, part);
		if (stored > 0)
			stored = read(ends[0], map->bytes + offset, part);
		if (stored < 0 || (size_t)stored < part) {
			status = mmcat_fault(map, "written",
			                     offset + (stored > 0 ? stored : 0));
			break;
		}
		text += part;
		offset += (int64_t)part;
		length -= part;
	}
	close(ends[0]);
	close(ends[1]);
	return status;
}

static enum status mmcat_write_text(const struct mmcat_map *map, int64_t offset,
                                    const char *text)
{
	int64_t length = (int64_t)strlen(text);
	if (offset > map->size)
		return error_as(STATUS_FAILED, "%s: offset %lld is past its %lld bytes",
		                map->path, (long long)offset, (long long)map->size);
	if (length > map->size - offset)
		return error_as(
		    STATUS_FAILED,
		    "%s: %lld bytes at offset %lld would pass its end: it has "
		    "%lld",
		    map->path, (long long)length, (long long)offset,
		    (long long)map->size);
	return mmcat_store(map, offset, text);
}

/* -------------------------------------------------------------------- copy */

/* In the last page, bytes behind the end of the file are zeros, not a fault. */
static bool mmcat_is_shorter(const struct mmcat_map *map, int64_t end)
{
	struct stat st;
	return fstat(map->fd, &st) == 0 && st.st_size < end;
}

/* *ended: the output takes no more, or a signal came; no use in going on. */
static enum status mmcat_copy(const struct mmcat_map *map, struct output *output,
                              bool *ended)
{
	enum { BLOCK = 1 << 20 };
	for (int64_t offset = 0; offset < map->size; offset += BLOCK) {
		int64_t rest = map->size - offset;
		size_t written, length = rest < BLOCK ? (size_t)rest : BLOCK;
		int result =
		    output_try_write(output, map->bytes + offset, length, &written);
		if (result < 0 && errno == EFAULT)
			return mmcat_fault(map, "read", offset + (int64_t)written);
		if (result == 0 && mmcat_is_shorter(map, offset + (int64_t)length))
			return mmcat_fault(map, "read", offset);
		errno = result < 0 ? errno : EINTR;
		*ended = result < 0 || termsig_pending() != 0;
		if (*ended)
			return output_error();
	}
	return STATUS_OK;
}

/* TEXT first, where there is one. */
static enum status mmcat_one(const struct mmcat *given, struct output *output,
                             const char *text, const char *path, bool *ended)
{
	struct mmcat_map map;
	enum status status = mmcat_open(given, path, &map);
	if (status != STATUS_OK)
		return status;
	if (text != NULL)
		status = mmcat_write_text(&map, given->offset, text);
	if (status == STATUS_OK)
		status = mmcat_copy(&map, output, ended);
	mmcat_close(&map);
	return status;
}

static enum status mmcat_all(const struct mmcat *given, char **operands)
{
	bool ended = false;
	struct output output;
	const char *text = given->offset != NOT_GIVEN ? *operands++ : NULL;
	enum status status = output_begin(&output);
	if (status != STATUS_OK)
		return status;
	for (; *operands != NULL && !ended; operands++)
		status = status_first_failure(
		    status, mmcat_one(given, &output, text, *operands, &ended));
	return status;
}

static enum status mmcat_run(const void *opts, int argc, char **argv)
{
	const struct mmcat *given = opts;
	bool writes = given->offset != NOT_GIVEN;
	if (writes && !given->is_private && !given->shared)
		return error_usage("--write goes with --private or --shared");
	if (writes && argc != 2)
		return error_usage("--write goes with two operands, TEXT and FILE");
	/* it holds nothing: a signal may end a program at any time, but not a shell */
	struct termsig termsig;
	bool in_shell = frontend_is_builtin();
	if (in_shell)
		termsig_begin(&termsig);
	enum status status = mmcat_all(given, argv);
	return in_shell ? termsig_end(&termsig, status) : status;
}

APPLET(mmcat, .summary = "write files to standard output through a memory map",
       .self = {.operands = "[TEXT] FILE...",
                .operand_kinds = {OPERAND_FILE | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(mmcat),
                .run = mmcat_run});

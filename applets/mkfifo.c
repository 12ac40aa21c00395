/* SPDX-License-Identifier: MIT */
/*
 * mkfifo - create FIFOs (named pipes)
 *
 * As in POSIX and coreutils; see mkfifo(3), fifo(7).
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applet.h"
#include "io/error.h"
#include "io/file.h"
#include "io/owner.h"

struct mkfifo {
	bool ensure;
	struct value_mode mode;
};

static const struct mkfifo defaults = {.mode = {.bits = 0666}};

static const struct option_row options[] = {
    ENSURE(mkfifo, ensure),
    MODE(mkfifo, mode,
         "permission bits, exactly these; the umask applies to the default only"),
    END_OF_OPTIONS,
};

/* The mode of -m is exact from the beginning: the umask is 0 for the call. */
static int mkfifo_create(const struct value_mode *mode, const char *path)
{
	if (!mode->given)
		return mkfifo(path, mode->bits);
	mode_t mask = umask(0);
	int result = mkfifo(path, mode->bits);
	umask(mask);
	return result;
}

/* The permission bits that mkfifo_create() sets. */
static mode_t mkfifo_bits(const struct value_mode *mode)
{
	if (mode->given)
		return mode->bits;
	mode_t mask = umask(0);
	umask(mask);
	return mode->bits & ~mask;
}

/*
 * The group in which the FIFO was created. In a set-group-ID directory each file has the
 * group of the directory: as if it was that of this process, if only the group may create
 * files there; if others may too, it does not say who did.
 */
static gid_t mkfifo_creator_group(const char *path, gid_t gid)
{
	char directory[PATH_MAX] = ".";
	const char *slash = strrchr(path, '/');
	size_t length = slash == NULL ? 0 : (size_t)(slash + 1 - path);
	struct stat st;
	if (length >= sizeof directory)
		return OWNER_NO_GROUP;
	memcpy(directory, path, length);
	directory[length > 0 ? length : 1] = '\0';
	if (stat(directory, &st) < 0)
		return OWNER_NO_GROUP;
	if ((st.st_mode & S_ISGID) == 0 || st.st_gid != gid)
		return gid;
	return (st.st_mode & S_IWOTH) != 0 ? OWNER_NO_GROUP : getegid();
}

/* Compare the existing file with the request. */
static enum status mkfifo_compare(const struct value_mode *mode, const char *path,
                                  struct stat *st)
{
	mode_t bits = mkfifo_bits(mode);
	if (!S_ISFIFO(st->st_mode))
		return error_as(STATUS_EXISTS, "%s: exists, but is not a FIFO", path);
	st->st_gid = mkfifo_creator_group(path, st->st_gid);
	enum status status = owner_check_file(path, st, bits);
	return status == STATUS_OK ? file_check_mode(path, st->st_mode & 07777, bits)
	                           : status;
}

static enum status mkfifo_one(const void *opts, const char *path)
{
	enum { TRIES = 100 };
	const struct mkfifo *given = opts;
	struct stat st;
	/* another process may remove the file between the two calls */
	for (int i = 0; i < TRIES; i++) {
		if (mkfifo_create(&given->mode, path) == 0)
			return STATUS_OK;
		if (errno != EEXIST || !given->ensure)
			break;
		/* a symbolic link is not followed */
		if (lstat(path, &st) == 0)
			return mkfifo_compare(&given->mode, path, &st);
		if (errno != ENOENT)
			break;
	}
	return error_errno("%s", path);
}

static enum status mkfifo_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	return status_of_each(argv, opts, mkfifo_one);
}

APPLET(mkfifo, .summary = "create FIFOs (named pipes)", .group = APPLETS_FIFOS_AND_PIPES,
       .example = "mkfifo -m 600 pipe",
       .self = {.operands = "NAME...",
                .operand_kinds = {OPERAND_FILE | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(mkfifo),
                .run = mkfifo_run});

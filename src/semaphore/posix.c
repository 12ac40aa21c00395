/*
 * Named POSIX semaphores: files of SEM_BYTES bytes on /dev/shm.
 *
 * Each C library has names and a layout of its own, so that its programs meet only among
 * themselves. The file is worked on as the system's library would, whichever this
 * program is linked with: glibc's /dev/shm/sem.NAME; where there is none but musl's
 * /dev/shm/NAME, that. See sem_overview(7), sem_open(3).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "io/report.h"
#include "semaphore/family.h"
#include "semaphore/futex.h"

static const char folder[] = "/dev/shm";

enum { FOLDER_BYTES = sizeof folder - 1 };

/* Where one library keeps a semaphore. */
struct home {
	const char *prefix; /* of the file's name */
	const struct sem_layout *layout;
};

static const struct home glibc_home = {"/sem.", &sem_layout_glibc};
static const struct home musl_home = {"/", &sem_layout_musl};

struct path {
	char text[FOLDER_BYTES + sizeof "/sem." + NAME_BYTES_MAX];
};

static const char *path_in(const struct home *home, const struct name *name,
                           struct path *path)
{
	stpcpy(stpcpy(stpcpy(path->text, folder), home->prefix), name->text + 1);
	return path->text;
}

/* Does this system's own library keep its semaphores where musl does? */
static const struct home *own_home(void)
{
	return words_layout() == &sem_layout_musl ? &musl_home : &glibc_home;
}

/* --------------------------------------------------------------------- open */

/*
 * Is the open file a semaphore of that home? NULL, and what it is, or why not, in words
 * that follow "not a semaphore: ".
 */
static const char *look(struct semaphore *semaphore, const struct home *home, int fd,
                        struct reason *reason)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return error_text(errno);
	if (!S_ISREG(st.st_mode))
		return "not a regular file";
	if (st.st_size != SEM_BYTES) {
		snprintf(reason->text, sizeof reason->text,
		         "the file has %lld bytes instead of %d", (long long)st.st_size,
		         SEM_BYTES);
		return reason->text;
	}
	ssize_t length = pread(fd, semaphore->seen, SEM_BYTES, 0);
	if (length < 0)
		return error_text(errno);
	if (length != SEM_BYTES || !home->layout->is_one(semaphore->seen))
		return "the file holds something else";
	semaphore->mode = st.st_mode & 07777;
	semaphore->layout = home->layout;
	return NULL;
}

/* The file in one home, -1 with errno. */
static int open_in(const struct home *home, const struct name *name,
                   enum semaphore_access access)
{
	struct path path;
	return words_open(path_in(home, name, &path), access);
}

/*
 * Where the system's library is glibc, musl's place is that of shared memory: what is
 * there and is no semaphore is none of our business.
 */
static bool is_ours(const struct home *home)
{
	return home == &glibc_home || home == own_home();
}

static enum status open_failed(const struct home *home, const struct name *name)
{
	if (!is_ours(home))
		errno = ENOENT;
	if (errno == ELOOP)
		return fail_as(STATUS_FAILED, "%s: not a semaphore: a symbolic link",
		               name->text);
	return fail("%s", name->text);
}

static enum status open_file(struct semaphore *semaphore, enum semaphore_access access)
{
	const struct name *name = semaphore->name;
	const struct home *home = &glibc_home;
	int fd = open_in(home, name, access);
	if (fd < 0 && errno == ENOENT) {
		home = &musl_home;
		fd = open_in(home, name, access);
	}
	if (fd < 0)
		return open_failed(home, name);
	struct reason reason;
	enum status status = STATUS_DONE;
	const char *why = look(semaphore, home, fd, &reason);
	if (why != NULL && is_ours(home))
		status =
		    fail_as(STATUS_FAILED, "%s: not a semaphore: %s", name->text, why);
	else if (why != NULL)
		status = open_failed(home, name);
	else if (access == SEMAPHORE_USE)
		/* what reads as zeros may be a hole */
		status = words_map(semaphore, fd, words_are_zeros(semaphore->seen));
	close(fd);
	return status;
}

/* ------------------------------------------------------------------- create */

/* What is to be in a new file. */
struct contents {
	const struct sem_layout *layout;
	uint32_t value;
	mode_t mode;
};

/* The contents and the exact mode of a new file. 0, or -1 with errno. */
static int fill(int fd, const void *argument)
{
	const struct contents *contents = argument;
	uint64_t words[SEM_BYTES / sizeof(uint64_t)];
	contents->layout->make(words, contents->value);
	ssize_t length = write(fd, words, sizeof words);
	if (length >= 0 && length < SEM_BYTES)
		errno = ENOSPC;
	return length == SEM_BYTES ? fchmod(fd, contents->mode) : -1;
}

/* Whole at once too, by way of another name, which is what sem_open(3) does. */
static int make_renamed(const char *path, const struct contents *contents)
{
	char other[] = "/dev/shm/.semop.XXXXXX";
	int fd = mkostemp(other, O_CLOEXEC);
	if (fd < 0)
		return -1;
	int result = fill(fd, contents);
	if (result == 0)
		result = link(other, path);
	int error = errno;
	unlink(other);
	close(fd);
	errno = error;
	return result;
}

/* It is there already: is it what was asked for? */
static enum status check_existing(const struct name *name,
                                  const struct semaphore_shape *shape)
{
	struct semaphore semaphore = {.name = name};
	enum status status = open_file(&semaphore, SEMAPHORE_LOOK);
	if (status == STATUS_DONE)
		status = file_expect_mode(name->text, semaphore.mode, &shape->mode);
	return status;
}

static enum status create(const struct name *name, const struct semaphore_shape *shape,
                          struct semaphore_made *made)
{
	struct path path;
	const struct home *home = own_home();
	const struct contents contents = {.layout = home->layout,
	                                  .value = (uint32_t)shape->value,
	                                  .mode = shape->mode.bits};
	bool possible;
	path_in(home, name, &path);
	int result = file_make_unseen(folder, path.text, fill, &contents, &possible);
	if (!possible)
		result = make_renamed(path.text, &contents);
	made->is_new = result == 0;
	if (result == 0)
		return STATUS_DONE;
	if (errno == EEXIST && shape->ensure)
		return check_existing(name, shape);
	if (errno == ENOENT)
		return fail_as(STATUS_FAILED, "%s: there is no %s", name->text, folder);
	return fail("%s", name->text);
}

/* ------------------------------------------------------------------- unlink */

/* Is there one in musl's home? Its names are those of shared memory too. */
static bool is_in_musl_home(const struct name *name)
{
	struct semaphore semaphore = {0};
	struct reason reason;
	int fd = open_in(&musl_home, name, SEMAPHORE_LOOK);
	if (fd < 0)
		return false;
	bool found = look(&semaphore, &musl_home, fd, &reason) == NULL;
	close(fd);
	return found;
}

static enum status unlink_file(const struct name *name, bool missing_is_fine)
{
	struct path path;
	int result = unlink(path_in(&glibc_home, name, &path));
	if (result < 0 && errno == ENOENT) {
		if (is_in_musl_home(name) || own_home() == &musl_home)
			result = unlink(path_in(&musl_home, name, &path));
		else
			errno = ENOENT;
	}
	if (result == 0 || (errno == ENOENT && missing_is_fine))
		return STATUS_DONE;
	return fail("%s", name->text);
}

const struct semaphore_family semaphores_posix = {
    .limit = "SEM_VALUE_MAX",
    .max = SEM_WORDS_MAX,
    .create = create,
    .open = open_file,
    .close = words_close,
    .unlink = unlink_file,
    .take = words_take,
    .give = words_give,
    .value = words_value,
    .facts = words_facts,
};

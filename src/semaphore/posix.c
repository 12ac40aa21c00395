/* SPDX-License-Identifier: MIT */
/*
 * Named POSIX semaphores: files of SEMAPHORE_BYTES bytes in /dev/shm.
 *
 * Each C library has file names and a layout of its own, so its programs share semaphores
 * only with each other. This program uses the file as the system's library does,
 * whichever library it is linked with: glibc's /dev/shm/sem.NAME, and on a system of musl
 * also musl's /dev/shm/NAME. That is the file of a shared memory object too, and one of
 * SEMAPHORE_BYTES bytes with a small number in it looks the same: so on other systems it
 * is used only if it is asked for, by musl:NAME. See sem_overview(7), sem_open(3).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/frontend.h"
#include "base/mapping_cache.h"
#include "base/sigbus.h"
#include "io/error.h"
#include "io/file.h"
#include "io/owner.h"
#include "object/missing.h"
#include "object/shm_path.h"
#include "semaphore/family.h"
#include "semaphore/layout.h"

/* The files of a library. */
struct semaphore_location {
	const char *prefix; /* of the file's name */
	const struct semaphore_layout *layout;
};

static const struct semaphore_location glibc_location = {"/sem.",
                                                         &semaphore_layout_glibc};
static const struct semaphore_location musl_location = {"/", &semaphore_layout_musl};

struct semaphore_posix_path {
	char text[sizeof SHM_PATH_DIRECTORY "/sem." + NAME_BYTES_MAX];
};

static const char *semaphore_posix_path_in(const struct semaphore_location *location,
                                           const struct name *name,
                                           struct semaphore_posix_path *path)
{
	stpcpy(stpcpy(stpcpy(path->text, SHM_PATH_DIRECTORY), location->prefix),
	       name_bare(name));
	return path->text;
}

/* Leaves errno as it was. */
static bool is_musl_system(void)
{
	int error = errno;
	bool musl = semaphore_words_layout() == &semaphore_layout_musl;
	errno = error;
	return musl;
}

/* The location of a new semaphore. */
static const struct semaphore_location *new_location(const struct name *name)
{
	return name->musl || is_musl_system() ? &musl_location : &glibc_location;
}

/* The location that is looked at first, of most systems the only one. */
static const struct semaphore_location *first_location(const struct name *name)
{
	return name->musl ? &musl_location : &glibc_location;
}

/* --------------------------------------------------------------------- open */

static const char holds_other_data[] = "the file holds other data";

/*
 * Is the open file a semaphore of that library? NULL, and *semaphore has its contents; or
 * why not, in words that follow "not a semaphore: ".
 */
static const char *semaphore_posix_inspect(struct semaphore *semaphore,
                                           const struct semaphore_location *location,
                                           int fd, char reason[64])
{
	struct stat *st = &semaphore->file;
	if (fstat(fd, st) < 0)
		return error_text(errno);
	if (!S_ISREG(st->st_mode))
		return "not a regular file";
	if (st->st_size != SEMAPHORE_BYTES) {
		/* sizeof(sem_t) of a 32-bit program is 16 */
		snprintf(reason, 64, "the file has %lld bytes, not %d%s",
		         (long long)st->st_size, SEMAPHORE_BYTES,
		         st->st_size == 16 ? " (of a 32-bit program)" : "");
		return reason;
	}
	ssize_t length = pread(fd, semaphore->snapshot, SEMAPHORE_BYTES, 0);
	if (length < 0)
		return error_text(errno);
	if (length != SEMAPHORE_BYTES ||
	    !location->layout->is_initialized(semaphore->snapshot))
		return holds_other_data;
	semaphore->layout = location->layout;
	return NULL;
}

/* The file in one location, or -1 with errno. */
static int semaphore_posix_open_in(const struct semaphore_location *location,
                                   const struct name *name, enum semaphore_access access)
{
	struct semaphore_posix_path path;
	return semaphore_words_open(semaphore_posix_path_in(location, name, &path),
	                            access);
}

static enum status semaphore_posix_open_error(const struct name *name)
{
	if (errno == ELOOP)
		return error_as(STATUS_FAILED, "%s: not a semaphore: a symbolic link",
		                name->text);
	return missing_open_error(name, NAME_SEMAPHORE);
}

/*
 * The path for mapping_cache_take(): in a shell the words stay mapped after a call. Not
 * in the second location of a system of musl, which is looked at only if nothing is in
 * the first one.
 */
static const char *semaphore_posix_kept_path(const struct name *name,
                                             struct semaphore_posix_path *path)
{
	return semaphore_posix_path_in(first_location(name), name, path);
}

static bool semaphore_posix_use_kept(struct semaphore *semaphore)
{
	struct semaphore_posix_path path;
	semaphore->words = mapping_cache_take(
	    semaphore_posix_kept_path(semaphore->name, &path), &semaphore->file);
	semaphore->layout = first_location(semaphore->name)->layout;
	semaphore->was_kept = semaphore->words != NULL;
	return semaphore->was_kept;
}

static void semaphore_posix_close(struct semaphore *semaphore)
{
	struct semaphore_posix_path path;
	if (semaphore->words == NULL || !frontend_is_builtin() || sigbus_was_cut() ||
	    semaphore->layout != first_location(semaphore->name)->layout) {
		semaphore_words_close(semaphore);
		return;
	}
	mapping_cache_keep(semaphore_posix_kept_path(semaphore->name, &path),
	                   &semaphore->file, semaphore->words, SEMAPHORE_BYTES);
	semaphore->words = NULL;
}

static enum status semaphore_posix_open(struct semaphore *semaphore,
                                        enum semaphore_access access)
{
	const struct name *name = semaphore->name;
	const struct semaphore_location *location = first_location(name);
	if (access == SEMAPHORE_USE && frontend_is_builtin() &&
	    semaphore_posix_use_kept(semaphore))
		return STATUS_OK;
	int fd = semaphore_posix_open_in(location, name, access);
	if (fd < 0 && errno == ENOENT && !name->musl && is_musl_system()) {
		location = &musl_location;
		fd = semaphore_posix_open_in(location, name, access);
	}
	if (fd < 0)
		return semaphore_posix_open_error(name);
	char reason[64];
	enum status status = STATUS_OK;
	const char *why = semaphore_posix_inspect(semaphore, location, fd, reason);
	if (why != NULL)
		status =
		    error_as(STATUS_FAILED, "%s: not a semaphore: %s", name->text, why);
	else if (access == SEMAPHORE_USE)
		/* bytes that read as zeros may be a hole */
		status = semaphore_words_map(
		    semaphore, fd, semaphore_words_are_zeros(semaphore->snapshot));
	close(fd);
	return status;
}

static int open_node_in(const struct semaphore_location *location,
                        const struct name *name)
{
	struct semaphore_posix_path path;
	return open(semaphore_posix_path_in(location, name, &path),
	            O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

enum status semaphore_open_node(const struct name *name, int *fd)
{
	*fd = open_node_in(first_location(name), name);
	if (*fd < 0 && errno == ENOENT && !name->musl && is_musl_system())
		*fd = open_node_in(&musl_location, name);
	return *fd >= 0 ? STATUS_OK : missing_open_error(name, NAME_SEMAPHORE);
}

/* ------------------------------------------------------------------- create */

/* The contents and the mode of a new file. */
struct semaphore_posix_contents {
	const struct semaphore_layout *layout;
	uint32_t value;
	mode_t mode;
};

/* Write the contents and set the mode, exactly. 0, or -1 with errno. */
static int write_contents(int fd, const void *argument)
{
	const struct semaphore_posix_contents *contents = argument;
	uint64_t words[SEMAPHORE_BYTES / sizeof(uint64_t)];
	contents->layout->init(words, contents->value);
	ssize_t length = write(fd, words, sizeof words);
	if (length >= 0 && length < SEMAPHORE_BYTES)
		errno = ENOSPC;
	return length == SEMAPHORE_BYTES ? fchmod(fd, contents->mode) : -1;
}

/* Atomically too, by link(2) from a temporary name, as sem_open(3) does it. */
static int create_by_link(const char *path,
                          const struct semaphore_posix_contents *contents)
{
	char other[] = SHM_PATH_DIRECTORY "/.semop.XXXXXX";
	int fd = mkostemp(other, O_CLOEXEC);
	if (fd < 0)
		return -1;
	int result = write_contents(fd, contents);
	if (result == 0)
		result = link(other, path);
	int error = errno;
	unlink(other);
	close(fd);
	errno = error;
	return result;
}

/* While sem_open(3) or create_by_link() creates the file, it has two names. */
static int semaphore_posix_stat(const char *path, struct stat *st)
{
	enum { PAUSES_MAX = 100 };
	int result = lstat(path, st);
	for (int i = 0; i < PAUSES_MAX && result == 0 && st->st_nlink > 1; i++) {
		if (deadline_sleep(1000000) < 0)
			break;
		result = lstat(path, st);
	}
	return result;
}

/*
 * Compare the existing semaphore with the requested one; *again: it was removed in the
 * meantime, and whatever has the name now is not the one that was examined.
 */
static enum status
semaphore_posix_check_existing(const struct name *name,
                               const struct semaphore_location *location,
                               const struct semaphore_attributes *attributes, bool *again)
{
	struct semaphore_posix_path path;
	struct semaphore semaphore = {.name = name};
	struct stat st;
	char reason[64];
	mode_t wanted = attributes->mode.bits;
	*again = false;
	if (semaphore_posix_stat(semaphore_posix_path_in(location, name, &path), &st) <
	    0) {
		*again = errno == ENOENT;
		return *again ? STATUS_OK : error_errno("%s", name->text);
	}
	enum status status = owner_check_file(name->text, &st, wanted);
	if (status != STATUS_OK)
		return status;
	int fd = semaphore_posix_open_in(location, name, SEMAPHORE_INSPECT);
	*again = fd < 0 && errno == ENOENT;
	if (*again)
		return STATUS_OK;
	if (fd < 0 && errno == EACCES && S_ISREG(st.st_mode)) {
		status = file_check_mode(name->text, st.st_mode & 07777, wanted);
		errno = EACCES;
	}
	if (fd < 0)
		return status != STATUS_OK ? status : semaphore_posix_open_error(name);
	const char *why = semaphore_posix_inspect(&semaphore, location, fd, reason);
	close(fd);
	return why != NULL
	           ? error_as(STATUS_FAILED, "%s: not a semaphore: %s", name->text, why)
	           : file_check_mode(name->text, semaphore.file.st_mode & 07777, wanted);
}

/* 0, or -1 with errno. */
static int semaphore_posix_create_exclusive(const struct name *name,
                                            const struct semaphore_location *location,
                                            const struct semaphore_attributes *attributes)
{
	struct semaphore_posix_path path;
	const struct semaphore_posix_contents contents = {.layout = location->layout,
	                                                  .value =
	                                                      (uint32_t)attributes->value,
	                                                  .mode = attributes->mode.bits};
	bool possible;
	semaphore_posix_path_in(location, name, &path);
	int result = file_create_atomic(SHM_PATH_DIRECTORY, path.text, write_contents,
	                                &contents, &possible);
	return possible ? result : create_by_link(path.text, &contents);
}

static enum status semaphore_posix_create(const struct name *name,
                                          const struct semaphore_attributes *attributes,
                                          struct semaphore_created *created)
{
	enum { TRIES = 100 };
	const struct semaphore_location *location = new_location(name);
	bool again = true;
	created->is_new = false;
	for (int tries = 0; again && tries < TRIES; tries++) {
		if (semaphore_posix_create_exclusive(name, location, attributes) == 0) {
			created->is_new = true;
			return STATUS_OK;
		}
		if (errno != EEXIST || !attributes->ensure)
			break;
		enum status status =
		    semaphore_posix_check_existing(name, location, attributes, &again);
		if (!again)
			return status;
		errno = EEXIST;
	}
	if (errno == ENOENT)
		return error_as(STATUS_FAILED,
		                "%s: " SHM_PATH_DIRECTORY " does not exist", name->text);
	return error_errno("%s", name->text);
}

/* ------------------------------------------------------------------- unlink */

static int unlink_in(const struct semaphore_location *location, const struct name *name)
{
	struct semaphore_posix_path path;
	return unlink(semaphore_posix_path_in(location, name, &path));
}

/* If musl is not the system's library, the file may be a shared memory object. */
static enum status check_musl_semaphore(const struct name *name, bool missing_is_fine)
{
	struct semaphore semaphore = {.name = name};
	struct semaphore_posix_path path;
	semaphore_posix_path_in(&musl_location, name, &path);
	if (missing_is_fine && access(path.text, F_OK) < 0 && errno == ENOENT)
		return STATUS_OK;
	return semaphore_posix_open(&semaphore, SEMAPHORE_INSPECT);
}

static enum status semaphore_posix_unlink(const struct name *name, bool missing_is_fine)
{
	enum status status = STATUS_OK;
	if (name->musl && !is_musl_system())
		status = check_musl_semaphore(name, missing_is_fine);
	if (status != STATUS_OK)
		return status;
	struct semaphore_posix_path path;
	mapping_cache_drop(semaphore_posix_kept_path(name, &path));
	int result = unlink_in(first_location(name), name);
	if (result < 0 && errno == ENOENT && !name->musl && is_musl_system())
		result = unlink_in(&musl_location, name);
	if (result == 0 || (errno == ENOENT && missing_is_fine))
		return STATUS_OK;
	return missing_unlink_error(name, NAME_SEMAPHORE);
}

static enum status semaphore_posix_error(const struct semaphore *semaphore)
{
	const char *name = semaphore->name->text;
	return errno == EUCLEAN ? error_as(STATUS_FAILED, "%s: not a semaphore: %s", name,
	                                   holds_other_data)
	                        : error_errno("%s", name);
}

const struct semaphore_family semaphore_posix_family = {
    .limit = "SEM_VALUE_MAX",
    .max = SEMAPHORE_LAYOUT_VALUE_MAX,
    .create = semaphore_posix_create,
    .open = semaphore_posix_open,
    .close = semaphore_posix_close,
    .unlink = semaphore_posix_unlink,
    .wait = semaphore_words_wait,
    .await = semaphore_words_await,
    .post = semaphore_words_post,
    .value = semaphore_words_value,
    .facts = semaphore_words_facts,
    .set_value = semaphore_words_set,
    .error = semaphore_posix_error,
};

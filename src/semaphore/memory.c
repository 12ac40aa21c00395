/* SPDX-License-Identifier: MIT */
/*
 * Semaphores inside a shared memory object, as sem_init(3) with pshared makes them, in
 * the layout of the system's own library.
 *
 * The bytes of an object are zeros until a process writes to them, and with glibc a
 * semaphore is never all zeros; so an existing semaphore can be recognized, which
 * sem_init(3) does not do. Bytes that are neither zeros nor a semaphore are other data,
 * and are left alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/sigbus.h"
#include "io/error.h"
#include "object/missing.h"
#include "object/shm_path.h"
#include "semaphore/family.h"
#include "semaphore/layout.h"

/* The kinds of bytes. */
enum semaphore_memory_contents { CONTENTS_SEMAPHORE, CONTENTS_ZEROS, CONTENTS_OTHER };

/* Can the file hold the semaphore? */
static enum status semaphore_memory_check_object(const struct name *name, int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return error_errno("%s", name->text);
	if (!S_ISREG(st.st_mode))
		return error_as(STATUS_FAILED, "%s: not a shared memory object",
		                name->text);
	if (name->offset <= (int64_t)st.st_size - SEMAPHORE_BYTES)
		return STATUS_OK;
	return error_as(
	    STATUS_FAILED,
	    "%s: the %d bytes of a semaphore would exceed the object's size (%lld)",
	    name->text, SEMAPHORE_BYTES, (long long)st.st_size);
}

static enum status semaphore_memory_open_object(int *fd, const struct name *name,
                                                enum semaphore_access access)
{
	struct name memory;
	name_of_memory(&memory, name);
	*fd = shm_path_open(&memory, access == SEMAPHORE_USE ? O_RDWR : O_RDONLY);
	if (*fd < 0 && errno == ELOOP)
		return error_as(STATUS_FAILED, "%s: is a symbolic link", name->text);
	if (*fd < 0)
		return missing_open_error(name, NAME_SEMAPHORE);
	enum status status = semaphore_memory_check_object(name, *fd);
	if (status != STATUS_OK)
		close(*fd);
	return status;
}

static enum status semaphore_memory_read(struct semaphore *semaphore, int fd)
{
	ssize_t length =
	    pread(fd, semaphore->snapshot, SEMAPHORE_BYTES, semaphore->name->offset);
	if (length == SEMAPHORE_BYTES)
		return STATUS_OK;
	if (length < 0)
		return error_errno("%s", semaphore->name->text);
	return error_truncated(semaphore->name->text);
}

/*
 * Sleep for a moment; false at the limit: a process that was killed during
 * initialization leaves the mark set.
 */
static bool wait_for_initialization(const struct deadline *limit)
{
	return deadline_left(limit) > 0 && deadline_sleep(1000000) == 0;
}

/* Read it, once more if another process initialized it in the meantime. */
static enum status semaphore_memory_inspect(struct semaphore *semaphore, int fd,
                                            enum semaphore_memory_contents *contents)
{
	const struct deadline limit = deadline_in(1000000000);
	semaphore->layout = semaphore_words_layout();
	enum status status;
	do
		status = semaphore_memory_read(semaphore, fd);
	while (status == STATUS_OK &&
	       semaphore->layout->is_being_initialized(semaphore->snapshot) &&
	       wait_for_initialization(&limit));
	/* the mark is written last, and may have been read before the value */
	if (status == STATUS_OK)
		status = semaphore_memory_read(semaphore, fd);
	if (semaphore_words_are_zeros(semaphore->snapshot))
		*contents = CONTENTS_ZEROS;
	else if (semaphore->layout->is_initialized(semaphore->snapshot))
		*contents = CONTENTS_SEMAPHORE;
	else
		*contents = CONTENTS_OTHER;
	return status;
}

static enum status not_a_semaphore(const struct name *name,
                                   enum semaphore_memory_contents contents)
{
	if (contents == CONTENTS_ZEROS)
		return error_as(STATUS_NOT_FOUND,
		                "%s: no semaphore there (all bytes are zero)",
		                name->text);
	return error_as(STATUS_FAILED, "%s: neither a process-shared semaphore nor zeros",
	                name->text);
}

/* ---------------------------------------------------------------- creating */

static enum status semaphore_memory_init(struct semaphore *semaphore, int fd,
                                         uint32_t value,
                                         struct semaphore_created *created)
{
	enum status status = semaphore_words_map(semaphore, fd, true);
	if (status != STATUS_OK)
		return status;
	struct sigbus sigbus;
	sigbus_begin(&sigbus, semaphore->words, SEMAPHORE_BYTES);
	created->is_new = semaphore->layout->init_in_place(semaphore->words, value);
	if (sigbus_end(&sigbus, 0) < 0)
		status = error_truncated(semaphore->name->text);
	semaphore_words_close(semaphore);
	return status;
}

static enum status semaphore_memory_create(const struct name *name,
                                           const struct semaphore_attributes *attributes,
                                           struct semaphore_created *created)
{
	struct semaphore semaphore = {.name = name};
	enum semaphore_memory_contents contents;
	int fd;
	enum status status = semaphore_memory_open_object(&fd, name, SEMAPHORE_USE);
	if (status != STATUS_OK)
		return status;
	status = semaphore_memory_inspect(&semaphore, fd, &contents);
	if (status == STATUS_OK && contents == CONTENTS_ZEROS)
		status = semaphore_memory_init(&semaphore, fd,
		                               (uint32_t)attributes->value, created);
	/* another process was faster */
	if (status == STATUS_OK && contents == CONTENTS_ZEROS && !created->is_new)
		status = semaphore_memory_inspect(&semaphore, fd, &contents);
	close(fd);
	created->is_new = created->is_new && status == STATUS_OK;
	if (status != STATUS_OK || created->is_new)
		return status;
	if (contents == CONTENTS_OTHER)
		return not_a_semaphore(name, contents);
	if (attributes->ensure)
		return STATUS_OK;
	errno = EEXIST;
	return error_errno("%s", name->text);
}

/* ------------------------------------------------------------------ using */

static enum status semaphore_memory_open(struct semaphore *semaphore,
                                         enum semaphore_access access)
{
	enum semaphore_memory_contents contents;
	int fd;
	enum status status = semaphore_memory_open_object(&fd, semaphore->name, access);
	if (status != STATUS_OK)
		return status;
	status = semaphore_memory_inspect(semaphore, fd, &contents);
	/* with musl a semaphore of value 0 is zeros */
	if (status == STATUS_OK &&
	    !semaphore->layout->is_initialized(semaphore->snapshot))
		status = not_a_semaphore(semaphore->name, contents);
	if (status == STATUS_OK && access == SEMAPHORE_USE)
		status = semaphore_words_map(semaphore, fd, true);
	close(fd);
	return status;
}

static bool semaphore_memory_is_missing(const struct name *name)
{
	struct name memory;
	struct shm_path path;
	name_of_memory(&memory, name);
	return memory.family == NAME_FAMILY_POSIX &&
	       access(shm_path_of(&path, &memory), F_OK) < 0 && errno == ENOENT;
}

static enum status semaphore_memory_unlink(const struct name *name, bool missing_is_fine)
{
	struct semaphore semaphore = {.name = name};
	enum semaphore_memory_contents contents;
	int fd;
	if (missing_is_fine && semaphore_memory_is_missing(name))
		return STATUS_OK;
	enum status status = semaphore_memory_open_object(&fd, name, SEMAPHORE_USE);
	if (status != STATUS_OK)
		return status;
	status = semaphore_memory_inspect(&semaphore, fd, &contents);
	if (status == STATUS_OK && contents == CONTENTS_SEMAPHORE)
		status = semaphore_words_map(&semaphore, fd, true);
	close(fd);
	if (status != STATUS_OK)
		return status;
	if (contents != CONTENTS_SEMAPHORE)
		return contents == CONTENTS_ZEROS && missing_is_fine
		           ? STATUS_OK
		           : not_a_semaphore(name, contents);
	struct sigbus sigbus;
	sigbus_begin(&sigbus, semaphore.words, SEMAPHORE_BYTES);
	int64_t waiters = semaphore.layout->waiters(semaphore.words);
	bool destroyed = semaphore.layout->destroy(semaphore.words);
	if (sigbus_end(&sigbus, 0) < 0)
		status = error_truncated(name->text);
	else if (!destroyed)
		status = error_as(STATUS_FAILED, "%s: busy: %lld waiter%s", name->text,
		                  (long long)waiters, waiters == 1 ? "" : "s");
	semaphore_words_close(&semaphore);
	return status;
}

const struct semaphore_family semaphore_memory_family = {
    .limit = "SEM_VALUE_MAX",
    .max = SEMAPHORE_LAYOUT_VALUE_MAX,
    .create = semaphore_memory_create,
    .open = semaphore_memory_open,
    .close = semaphore_words_close,
    .unlink = semaphore_memory_unlink,
    .wait = semaphore_words_wait,
    .await = semaphore_words_await,
    .post = semaphore_words_post,
    .value = semaphore_words_value,
    .facts = semaphore_words_facts,
    .set_value = semaphore_words_set,
};

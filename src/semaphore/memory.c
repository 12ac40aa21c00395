/*
 * Semaphores inside a shared memory object, as sem_init(3) with pshared makes them, in
 * the layout of the system's own library.
 *
 * An object's bytes are zeros until somebody writes to them, and with glibc a semaphore
 * is never all zeros; so it can be told whether there is one, which sem_init(3) does not
 * ask. What is neither zeros nor a semaphore belongs to somebody else: it is left alone.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "io/error.h"
#include "semaphore/family.h"
#include "semaphore/futex.h"

struct semaphore_memory_path {
	char text[sizeof "/dev/shm" + sizeof((struct name *)NULL)->text];
};

/* What is at the place. */
enum semaphore_memory_contents { CONTENTS_SEMAPHORE, CONTENTS_ZEROS, CONTENTS_OTHER };

static const char *semaphore_memory_path_of(const struct name *name,
                                            struct semaphore_memory_path *path)
{
	struct name memory;
	name_of_memory(&memory, name);
	snprintf(path->text, sizeof path->text, "/dev/shm%s", memory.text);
	return path->text;
}

/* NULL, or why there can be no semaphore, in words that follow a colon. */
static const char *semaphore_memory_unfit(const struct name *name, int fd,
                                          struct value_error *reason)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return error_text(errno);
	if (!S_ISREG(st.st_mode))
		return "not a shared memory object";
	if (name->offset <= (int64_t)st.st_size - SEMAPHORE_BYTES)
		return NULL;
	snprintf(reason->text, sizeof reason->text,
	         "a semaphore has %d bytes, and the object ends after %lld",
	         SEMAPHORE_BYTES, (long long)st.st_size);
	return reason->text;
}

static enum status semaphore_memory_open_object(int *fd, const struct name *name,
                                                enum semaphore_access access)
{
	struct semaphore_memory_path path;
	struct value_error reason;
	*fd = semaphore_words_open(semaphore_memory_path_of(name, &path), access);
	if (*fd < 0 && errno == ELOOP)
		return error_as(STATUS_FAILED, "%s: a symbolic link", name->text);
	if (*fd < 0)
		return error_errno("%s", name->text);
	const char *why = semaphore_memory_unfit(name, *fd, &reason);
	if (why == NULL)
		return STATUS_OK;
	close(*fd);
	return error_as(STATUS_FAILED, "%s: %s", name->text, why);
}

static enum status semaphore_memory_read(struct semaphore *semaphore, int fd)
{
	ssize_t length =
	    pread(fd, semaphore->snapshot, SEMAPHORE_BYTES, semaphore->name->offset);
	if (length == SEMAPHORE_BYTES)
		return STATUS_OK;
	if (length < 0)
		return error_errno("%s", semaphore->name->text);
	return error_as(STATUS_FAILED, "%s: the object has become shorter",
	                semaphore->name->text);
}

/* Sleep a little; false when a second is over. Who is killed at making it leaves it so.
 */
static bool wait_for_initialization(const struct deadline *limit)
{
	return deadline_left(limit) > 0 && deadline_sleep(1000000) == 0;
}

/* Read it, once more after somebody who is making it. */
static enum status semaphore_memory_inspect(struct semaphore *semaphore, int fd,
                                            enum semaphore_memory_contents *contents)
{
	const struct deadline limit = deadline_start(
	    (struct timeout){.kind = TIMEOUT_AFTER, .nanoseconds = 1000000000});
	semaphore->layout = semaphore_words_layout();
	enum status status;
	do
		status = semaphore_memory_read(semaphore, fd);
	while (status == STATUS_OK &&
	       semaphore->layout->is_being_initialized(semaphore->snapshot) &&
	       wait_for_initialization(&limit));
	/* the mark is written last, and may have been read first */
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
		return error_as(STATUS_NOT_FOUND, "%s: there is no semaphore, only zeros",
		                name->text);
	return error_as(STATUS_FAILED,
	                "%s: neither a semaphore that processes share nor zeros",
	                name->text);
}

/* ----------------------------------------------------------------- making */

static enum status semaphore_memory_init(struct semaphore *semaphore, int fd,
                                         uint32_t value,
                                         struct semaphore_created *created)
{
	enum status status = semaphore_words_map(semaphore, fd, true);
	if (status != STATUS_OK)
		return status;
	created->is_new = semaphore->layout->init_in_place(semaphore->words, value);
	semaphore_words_close(semaphore);
	return STATUS_OK;
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
	/* somebody else was faster */
	if (status == STATUS_OK && contents == CONTENTS_ZEROS && !created->is_new)
		status = semaphore_memory_inspect(&semaphore, fd, &contents);
	close(fd);
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
	/* musl's semaphore of 0 is zeros */
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
	struct semaphore_memory_path path;
	return access(semaphore_memory_path_of(name, &path), F_OK) < 0 && errno == ENOENT;
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
	int64_t waiters = semaphore.layout->waiters(semaphore.words);
	if (!semaphore.layout->destroy(semaphore.words))
		status = error_as(STATUS_FAILED, "%s: %lld wait for it", name->text,
		                  (long long)waiters);
	semaphore_words_close(&semaphore);
	return status;
}

const struct semaphore_family semaphore_memory_family = {
    .limit = "SEM_VALUE_MAX",
    .max = SEMAPHORE_FUTEX_VALUE_MAX,
    .create = semaphore_memory_create,
    .open = semaphore_memory_open,
    .close = semaphore_words_close,
    .unlink = semaphore_memory_unlink,
    .wait = semaphore_words_wait,
    .post = semaphore_words_post,
    .value = semaphore_words_value,
    .facts = semaphore_words_facts,
};

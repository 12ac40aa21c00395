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
#include "io/report.h"
#include "semaphore/family.h"
#include "semaphore/futex.h"

struct path {
	char text[sizeof "/dev/shm" + sizeof((struct name *)NULL)->text];
};

/* What is at the place. */
enum finding { A_SEMAPHORE, ZEROS, SOMETHING_ELSE };

static const char *path_of(const struct name *name, struct path *path)
{
	struct name memory;
	name_of_memory(&memory, name);
	snprintf(path->text, sizeof path->text, "/dev/shm%s", memory.text);
	return path->text;
}

/* NULL, or why there can be no semaphore, in words that follow a colon. */
static const char *why_unfit(const struct name *name, int fd, struct reason *reason)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return error_text(errno);
	if (!S_ISREG(st.st_mode))
		return "not a shared memory object";
	if (name->offset <= (int64_t)st.st_size - SEM_BYTES)
		return NULL;
	snprintf(reason->text, sizeof reason->text,
	         "a semaphore has %d bytes, and the object ends after %lld", SEM_BYTES,
	         (long long)st.st_size);
	return reason->text;
}

static enum status open_object(int *fd, const struct name *name,
                               enum semaphore_access access)
{
	struct path path;
	struct reason reason;
	*fd = words_open(path_of(name, &path), access);
	if (*fd < 0 && errno == ELOOP)
		return fail_as(STATUS_FAILED, "%s: a symbolic link", name->text);
	if (*fd < 0)
		return fail("%s", name->text);
	const char *why = why_unfit(name, *fd, &reason);
	if (why == NULL)
		return STATUS_DONE;
	close(*fd);
	return fail_as(STATUS_FAILED, "%s: %s", name->text, why);
}

static enum status read_words(struct semaphore *semaphore, int fd)
{
	ssize_t length = pread(fd, semaphore->seen, SEM_BYTES, semaphore->name->offset);
	if (length == SEM_BYTES)
		return STATUS_DONE;
	if (length < 0)
		return fail("%s", semaphore->name->text);
	return fail_as(STATUS_FAILED, "%s: the object has become shorter",
	               semaphore->name->text);
}

/* Sleep a little; false when a second is over. Who is killed at making it leaves it so.
 */
static bool wait_for_maker(const struct deadline *limit)
{
	return deadline_left(limit) > 0 && deadline_pause(1000000) == 0;
}

/* Read it, once more after somebody who is making it. */
static enum status look(struct semaphore *semaphore, int fd, enum finding *finding)
{
	const struct deadline limit =
	    deadline_after((struct patience){.kind = AT_MOST, .nanoseconds = 1000000000});
	semaphore->layout = words_layout();
	enum status status;
	do
		status = read_words(semaphore, fd);
	while (status == STATUS_DONE &&
	       semaphore->layout->is_being_made(semaphore->seen) &&
	       wait_for_maker(&limit));
	/* the mark is written last, and may have been read first */
	if (status == STATUS_DONE)
		status = read_words(semaphore, fd);
	if (words_are_zeros(semaphore->seen))
		*finding = ZEROS;
	else if (semaphore->layout->is_one(semaphore->seen))
		*finding = A_SEMAPHORE;
	else
		*finding = SOMETHING_ELSE;
	return status;
}

static enum status not_one(const struct name *name, enum finding finding)
{
	if (finding == ZEROS)
		return fail_as(STATUS_MISSING, "%s: there is no semaphore, only zeros",
		               name->text);
	return fail_as(STATUS_FAILED,
	               "%s: neither a semaphore that processes share nor zeros",
	               name->text);
}

/* ----------------------------------------------------------------- making */

static enum status make(struct semaphore *semaphore, int fd, uint32_t value,
                        struct semaphore_made *made)
{
	enum status status = words_map(semaphore, fd, true);
	if (status != STATUS_DONE)
		return status;
	made->is_new = semaphore->layout->make_in_place(semaphore->words, value);
	words_close(semaphore);
	return STATUS_DONE;
}

static enum status create(const struct name *name, const struct semaphore_shape *shape,
                          struct semaphore_made *made)
{
	struct semaphore semaphore = {.name = name};
	enum finding finding;
	int fd;
	enum status status = open_object(&fd, name, SEMAPHORE_USE);
	if (status != STATUS_DONE)
		return status;
	status = look(&semaphore, fd, &finding);
	if (status == STATUS_DONE && finding == ZEROS)
		status = make(&semaphore, fd, (uint32_t)shape->value, made);
	/* somebody else was faster */
	if (status == STATUS_DONE && finding == ZEROS && !made->is_new)
		status = look(&semaphore, fd, &finding);
	close(fd);
	if (status != STATUS_DONE || made->is_new)
		return status;
	if (finding == SOMETHING_ELSE)
		return not_one(name, finding);
	if (shape->ensure)
		return STATUS_DONE;
	errno = EEXIST;
	return fail("%s", name->text);
}

/* ------------------------------------------------------------------ using */

static enum status open_place(struct semaphore *semaphore, enum semaphore_access access)
{
	enum finding finding;
	int fd;
	enum status status = open_object(&fd, semaphore->name, access);
	if (status != STATUS_DONE)
		return status;
	status = look(semaphore, fd, &finding);
	/* musl's semaphore of 0 is zeros */
	if (status == STATUS_DONE && !semaphore->layout->is_one(semaphore->seen))
		status = not_one(semaphore->name, finding);
	if (status == STATUS_DONE && access == SEMAPHORE_USE)
		status = words_map(semaphore, fd, true);
	close(fd);
	return status;
}

static bool is_missing(const struct name *name)
{
	struct path path;
	return access(path_of(name, &path), F_OK) < 0 && errno == ENOENT;
}

static enum status destroy(const struct name *name, bool missing_is_fine)
{
	struct semaphore semaphore = {.name = name};
	enum finding finding;
	int fd;
	if (missing_is_fine && is_missing(name))
		return STATUS_DONE;
	enum status status = open_object(&fd, name, SEMAPHORE_USE);
	if (status != STATUS_DONE)
		return status;
	status = look(&semaphore, fd, &finding);
	if (status == STATUS_DONE && finding == A_SEMAPHORE)
		status = words_map(&semaphore, fd, true);
	close(fd);
	if (status != STATUS_DONE)
		return status;
	if (finding != A_SEMAPHORE)
		return finding == ZEROS && missing_is_fine ? STATUS_DONE
		                                           : not_one(name, finding);
	int64_t waiters = semaphore.layout->waiters(semaphore.words);
	if (!semaphore.layout->destroy(semaphore.words))
		status = fail_as(STATUS_FAILED, "%s: %lld wait for it", name->text,
		                 (long long)waiters);
	words_close(&semaphore);
	return status;
}

const struct semaphore_family semaphores_in_memory = {
    .limit = "SEM_VALUE_MAX",
    .max = SEM_WORDS_MAX,
    .create = create,
    .open = open_place,
    .close = words_close,
    .unlink = destroy,
    .take = words_take,
    .give = words_give,
    .value = words_value,
    .facts = words_facts,
};

/* SPDX-License-Identifier: MIT */
/*
 * Semaphores that are words in memory: in a file of their own (semaphore/posix.c), or
 * inside a shared memory object (semaphore/memory.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/sigbus.h"
#include "io/error.h"
#include "semaphore/family.h"
#include "semaphore/futex.h"

const struct semaphore_layout *semaphore_words_layout(void)
{
	static const char *const glibc_loaders[] = {
	    "/lib64/ld-linux-x86-64.so.2",
	    "/lib/ld-linux-aarch64.so.1",
	    "/lib/ld-linux-riscv64-lp64d.so.1",
	    "/lib64/ld64.so.2",
	    "/lib/ld64.so.1",
	    "/lib64/ld-linux-loongarch-lp64d.so.1",
	};
	struct utsname system;
	char musl_loader[sizeof system.machine + 32];
	uname(&system);
	snprintf(musl_loader, sizeof musl_loader, "/lib/ld-musl-%s.so.1", system.machine);
	if (access(musl_loader, F_OK) < 0)
		return &semaphore_layout_glibc;
	for (size_t i = 0; i < sizeof glibc_loaders / sizeof *glibc_loaders; i++)
		if (access(glibc_loaders[i], F_OK) == 0)
			return &semaphore_layout_glibc;
	return &semaphore_layout_musl;
}

/* How many bytes of its first page are before it. */
static size_t offset_in_page(const struct semaphore *semaphore)
{
	int64_t offset = semaphore->name->offset;
	return offset == 0 ? 0 : (size_t)(offset % sysconf(_SC_PAGESIZE));
}

bool semaphore_words_are_zeros(const void *words)
{
	static const uint64_t zeros[SEMAPHORE_BYTES / sizeof(uint64_t)];
	return memcmp(words, zeros, SEMAPHORE_BYTES) == 0;
}

int semaphore_words_open(const char *path, enum semaphore_access access)
{
	int flags = access == SEMAPHORE_USE ? O_RDWR : O_RDONLY;
	return open(path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static int allocate_words(int fd, int64_t offset)
{
	int result;
	do
		result = fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, SEMAPHORE_BYTES);
	while (result < 0 && errno == EINTR);
	/* a file system without fallocate(2) has no limit either */
	return result < 0 && errno != ENOSPC ? 0 : result;
}

enum status semaphore_words_map(struct semaphore *semaphore, int fd, bool reserve)
{
	const struct name *name = semaphore->name;
	size_t before = offset_in_page(semaphore);
	if (reserve && allocate_words(fd, name->offset) < 0)
		return error_errno("%s", name->text);
	char *page = mmap(NULL, before + SEMAPHORE_BYTES, PROT_READ | PROT_WRITE,
	                  MAP_SHARED, fd, name->offset - (int64_t)before);
	/* mmap(2): only a seal is the cause, of memory without a name */
	if (page == MAP_FAILED && errno == EPERM)
		return error_as(STATUS_FAILED,
		                "%s: cannot be mapped for writing: sealed (write)",
		                name->text);
	if (page == MAP_FAILED)
		return error_errno("%s", name->text);
	semaphore->words = page + before;
	return STATUS_OK;
}

void semaphore_words_close(struct semaphore *semaphore)
{
	size_t before = offset_in_page(semaphore);
	if (semaphore->words != NULL)
		munmap((char *)semaphore->words - before, before + SEMAPHORE_BYTES);
	semaphore->words = NULL;
}

/*
 * The words were examined when they were mapped, and may have been overwritten since. 0,
 * or -1 with errno EUCLEAN.
 */
static int check_kept_words(const struct semaphore *semaphore)
{
	uint64_t copy[SEMAPHORE_BYTES / sizeof(uint64_t)];
	if (!semaphore->was_kept)
		return 0;
	memcpy(copy, semaphore->words, SEMAPHORE_BYTES);
	if (semaphore->layout->is_initialized(copy))
		return 0;
	errno = EUCLEAN;
	return -1;
}

int semaphore_words_wait(const struct semaphore *semaphore, int64_t count,
                         const struct deadline *deadline)
{
	struct sigbus sigbus;
	sigbus_begin(&sigbus, semaphore->words, SEMAPHORE_BYTES);
	int result = check_kept_words(semaphore);
	if (result == 0)
		result =
		    semaphore_futex_wait(semaphore->layout, semaphore->words,
		                         (uint32_t)count, deadline, semaphore->acquired);
	return sigbus_end(&sigbus, result);
}

int semaphore_words_await(const struct semaphore *semaphore, int64_t count,
                          const struct deadline *deadline)
{
	struct sigbus sigbus;
	sigbus_begin(&sigbus, semaphore->words, SEMAPHORE_BYTES);
	int result = check_kept_words(semaphore);
	if (result == 0)
		result = semaphore_futex_await(semaphore->layout, semaphore->words,
		                               (uint32_t)count, deadline);
	return sigbus_end(&sigbus, result);
}

int semaphore_words_post(const struct semaphore *semaphore, int64_t count, int64_t *after)
{
	struct sigbus sigbus;
	sigbus_begin(&sigbus, semaphore->words, SEMAPHORE_BYTES);
	int64_t value = check_kept_words(semaphore);
	if (value == 0)
		value = semaphore_futex_post(semaphore->layout, semaphore->words,
		                             (uint32_t)count);
	if (after != NULL)
		*after = value;
	return sigbus_end(&sigbus, value < 0 ? -1 : 0);
}

int semaphore_words_set(const struct semaphore *semaphore, int64_t value)
{
	struct sigbus sigbus;
	sigbus_begin(&sigbus, semaphore->words, SEMAPHORE_BYTES);
	int result = check_kept_words(semaphore);
	if (result == 0)
		semaphore_futex_set(semaphore->layout, semaphore->words, (uint32_t)value);
	return sigbus_end(&sigbus, result);
}

void semaphore_words_wake(const struct semaphore *semaphore)
{
	struct sigbus sigbus;
	sigbus_begin(&sigbus, semaphore->words, SEMAPHORE_BYTES);
	semaphore_futex_wake_if_available(semaphore->layout, semaphore->words);
	sigbus_end(&sigbus, 0);
}

/* A copy of the words: -1 with errno if they cannot be read. */
static int copy_words(const struct semaphore *semaphore,
                      uint64_t copy[SEMAPHORE_BYTES / sizeof(uint64_t)])
{
	struct sigbus sigbus;
	if (semaphore->words == NULL) {
		memcpy(copy, semaphore->snapshot, SEMAPHORE_BYTES);
		return 0;
	}
	sigbus_begin(&sigbus, semaphore->words, SEMAPHORE_BYTES);
	memcpy(copy, semaphore->words, SEMAPHORE_BYTES);
	return sigbus_end(&sigbus, 0);
}

int64_t semaphore_words_value(const struct semaphore *semaphore)
{
	struct semaphore_facts facts;
	return semaphore_words_facts(semaphore, &facts) < 0 ? -1 : facts.value;
}

int semaphore_words_facts(const struct semaphore *semaphore,
                          struct semaphore_facts *facts)
{
	uint64_t copy[SEMAPHORE_BYTES / sizeof(uint64_t)];
	if (copy_words(semaphore, copy) < 0)
		return -1;
	*facts = (struct semaphore_facts){
	    .value = semaphore_futex_value(semaphore->layout, copy),
	    .waiters = semaphore->layout->waiters(copy),
	};
	return 0;
}

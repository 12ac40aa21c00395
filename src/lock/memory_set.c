/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/sigbus.h"
#include "io/error.h"
#include "io/file.h"
#include "io/owner.h"
#include "lock/memory_set.h"
#include "lock/rwlock.h"

/* Open the object; if it does not exist, create it with an initialized lock. */
static enum status open_or_create_memory(struct memory_lock *lock,
                                         const struct memory_set_request *request)
{
	const struct lock_memory_kind *kind = request->kind;
	unsigned char words[RWLOCK_BYTES] = {0}; /* the larger of the two */
	int64_t end;
	if (__builtin_add_overflow(lock->name.offset, (int64_t)kind->bytes, &end))
		return error_as(STATUS_FAILED, "%s: %s", lock->name.text,
		                error_text(EFBIG));
	kind->init(words);
	struct segment_attributes attributes = {.size = end,
	                                        .mode = request->mode,
	                                        .contents = words,
	                                        .contents_length = kind->bytes,
	                                        .contents_offset = lock->name.offset};
	return segment_open_or_create(&lock->segment, &lock->memory, &attributes);
}

static enum status memory_lock_map(struct memory_lock *lock,
                                   const struct memory_set_request *request)
{
	const struct lock_memory_kind *kind = request->kind;
	const char *name = lock->name.text;
	const struct value_mode *mode = &request->mode;
	struct stat st;
	if (fstat(lock->segment.fd, &st) < 0)
		return error_errno("%s", name);
	lock->device = st.st_dev;
	lock->inode = st.st_ino;
	/* no other user can have given a name to what a descriptor refers to */
	enum status status = lock->memory.family == NAME_FAMILY_DESCRIPTOR
	                         ? STATUS_OK
	                         : owner_check_file(name, &st, mode->bits);
	if (status == STATUS_OK && mode->given)
		status = file_check_mode(name, st.st_mode & 07777, mode->bits);
	if (status != STATUS_OK)
		return status;
	status =
	    segment_map(&lock->mapping, &lock->segment, lock->name.offset, kind->bytes);
	if (status != STATUS_OK)
		return status;
	struct sigbus sigbus;
	sigbus_begin(&sigbus, lock->mapping.base, lock->mapping.length);
	bool is_lock = kind->ensure_initialized(lock->mapping.address);
	const char *why = is_lock || kind->unsupported == NULL
	                      ? NULL
	                      : kind->unsupported(lock->mapping.address);
	if (sigbus_end(&sigbus, 0) == 0 && is_lock)
		return STATUS_OK;
	segment_unmap(&lock->mapping);
	if (sigbus.cut)
		return error_truncated(name);
	if (why != NULL)
		return error_as(STATUS_FAILED, "%s: %s", name, why);
	return error_as(STATUS_FAILED, "%s: not a %s", name, kind->description);
}

static enum status memory_lock_open(struct memory_lock *lock,
                                    const struct memory_set_request *request,
                                    const char *name)
{
	enum status status = name_parse(&lock->name, NAME_LOCK, name);
	if (status != STATUS_OK)
		return status;
	name_of_memory(&lock->memory, &lock->name);
	status = open_or_create_memory(lock, request);
	if (status != STATUS_OK)
		return status;
	status = memory_lock_map(lock, request);
	if (status != STATUS_OK)
		segment_close(&lock->segment);
	return status;
}

static void memory_lock_close(struct memory_lock *lock)
{
	segment_unmap(&lock->mapping);
	segment_close(&lock->segment);
}

static int compare_memory_locks(const void *a, const void *b)
{
	const struct memory_lock *x = a, *y = b;
	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return x->name.offset < y->name.offset ? -1 : x->name.offset > y->name.offset;
}

/* In the order of objects and offsets, each lock once. */
static void memory_set_sort(struct memory_set *locks)
{
	struct memory_lock *all = locks->locks;
	int kept = 0;
	qsort(all, (size_t)locks->count, sizeof *all, compare_memory_locks);
	for (int i = 0; i < locks->count; i++)
		if (kept > 0 && compare_memory_locks(&all[kept - 1], &all[i]) == 0)
			memory_lock_close(&all[i]);
		else
			all[kept++] = all[i];
	locks->count = kept;
	/* the elements have moved */
	for (int i = 0; i < kept; i++)
		all[i].segment.name = &all[i].memory;
}

void memory_set_close(struct memory_set *locks)
{
	for (int i = 0; i < locks->count; i++)
		memory_lock_close(&locks->locks[i]);
}

enum status memory_set_open(struct memory_set *locks,
                            const struct memory_set_request *request)
{
	locks->kind = request->kind;
	locks->count = 0;
	for (int i = 0; i < request->count; i++) {
		enum status status =
		    memory_lock_open(&locks->locks[i], request, request->names[i]);
		if (status != STATUS_OK) {
			memory_set_close(locks);
			return status;
		}
		locks->count++;
	}
	memory_set_sort(locks);
	return STATUS_OK;
}

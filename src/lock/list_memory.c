/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "io/error.h"
#include "lock/list.h"
#include "lock/mutex.h"
#include "lock/rwlock.h"
#include "shm/segment.h"

/* A copy of the words of a lock. */
struct lock_memory_copy {
	uint64_t words[RWLOCK_BYTES / sizeof(uint64_t)];
	ssize_t length; /* less than the whole if the object is shorter */
};

static enum status lock_memory_read(struct lock_memory_copy *copy,
                                    const struct name *name)
{
	struct name memory;
	struct segment segment;
	name_of_memory(&memory, name);
	enum status status = segment_open(&segment, &memory, SEGMENT_READ);
	if (status != STATUS_OK)
		return status;
	copy->length =
	    segment_read(&segment, name->offset, copy->words, sizeof copy->words);
	segment_close(&segment);
	return copy->length < 0 ? STATUS_FAILED : STATUS_OK;
}

/* NULL if it is not a lock. */
static const struct lock_memory_kind *
lock_memory_kind_of(const struct lock_memory_copy *copy, struct lock_memory_facts *facts)
{
	if (copy->length >= RWLOCK_BYTES && rwlock_kind.inspect(copy->words, facts))
		return &rwlock_kind;
	if (copy->length >= MUTEX_BYTES && mutex_kind.inspect(copy->words, facts))
		return &mutex_kind;
	return NULL;
}

static bool add_memory_holder(struct lock_list *list, const struct lock_entry *lock,
                              uint32_t tid, bool shared, bool waits)
{
	struct lock_entry entry = *lock;
	entry.waits = waits;
	entry.pid = (pid_t)tid;
	entry.shared = shared;
	lock_entry_set_command(&entry);
	return lock_list_add(list, &entry);
}

/* While there are readers, the writer has only its word, and waits for them. */
static bool add_memory_holders(struct lock_list *list, const struct lock_entry *lock,
                               const struct lock_memory_facts *facts)
{
	struct lock_entry died = *lock;
	died.owner_died = true;
	bool added = !facts->owner_died || lock_list_add(list, &died);
	bool waits = facts->reader_count > 0;
	if (facts->writer != 0 && !waits)
		added =
		    added && add_memory_holder(list, lock, facts->writer, false, false);
	for (int i = 0; i < facts->reader_count && added; i++)
		added = add_memory_holder(list, lock, facts->readers[i], true, false);
	if (facts->writer != 0 && waits)
		added =
		    added && add_memory_holder(list, lock, facts->writer, false, true);
	return added;
}

enum status lock_list_read_memory(struct lock_list *list, const char *text)
{
	struct name name;
	struct lock_memory_copy copy;
	struct lock_memory_facts facts;
	*list = (struct lock_list){0};
	enum status status = name_parse(&name, NAME_LOCK, text);
	if (status == STATUS_OK)
		status = lock_memory_read(&copy, &name);
	if (status != STATUS_OK)
		return status;
	const struct lock_memory_kind *kind = lock_memory_kind_of(&copy, &facts);
	if (kind == NULL)
		return error_as(STATUS_FAILED,
		                "%s: neither a robust, process-shared mutex of glibc nor "
		                "a read-write lock",
		                name.text);
	struct lock_entry lock = {.start = name.offset, .length = (int64_t)kind->bytes};
	strcpy(lock.kind, kind->name);
	return add_memory_holders(list, &lock, &facts) ? STATUS_OK
	                                               : error_errno("%s", text);
}

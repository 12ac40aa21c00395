#include <string.h>

#include "io/error.h"
#include "lock/list.h"
#include "lock/mutex.h"
#include "lock/rwlock.h"
#include "shm/segment.h"

/* Read the words of the lock: its kind and facts. */
static enum status lock_memory_read(const struct name *name,
                                    const struct lock_memory_kind **kind,
                                    struct lock_memory_facts *facts)
{
	struct name memory;
	struct segment segment;
	uint64_t words[RWLOCK_BYTES / sizeof(uint64_t)] = {0};
	name_of_memory(&memory, name);
	enum status status = segment_open(&segment, &memory, SEGMENT_READ);
	if (status != STATUS_OK)
		return status;
	ssize_t length = segment_read(&segment, name->offset, words, sizeof words);
	segment_close(&segment);
	if (length < 0)
		return STATUS_FAILED;
	if (length >= RWLOCK_BYTES && rwlock_kind.inspect(words, facts))
		*kind = &rwlock_kind;
	else if (length >= MUTEX_BYTES && mutex_kind.inspect(words, facts))
		*kind = &mutex_kind;
	else
		return error_as(STATUS_FAILED,
		                "%s: neither a robust, process-shared mutex of glibc nor "
		                "a read-write lock",
		                name->text);
	return STATUS_OK;
}

static bool add_memory_holder(struct lock_list *list, const struct lock_entry *lock,
                              uint32_t tid, bool shared)
{
	struct lock_entry entry = *lock;
	entry.pid = (pid_t)tid;
	entry.shared = shared;
	lock_entry_set_command(&entry);
	return lock_list_add(list, &entry);
}

static bool add_memory_holders(struct lock_list *list, const struct lock_entry *lock,
                               const struct lock_memory_facts *facts)
{
	struct lock_entry died = *lock;
	died.owner_died = true;
	bool added = !facts->owner_died || lock_list_add(list, &died);
	if (facts->writer != 0)
		added = added && add_memory_holder(list, lock, facts->writer, false);
	for (int i = 0; i < facts->reader_count && added; i++)
		added = add_memory_holder(list, lock, facts->readers[i], true);
	return added;
}

enum status lock_list_read_memory(struct lock_list *list, const char *text)
{
	struct name name;
	struct lock_memory_facts facts;
	const struct lock_memory_kind *kind = NULL;
	*list = (struct lock_list){0};
	enum status status = name_parse(&name, NAME_LOCK, text);
	if (status == STATUS_OK)
		status = lock_memory_read(&name, &kind, &facts);
	if (status != STATUS_OK)
		return status;
	struct lock_entry lock = {.start = name.offset, .length = (int64_t)kind->bytes};
	strcpy(lock.kind, kind->name);
	return add_memory_holders(list, &lock, &facts) ? STATUS_OK
	                                               : error_errno("%s", text);
}

/* SPDX-License-Identifier: MIT */
#include "inspect/memory_locks.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/value.h"
#include "lock/mutex.h"
#include "lock/rwlock.h"

/* More words of a thread are not looked at; lockrun holds half of these. */
enum { WORDS_MAX = 2 * ROBUST_MAX };

/* The kernel's struct robust_list_head. */
struct list_head {
	uint64_t first;
	int64_t futex_offset;
	uint64_t pending;
};

/* The robust words that a thread holds: their addresses in its process. */
struct held_words {
	uint64_t addresses[WORDS_MAX];
	size_t count;
	int64_t futex_offset;
};

/* A lock of which one word is held. */
struct held_lock {
	const struct lock_memory_kind *kind; /* NULL: neither of the two */
	uint64_t before;                     /* bytes of it before that word */
	bool shared;
};

/* The last bit of a pointer is that of a mutex with priority inheritance. */
static uint64_t node_address(uint64_t pointer)
{
	return pointer & ~(uint64_t)1;
}

/* The list is memory of the process: it may have any length, and lead anywhere. */
static void read_words(const struct waits_thread *thread, struct held_words *words)
{
	struct list_head head;
	void *address = NULL;
	size_t size;
	words->count = 0;
	words->futex_offset = 0;
	if (syscall(SYS_get_robust_list, thread->thread, &address, &size) < 0)
		return;
	const uint64_t end = (uint64_t)(uintptr_t)address;
	if (waits_thread_memory(thread, end, &head, sizeof head) != sizeof head)
		return;
	words->futex_offset = head.futex_offset;
	for (uint64_t node = node_address(head.first);
	     node != end && words->count < WORDS_MAX; node = node_address(node)) {
		words->addresses[words->count++] = node + (uint64_t)head.futex_offset;
		if (waits_thread_memory(thread, node, &node, sizeof node) != sizeof node)
			break;
	}
}

/* Does the word name this thread as its owner? By its number in its own PID namespace. */
static bool is_owner(const struct waits_thread *thread, uint32_t owner)
{
	char text[4096];
	if (owner == (uint32_t)thread->thread)
		return true;
	waits_thread_text(thread, text, sizeof text, "task/%d/status", thread->thread);
	const char *field = procfs_find_field(text, "\nNSpid:");
	uint64_t number = 0;
	while (field != NULL && *field == '\t')
		number = value_strtoull(field + 1, &field, 10);
	return owner != 0 && number == owner;
}

/* A word of this kind of lock? The words before it are unlike the beginning of one. */
static bool find_lock(const struct waits_thread *thread, uint64_t word,
                      const struct lock_memory_kind *kind, uint32_t owner,
                      struct held_lock *lock)
{
	uint64_t copy[RWLOCK_BYTES / sizeof(uint64_t)];
	struct lock_memory_facts facts;
	for (unsigned i = 0; i < kind->word_count; i++) {
		lock->before = kind->first_word + (uint64_t)i * kind->word_step;
		if (waits_thread_memory(thread, word - lock->before, copy, kind->bytes) ==
		        kind->bytes &&
		    kind->inspect(copy, &facts)) {
			lock->kind = kind;
			lock->shared = facts.writer != owner;
			return true;
		}
	}
	return false;
}

/* A word that another C library has put into the list is a lock of 4 bytes to us. */
static void find_kind(const struct waits_thread *thread, uint64_t word, int64_t offset,
                      uint32_t owner, struct held_lock *lock)
{
	static const struct lock_memory_kind *const kinds[] = {&mutex_kind, &rwlock_kind};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i]->futex_offset == offset &&
		    find_lock(thread, word, kinds[i], owner, lock))
			return;
	*lock = (struct held_lock){0};
}

static int add_lock(struct census *census, int memory, const struct held_lock *lock,
                    uint64_t start)
{
	struct object_list *list = &census->objects;
	struct object_identity identity = list->objects[memory].identity;
	bool is_new;
	identity.kind = OBJECT_LOCK;
	identity.part = (int64_t)start + 1;
	int index = object_list_add(list, &identity, &is_new);
	if (index == OBJECT_NONE || !is_new)
		return index;
	struct object *object = &list->objects[index];
	*object = list->objects[memory];
	object->identity = identity;
	object->name = object_list_format(list, "shm:%s+%llu", list->objects[memory].name,
	                                  (unsigned long long)start);
	/* lockinfo takes the others */
	object->nameless = object->nameless || lock->kind == NULL;
	object->unit = OBJECT_UNIT_RANGE;
	object->fill = start;
	object->limit = lock->kind != NULL ? lock->kind->bytes : sizeof(uint32_t);
	object->text = lock->kind != NULL ? lock->kind->name : mutex_kind.name;
	object->attached = 0;
	return index;
}

/* Of an object and a word in it: an entry of the files that have locks. */
static struct object_identity word_identity(const struct object *memory, uint64_t word)
{
	struct object_identity identity = memory->identity;
	identity.kind = OBJECT_LOCK;
	identity.part = (int64_t)word + 1;
	return identity;
}

static void add_word(const struct waits_thread *thread, const struct held_words *words,
                     uint64_t address, int memory, uint64_t offset)
{
	struct census *census = thread->census;
	struct held_lock lock;
	uint32_t owner = 0;
	waits_thread_memory(thread, address, &owner, sizeof owner);
	owner &= ROBUST_TID_MASK;
	if (!is_owner(thread, owner))
		return;
	find_kind(thread, address, words->futex_offset, owner, &lock);
	const struct census_holder holder = {
	    .object = add_lock(census, memory, &lock, offset - lock.before),
	    .pid = thread->pid,
	    .fd = -1,
	    .reads = lock.shared,
	    .writes = !lock.shared,
	    .holds = true};
	if (holder.object == OBJECT_NONE)
		return;
	census_add_holder(census, &holder);
	const struct object_identity word =
	    word_identity(&census->objects.objects[memory], offset);
	int entry = object_list_add(&census->locked, &word, NULL);
	if (entry != OBJECT_NONE)
		census->locked.objects[entry].fill = (uint64_t)holder.object;
}

void memory_locks_read(const struct waits_thread *thread)
{
	struct held_words words;
	struct mapping map;
	read_words(thread, &words);
	char *text =
	    words.count > 0 ? procfs_read_all_at(thread->directory, "maps") : NULL;
	char *rest = text, *line;
	while (text != NULL && (line = procfs_next_line(&rest)) != NULL) {
		if (!mapping_parse(&map, line) || !map.shared)
			continue;
		int memory = waits_thread_find_memory(thread, &map);
		for (size_t i = 0; i < words.count && memory != OBJECT_NONE; i++)
			if (words.addresses[i] >= map.start &&
			    words.addresses[i] < map.end)
				add_word(thread, &words, words.addresses[i], memory,
				         words.addresses[i] - map.start + map.offset);
	}
	free(text);
}

void memory_locks_add_waiters(struct census *census)
{
	/* those that are appended are no waits for a word */
	size_t count = census->waiter_count;
	for (size_t i = 0; i < count; i++) {
		struct census_waiter waiter = census->waiters[i];
		if (waiter.on != BLOCKED_FUTEX || waiter.object == OBJECT_NONE)
			continue;
		const struct object_identity word = word_identity(
		    &census->objects.objects[waiter.object], (uint64_t)waiter.amount);
		int entry = object_list_find(&census->locked, &word);
		if (entry == OBJECT_NONE)
			continue;
		census->waiters[i].repeated = true;
		waiter.object = (int)census->locked.objects[entry].fill;
		census_add_waiter(census, &waiter);
	}
}

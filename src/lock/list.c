#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/value.h"
#include "base/vec.h"
#include "io/error.h"
#include "lock/list.h"
#include "lock/memory.h"

/* ------------------------------------------------------------------- the list */

static bool lock_list_add(struct lock_list *list, const struct lock_entry *entry)
{
	if (list->count == list->room) {
		void *more = vec_grow(list->entries, &list->room, sizeof *entry);
		if (more == NULL)
			return false;
		list->entries = more;
	}
	list->entries[list->count++] = *entry;
	return true;
}

void lock_list_free(struct lock_list *list)
{
	free(list->entries);
	*list = (struct lock_list){0};
}

/* Is it the same lock, whoever has it? */
static bool is_same_lock(const struct lock_entry *a, const struct lock_entry *b)
{
	return strcmp(a->kind, b->kind) == 0 && a->waits == b->waits &&
	       a->shared == b->shared && a->start == b->start && a->length == b->length;
}

static int compare_lock_entries(const void *a, const void *b)
{
	const struct lock_entry *x = a, *y = b;
	if (x->waits != y->waits)
		return x->waits ? 1 : -1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

/* Two descriptors of one process tell of one lock. */
static void remove_duplicate_entries(struct lock_list *list)
{
	size_t kept = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct lock_entry *entry = &list->entries[i];
		bool seen = false;
		for (size_t k = 0; k < kept && !seen; k++)
			seen = list->entries[k].pid == entry->pid && entry->pid != 0 &&
			       is_same_lock(&list->entries[k], entry);
		if (!seen)
			list->entries[kept++] = *entry;
	}
	list->count = kept;
}

/* ------------------------------------------------------------- lines of /proc */

static void set_lock_kind(char kind[12], const char *word)
{
	static const char *const ours[][2] = {
	    {"OFDLCK", "ofd"}, {"POSIX", "posix"}, {"FLOCK", "flock"}};
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (strcmp(word, ours[i][0]) == 0)
			word = ours[i][1];
	size_t length = 0;
	for (; *word != '\0' && length < 11; word++)
		kind[length++] =
		    *word >= 'A' && *word <= 'Z' ? (char)(*word - 'A' + 'a') : *word;
	kind[length] = '\0';
}

/* The next word, cut off; "" at the end. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");
	size_t length = strcspn(word, " \t");
	*rest = word + length + (word[length] != '\0');
	word[length] = '\0';
	return word;
}

/* "fe:00:10985558": the device in hexadecimal, the inode not. */
static bool is_lock_on_file(const char *word, const struct stat *st)
{
	const char *end;
	unsigned high = (unsigned)value_strtoull(word, &end, 16);
	unsigned low = *end == ':' ? (unsigned)value_strtoull(end + 1, &end, 16) : 0;
	return *end == ':' && makedev(high, low) == st->st_dev &&
	       value_strtoull(end + 1, NULL, 10) == st->st_ino;
}

/* "1: -> OFDLCK ADVISORY  WRITE -1 fe:00:10985558 0 EOF": is it one on this file? */
static bool parse_lock_line(struct lock_entry *entry, char *line, const struct stat *st)
{
	next_word(&line);
	char *kind = next_word(&line);
	*entry = (struct lock_entry){.waits = strcmp(kind, "->") == 0};
	if (entry->waits)
		kind = next_word(&line);
	next_word(&line);
	entry->shared = strcmp(next_word(&line), "WRITE") != 0;
	int64_t pid = (int64_t)value_strtoull(next_word(&line), NULL, 10);
	if (!is_lock_on_file(next_word(&line), st))
		return false;
	set_lock_kind(entry->kind, kind);
	entry->pid = pid > 0 ? (pid_t)pid : 0;
	entry->start = (int64_t)value_strtoull(next_word(&line), NULL, 10);
	const char *end = next_word(&line);
	if (strcmp(end, "EOF") != 0)
		entry->length = (int64_t)value_strtoull(end, NULL, 10) - entry->start + 1;
	return true;
}

static void set_lock_command(struct lock_entry *entry)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/comm", (int)entry->pid);
	char *text = entry->pid > 0 ? procfs_read_all(path) : NULL;
	if (text == NULL)
		return;
	snprintf(entry->command, sizeof entry->command, "%.*s", (int)strcspn(text, "\n"),
	         text);
	free(text);
}

/* ---------------------------------------------------------------- processes */

struct lock_search {
	const struct stat *st;
	struct lock_list holders;
	struct lock_list waiters; /* who wait for a lock of an open file */
	bool failed;              /* no memory */
};

/* A descriptor of the file: what does it hold? */
static void search_fdinfo(struct lock_search *search, int pid, int fd)
{
	char path[64];
	struct lock_entry entry;
	snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", pid, fd);
	char *text = procfs_read_all(path), *rest = text, *line;
	while (text != NULL && (line = procfs_next_line(&rest)) != NULL) {
		if (strncmp(line, "lock:", 5) != 0 ||
		    !parse_lock_line(&entry, line + 5, search->st))
			continue;
		entry.pid = pid;
		search->failed |= !lock_list_add(&search->holders, &entry);
	}
	free(text);
}

/* "72 0xb 0x26 …": does it wait in fcntl(2) on this descriptor? */
static void search_syscall(struct lock_search *search, int pid, int fd)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/syscall", pid);
	char *text = procfs_read_all(path), *rest = text;
	if (text != NULL &&
	    (int64_t)value_strtoull(next_word(&rest), NULL, 10) == SYS_fcntl &&
	    (int64_t)value_strtoull(next_word(&rest), NULL, 16) == fd &&
	    (int64_t)value_strtoull(next_word(&rest), NULL, 16) == F_OFD_SETLKW) {
		struct lock_entry entry = {.pid = pid};
		search->failed |= !lock_list_add(&search->waiters, &entry);
	}
	free(text);
}

static void search_process(struct lock_search *search, int pid)
{
	char path[64];
	struct stat st;
	snprintf(path, sizeof path, "/proc/%d/fd", pid);
	DIR *folder = opendir(path);
	if (folder == NULL)
		return;
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		if (entry->d_name[0] == '.' ||
		    fstatat(dirfd(folder), entry->d_name, &st, 0) < 0 ||
		    st.st_dev != search->st->st_dev || st.st_ino != search->st->st_ino)
			continue;
		int fd = (int)value_strtoull(entry->d_name, NULL, 10);
		search_fdinfo(search, pid, fd);
		search_syscall(search, pid, fd);
	}
	closedir(folder);
}

static enum status search_processes(struct lock_search *search)
{
	DIR *folder = opendir("/proc");
	if (folder == NULL)
		return error_errno("/proc");
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			search_process(search,
			               (int)value_strtoull(entry->d_name, NULL, 10));
	closedir(folder);
	return STATUS_OK;
}

/* ------------------------------------------------------------------- together */

static enum status read_proc_locks(struct lock_list *list, const struct stat *st)
{
	struct lock_entry entry;
	bool added = true;
	char *text = procfs_read_all("/proc/locks"), *rest = text, *line;
	if (text == NULL)
		return error_errno("/proc/locks");
	while (added && (line = procfs_next_line(&rest)) != NULL)
		if (parse_lock_line(&entry, line, st))
			added = lock_list_add(list, &entry);
	free(text);
	return added ? STATUS_OK : error_errno("/proc/locks");
}

/* A lock that a process was found to have is told by that process. */
static bool is_lock_listed(const struct lock_list *holders, const struct lock_entry *lock)
{
	for (size_t i = 0; i < holders->count; i++)
		if (is_same_lock(&holders->entries[i], lock))
			return true;
	return false;
}

/*
 * The kernel has no pid for those who wait for a lock of an open file, but the processes
 * are known by the call they wait in. Which waits for what can be told where all wait for
 * the same.
 */
static void set_waiter_pids(struct lock_list *list, const struct lock_list *waiters)
{
	const struct lock_entry *first = NULL;
	size_t next = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct lock_entry *entry = &list->entries[i];
		if (!entry->waits || strcmp(entry->kind, "ofd") != 0)
			continue;
		if (first != NULL && !is_same_lock(first, entry))
			return;
		first = entry;
	}
	for (size_t i = 0; i < list->count && next < waiters->count; i++)
		if (list->entries[i].waits && strcmp(list->entries[i].kind, "ofd") == 0)
			list->entries[i].pid = waiters->entries[next++].pid;
}

static enum status merge_lock_lists(struct lock_list *list, const struct lock_list *locks,
                                    const struct lock_list *holders)
{
	bool added = true;
	for (size_t i = 0; i < holders->count; i++)
		added = added && lock_list_add(list, &holders->entries[i]);
	for (size_t i = 0; i < locks->count; i++)
		if (locks->entries[i].waits ||
		    !is_lock_listed(holders, &locks->entries[i]))
			added = added && lock_list_add(list, &locks->entries[i]);
	if (!added)
		return error_errno("/proc/locks");
	remove_duplicate_entries(list);
	for (size_t i = 0; i < list->count; i++)
		set_lock_command(&list->entries[i]);
	if (list->count > 1)
		qsort(list->entries, list->count, sizeof *list->entries,
		      compare_lock_entries);
	return STATUS_OK;
}

enum status lock_list_read(struct lock_list *list, const char *path)
{
	struct stat st;
	struct lock_list locks = {0};
	*list = (struct lock_list){0};
	if (stat(path, &st) < 0)
		return error_errno("%s", path);
	struct lock_search search = {.st = &st};
	enum status status = read_proc_locks(&locks, &st);
	if (status == STATUS_OK)
		status = search_processes(&search);
	if (status == STATUS_OK && search.failed)
		status = error_as(STATUS_FAILED, "%s: %s", path, error_text(ENOMEM));
	if (status == STATUS_OK) {
		set_waiter_pids(&locks, &search.waiters);
		status = merge_lock_lists(list, &locks, &search.holders);
	}
	lock_list_free(&locks);
	lock_list_free(&search.holders);
	lock_list_free(&search.waiters);
	return status;
}

/* ------------------------------------------------------------------ in memory */

enum status lock_list_read_memory(struct lock_list *list, const char *name)
{
	struct lock_entry entry = {0};
	struct lock_memory_facts facts;
	const char *kind;
	*list = (struct lock_list){0};
	enum status status = lock_memory_inspect(name, &kind, &entry.start, &facts);
	if (status != STATUS_OK)
		return status;
	strcpy(entry.kind, kind);
	entry.length = (int64_t)(strcmp(kind, "mutex") == 0 ? MUTEX_BYTES : RWLOCK_BYTES);
	entry.owner_died = facts.owner_died;
	bool added = !facts.owner_died || lock_list_add(list, &entry);
	entry.owner_died = false;
	entry.pid = (pid_t)facts.writer;
	set_lock_command(&entry);
	added = added && (facts.writer == 0 || lock_list_add(list, &entry));
	entry.shared = true;
	for (int i = 0; i < facts.reader_count && added; i++) {
		entry.pid = (pid_t)facts.readers[i];
		entry.command[0] = '\0';
		set_lock_command(&entry);
		added = lock_list_add(list, &entry);
	}
	return added ? STATUS_OK : error_errno("%s", name);
}

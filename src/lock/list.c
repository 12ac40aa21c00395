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
#include "io/report.h"
#include "lock/list.h"
#include "lock/memory.h"

/* ------------------------------------------------------------------- the list */

static bool add(struct lock_list *list, const struct lock_party *party)
{
	if (list->count == list->room) {
		void *more = vec_grow(list->parties, &list->room, sizeof *party);
		if (more == NULL)
			return false;
		list->parties = more;
	}
	list->parties[list->count++] = *party;
	return true;
}

void lock_list_free(struct lock_list *list)
{
	free(list->parties);
	*list = (struct lock_list){0};
}

/* Is it the same lock, whoever has it? */
static bool same_lock(const struct lock_party *a, const struct lock_party *b)
{
	return strcmp(a->kind, b->kind) == 0 && a->waits == b->waits &&
	       a->shared == b->shared && a->start == b->start && a->length == b->length;
}

static int by_range_and_pid(const void *a, const void *b)
{
	const struct lock_party *x = a, *y = b;
	if (x->waits != y->waits)
		return x->waits ? 1 : -1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

/* Two descriptors of one process tell of one lock. */
static void drop_doubles(struct lock_list *list)
{
	size_t kept = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct lock_party *party = &list->parties[i];
		bool seen = false;
		for (size_t k = 0; k < kept && !seen; k++)
			seen = list->parties[k].pid == party->pid && party->pid != 0 &&
			       same_lock(&list->parties[k], party);
		if (!seen)
			list->parties[kept++] = *party;
	}
	list->count = kept;
}

/* ------------------------------------------------------------- lines of /proc */

static void name_kind(char kind[12], const char *word)
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
static bool is_on(const char *word, const struct stat *st)
{
	const char *end;
	unsigned high = (unsigned)value_within(word, &end, 16);
	unsigned low = *end == ':' ? (unsigned)value_within(end + 1, &end, 16) : 0;
	return *end == ':' && makedev(high, low) == st->st_dev &&
	       value_within(end + 1, NULL, 10) == st->st_ino;
}

/* "1: -> OFDLCK ADVISORY  WRITE -1 fe:00:10985558 0 EOF": is it one on this file? */
static bool parse_line(struct lock_party *party, char *line, const struct stat *st)
{
	next_word(&line);
	char *kind = next_word(&line);
	*party = (struct lock_party){.waits = strcmp(kind, "->") == 0};
	if (party->waits)
		kind = next_word(&line);
	next_word(&line);
	party->shared = strcmp(next_word(&line), "WRITE") != 0;
	int64_t pid = (int64_t)value_within(next_word(&line), NULL, 10);
	if (!is_on(next_word(&line), st))
		return false;
	name_kind(party->kind, kind);
	party->pid = pid > 0 ? (pid_t)pid : 0;
	party->start = (int64_t)value_within(next_word(&line), NULL, 10);
	const char *end = next_word(&line);
	if (strcmp(end, "EOF") != 0)
		party->length = (int64_t)value_within(end, NULL, 10) - party->start + 1;
	return true;
}

static void name_command(struct lock_party *party)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/comm", (int)party->pid);
	char *text = party->pid > 0 ? procfs_read_all(path) : NULL;
	if (text == NULL)
		return;
	snprintf(party->command, sizeof party->command, "%.*s", (int)strcspn(text, "\n"),
	         text);
	free(text);
}

/* ---------------------------------------------------------------- processes */

struct search {
	const struct stat *st;
	struct lock_list holders;
	struct lock_list sleepers; /* who wait for a lock of an open file */
	bool failed;               /* no memory */
};

/* A descriptor of the file: what does it hold? */
static void look_at_fdinfo(struct search *search, int pid, int fd)
{
	char path[64];
	struct lock_party party;
	snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", pid, fd);
	char *text = procfs_read_all(path), *rest = text, *line;
	while (text != NULL && (line = procfs_next_line(&rest)) != NULL) {
		if (strncmp(line, "lock:", 5) != 0 ||
		    !parse_line(&party, line + 5, search->st))
			continue;
		party.pid = pid;
		search->failed |= !add(&search->holders, &party);
	}
	free(text);
}

/* "72 0xb 0x26 …": does it wait in fcntl(2) on this descriptor? */
static void look_at_call(struct search *search, int pid, int fd)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/syscall", pid);
	char *text = procfs_read_all(path), *rest = text;
	if (text != NULL &&
	    (int64_t)value_within(next_word(&rest), NULL, 10) == SYS_fcntl &&
	    (int64_t)value_within(next_word(&rest), NULL, 16) == fd &&
	    (int64_t)value_within(next_word(&rest), NULL, 16) == F_OFD_SETLKW) {
		struct lock_party party = {.pid = pid};
		search->failed |= !add(&search->sleepers, &party);
	}
	free(text);
}

static void look_at_process(struct search *search, int pid)
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
		int fd = (int)value_within(entry->d_name, NULL, 10);
		look_at_fdinfo(search, pid, fd);
		look_at_call(search, pid, fd);
	}
	closedir(folder);
}

static enum status look_at_processes(struct search *search)
{
	DIR *folder = opendir("/proc");
	if (folder == NULL)
		return fail("/proc");
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			look_at_process(search,
			                (int)value_within(entry->d_name, NULL, 10));
	closedir(folder);
	return STATUS_DONE;
}

/* ------------------------------------------------------------------- together */

static enum status read_locks(struct lock_list *list, const struct stat *st)
{
	struct lock_party party;
	bool added = true;
	char *text = procfs_read_all("/proc/locks"), *rest = text, *line;
	if (text == NULL)
		return fail("/proc/locks");
	while (added && (line = procfs_next_line(&rest)) != NULL)
		if (parse_line(&party, line, st))
			added = add(list, &party);
	free(text);
	return added ? STATUS_DONE : fail("/proc/locks");
}

/* A lock that a process was found to have is told by that process. */
static bool is_told(const struct lock_list *holders, const struct lock_party *lock)
{
	for (size_t i = 0; i < holders->count; i++)
		if (same_lock(&holders->parties[i], lock))
			return true;
	return false;
}

/*
 * The kernel has no pid for those who wait for a lock of an open file, but the processes
 * are known by the call they wait in. Which waits for what can be told where all wait for
 * the same.
 */
static void name_sleepers(struct lock_list *list, const struct lock_list *sleepers)
{
	const struct lock_party *first = NULL;
	size_t next = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct lock_party *party = &list->parties[i];
		if (!party->waits || strcmp(party->kind, "ofd") != 0)
			continue;
		if (first != NULL && !same_lock(first, party))
			return;
		first = party;
	}
	for (size_t i = 0; i < list->count && next < sleepers->count; i++)
		if (list->parties[i].waits && strcmp(list->parties[i].kind, "ofd") == 0)
			list->parties[i].pid = sleepers->parties[next++].pid;
}

static enum status merge(struct lock_list *list, const struct lock_list *locks,
                         const struct lock_list *holders)
{
	bool added = true;
	for (size_t i = 0; i < holders->count; i++)
		added = added && add(list, &holders->parties[i]);
	for (size_t i = 0; i < locks->count; i++)
		if (locks->parties[i].waits || !is_told(holders, &locks->parties[i]))
			added = added && add(list, &locks->parties[i]);
	if (!added)
		return fail("/proc/locks");
	drop_doubles(list);
	for (size_t i = 0; i < list->count; i++)
		name_command(&list->parties[i]);
	if (list->count > 1)
		qsort(list->parties, list->count, sizeof *list->parties,
		      by_range_and_pid);
	return STATUS_DONE;
}

enum status lock_list_read(struct lock_list *list, const char *path)
{
	struct stat st;
	struct lock_list locks = {0};
	*list = (struct lock_list){0};
	if (stat(path, &st) < 0)
		return fail("%s", path);
	struct search search = {.st = &st};
	enum status status = read_locks(&locks, &st);
	if (status == STATUS_DONE)
		status = look_at_processes(&search);
	if (status == STATUS_DONE && search.failed)
		status = fail_as(STATUS_FAILED, "%s: %s", path, error_text(ENOMEM));
	if (status == STATUS_DONE) {
		name_sleepers(&locks, &search.sleepers);
		status = merge(list, &locks, &search.holders);
	}
	lock_list_free(&locks);
	lock_list_free(&search.holders);
	lock_list_free(&search.sleepers);
	return status;
}

/* ------------------------------------------------------------------ in memory */

enum status lock_list_memory(struct lock_list *list, const char *name)
{
	struct lock_party party = {0};
	struct mutex_facts facts;
	const char *kind;
	*list = (struct lock_list){0};
	enum status status = lock_memory_look(name, &kind, &party.start, &facts);
	if (status != STATUS_DONE)
		return status;
	strcpy(party.kind, kind);
	party.length = (int64_t)(strcmp(kind, "mutex") == 0 ? MUTEX_BYTES : RWLOCK_BYTES);
	party.died = facts.died;
	bool added = !facts.died || add(list, &party);
	party.died = false;
	party.pid = (pid_t)facts.writer;
	name_command(&party);
	added = added && (facts.writer == 0 || add(list, &party));
	party.shared = true;
	for (int i = 0; i < facts.reader_count && added; i++) {
		party.pid = (pid_t)facts.readers[i];
		party.command[0] = '\0';
		name_command(&party);
		added = add(list, &party);
	}
	return added ? STATUS_DONE : fail("%s", name);
}

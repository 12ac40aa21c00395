/* SPDX-License-Identifier: MIT */
/*
 * Objects of every mechanism, as ipcls lists them: what exists, and its figures.
 *
 * Each mechanism has an enumerator in MECHANISM/list.h, which appends what exists in the
 * caller's namespaces. An object without a name is found in the processes that have it
 * open or mapped: inspect/census.h.
 */
#ifndef OBJECT_LIST_H
#define OBJECT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* In the order in which they are listed; POSIX and System V are one kind. */
enum object_kind {
	OBJECT_MQ,
	OBJECT_SHM,
	OBJECT_SEM,
	OBJECT_FIFO,
	OBJECT_PIPE,
	OBJECT_SOCKET,
	OBJECT_EVENTFD,
	OBJECT_MEMFD,
	OBJECT_LOCK,
	OBJECT_KINDS
};

/* The words for them, in the same order, and a set of all. */
#define OBJECT_KIND_WORDS "mq shm sem fifo pipe socket eventfd memfd lock"
enum { OBJECT_KINDS_ALL = (1 << OBJECT_KINDS) - 1 };

/* "mq". */
const char *object_kind_word(enum object_kind kind);

/* The unit of fill and limit. */
enum object_unit {
	OBJECT_UNIT_NONE,        /* not known, or it has none */
	OBJECT_UNIT_MESSAGES,    /* limit 0: a System V queue, whose limit is in bytes */
	OBJECT_UNIT_VALUE,       /* of a semaphore; of a set the first, all in `text` */
	OBJECT_UNIT_BYTES,       /* of memory what is allocated, of its size */
	OBJECT_UNIT_CONNECTIONS, /* that wait to be accepted, of the backlog */
	OBJECT_UNIT_COUNT,       /* of an eventfd */
	OBJECT_UNIT_RANGE,       /* of a lock: start and length; `text` is "ofd write" */
};

/* Equal for all that refer to the same object. */
struct object_identity {
	enum object_kind kind;
	bool system_v;
	uint64_t device; /* st_dev; 0: System V, eventfd, socket */
	uint64_t inode;  /* st_ino; the id of System V, the eventfd-id of an eventfd */
	int64_t part;    /* of a lock: which one of its file; else 0 */
};

enum { OBJECT_NONE = -1 };

struct object {
	struct object_identity identity;
	const char *name; /* as the other applets take it, or nameless */
	bool nameless;    /* no applet takes it: unlinked, or it never had a name */
	bool has_mode, has_owner;
	mode_t mode;
	uid_t uid;
	enum object_unit unit;
	uint64_t fill, limit; /* limit 0: none */
	const char *text;     /* in place of fill, or NULL */
	/* when it was last changed or used, in seconds since the Epoch; 0: not known */
	int64_t changed;
	uint64_t file; /* of a socket: the inode number of its file; else 0 */
	uint64_t peer; /* of a socket: the inode number of the other end; else 0 */
	int64_t cost; /* of a POSIX queue: the bytes that count against RLIMIT_MSGQUEUE */
	unsigned attached; /* of a System V segment: how often; else 0 */
	/* of a System V queue the last ones; of a lock the process that acquired it */
	pid_t sender, receiver;
	/* set by inspect/census.c: the processes that have it, and those that wait */
	unsigned holders, waiters;
	bool more_holders; /* others have it too, but which is not known */
};

struct directory;
struct object_text;

/* All zeros is an empty list. Texts of objects stay until object_list_free(). */
struct object_list {
	struct object *objects;
	size_t count, room;
	unsigned *buckets; /* of a hash table: an index + 1, or 0 */
	size_t bucket_count;
	struct object_text *texts;
	int error; /* of a failure by which something is missing; 0: none */
};

/*
 * The index of the object with this identity: of the one that is in the list, or of a new
 * one, all else zeros (*is_new, which may be NULL). OBJECT_NONE if there is no memory.
 */
int object_list_add(struct object_list *list, const struct object_identity *identity,
                    bool *is_new);

/* The index of the object, or OBJECT_NONE. Takes the same time for any number of them. */
int object_list_find(const struct object_list *list,
                     const struct object_identity *identity);

/*
 * After a system call that failed: note errno as the list's error, unless it means that
 * there is nothing to see (the file or the process does not exist, no permission).
 */
void object_list_note_error(struct object_list *list);

/* As directory_next() of base/directory.h; a failure is noted. */
const char *object_list_next_name(struct object_list *list, struct directory *directory);

/* A copy of `length` bytes, or of formatted text; never NULL, "" without memory. */
const char *object_list_text(struct object_list *list, const char *text, size_t length);
const char *object_list_format(struct object_list *list, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A new object for a file: mode, owner, times and `unit` bytes; NULL without memory. */
struct object *object_list_add_file(struct object_list *list, enum object_kind kind,
                                    const struct stat *st);

/*
 * Call add() for each name in an open directory, "." and ".." excepted, and close it; if
 * it is -1, errno is noted.
 */
void object_list_directory(struct object_list *list, int directory,
                           void (*add)(struct object_list *list, int directory,
                                       const char *name));

/*
 * The System V objects of a kind, by /proc/sysvipc, which every user may read: set() gets
 * the numbers of the object's line there, and sets its unit, fill and limit.
 */
enum { OBJECT_LIST_SYSV_NUMBERS = 16 };
void object_list_sysv(struct object_list *list, enum object_kind kind,
                      void (*set)(struct object_list *list, struct object *object,
                                  const int64_t numbers[OBJECT_LIST_SYSV_NUMBERS]));

/*
 * The names of those whose fill is known, in alphabetical order, up to NULL; the array is
 * to be freed by free(3) before the list. NULL with errno if the list is incomplete.
 * *count are its names, *left_out those of which the fill is not known.
 */
char **object_list_names(const struct object_list *list, int *count, int *left_out);

void object_list_free(struct object_list *list);

#endif

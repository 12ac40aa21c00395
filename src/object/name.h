/* SPDX-License-Identifier: MIT */
/*
 * Names of objects, by one rule for every mechanism.
 *
 * POSIX: `jobs`, `/jobs` and the path where the system shows the object
 * (/dev/mqueue/jobs, /dev/shm/x, /dev/shm/sem.s) name the same object. Refused before
 * any system call: an empty name, a `/` inside, `.`, `..`, and more than 255 bytes (251
 * for a semaphore, whose file is sem.NAME; 84 for a served eventfd). See mq_overview(7),
 * shm_overview(7), sem_overview(7).
 *
 * System V: `key:0x4a` (hexadecimal, decimal, or octal with a leading 0; also negative),
 * `ftok:PATH:PROJ` (the key of ftok(3) for a file and a number from 1 to 255, or a
 * character), `id:7`, and `private:` for a new object without a key. Key 0 is refused: it
 * is IPC_PRIVATE. `[INDEX]` after the address of a semaphore set names one semaphore of
 * it. See sysvipc(7).
 *
 * A named semaphore of musl, whose file has the name of a shared memory object:
 * musl:NAME, needed only where musl is not the system's C library.
 *
 * A semaphore, a lock or a cell inside a shared memory object: `shm:NAME+OFFSET`, OFFSET
 * being a multiple of 8 bytes; without it the offset is 0. See sem_init(3),
 * pthread_mutex_init(3).
 *
 * Shared memory that a descriptor of this process refers to: `fd:7`, and `shm:fd:7+8`
 * inside it. See memfd_create(2).
 */
#ifndef OBJECT_NAME_H
#define OBJECT_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

enum name_kind {
	NAME_QUEUE,
	NAME_MEMORY,
	NAME_SEMAPHORE,
	NAME_EVENTFD,
	NAME_LOCK,
	NAME_CELL, /* a number in shared memory: shm/cell.h */
};

/* The family of an object: which system calls operate on it. */
enum name_family {
	NAME_FAMILY_POSIX,
	NAME_FAMILY_SYSTEM_V,
	NAME_FAMILY_IN_MEMORY,
	NAME_FAMILY_DESCRIPTOR, /* memory: an open file without a name, memfd_create(2) */
};

/* How a System V object is addressed. */
enum name_address { NAME_BY_KEY, NAME_BY_ID, NAME_PRIVATE };

enum { NAME_BYTES_MAX = 255, NAME_EVENTFD_BYTES_MAX = 84 };

struct name {
	enum name_family family;
	enum name_address address; /* System V */
	int32_t number; /* System V: the key, IPC_PRIVATE's, or the id; fd:N: N */
	bool musl;      /* a semaphore: musl:NAME */
	bool has_index; /* System V semaphores: was [INDEX] given? */
	int32_t index;  /* 0 if it was not */
	int64_t offset; /* in memory: bytes from the beginning of the object */
	/* for messages: "/jobs", "key:0x0000004a[2]", "shm:/table+32", "musl:/s" */
	char text[sizeof "shm:/+9223372036854775807" + NAME_BYTES_MAX];
};

/*
 * Parse a name. A failure is reported: STATUS_USAGE if the text is not a name;
 * STATUS_NOT_FOUND or STATUS_FAILED if stat(2) fails for the file of `ftok:`.
 */
enum status name_parse(struct name *name, enum name_kind kind, const char *text);

/* Is one of the texts a name of NAME_FAMILY_SYSTEM_V? */
bool name_any_is_system_v(enum name_kind kind, int count, char **texts);

/* The name without what stands before its slash: "jobs". POSIX only. */
const char *name_bare(const struct name *name);

/* The shared memory object that contains what has a name of NAME_FAMILY_IN_MEMORY. */
void name_of_memory(struct name *memory, const struct name *inside);

#endif

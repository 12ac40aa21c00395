/*
 * Names of objects, by one rule for every mechanism.
 *
 * POSIX: `jobs`, `/jobs` and the path the system shows it under
 * (/dev/mqueue/jobs, /dev/shm/x, /dev/shm/sem.s) are one object. Refused before
 * any system call: an empty name, `/` inside, `.`, `..`, more than 255
 * bytes (251 for a semaphore, whose file is called sem.NAME; 84 for a served eventfd).
 * See mq_overview(7), shm_overview(7), sem_overview(7).
 *
 * System V: `key:0x4a` (or decimal, or octal with a 0 in front), `ftok:PATH:PROJ` (the
 * key that ftok(3) makes of a file and a number from 1 to 255, or a character), `id:7`,
 * and `private:` for a new object that has no key. Key 0 is refused: it is IPC_PRIVATE,
 * which names nothing. Behind the address of a set of semaphores `[INDEX]`, one of them.
 * See sysvipc(7).
 *
 * A semaphore or a lock inside shared memory: `shm:NAME+OFFSET`, a multiple of 8 bytes
 * into the object; 0 where no offset is given. See sem_init(3), pthread_mutex_init(3).
 */
#ifndef OBJECT_NAME_H
#define OBJECT_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

enum name_kind { NAME_QUEUE, NAME_MEMORY, NAME_SEMAPHORE, NAME_EVENTFD, NAME_LOCK };

/* The family an object belongs to: which system calls reach it. */
enum name_family { NAME_FAMILY_POSIX, NAME_FAMILY_SYSTEM_V, NAME_FAMILY_IN_MEMORY };

/* How an object of System V is addressed. */
enum name_address { NAME_BY_KEY, NAME_BY_ID, NAME_PRIVATE };

enum { NAME_BYTES_MAX = 255, NAME_EVENTFD_BYTES_MAX = 84 };

struct name {
	enum name_family family;
	enum name_address address; /* System V */
	int32_t number;            /* System V: the key, IPC_PRIVATE's, or the id */
	bool has_index;            /* System V semaphores: was [INDEX] given? */
	int32_t index;             /* 0 where it was not */
	int64_t offset;            /* in memory: bytes from its beginning */
	/* as messages show it: "/jobs", "key:0x0000004a[2]", "shm:/table+32" */
	char text[sizeof "shm:/+9223372036854775807" + NAME_BYTES_MAX];
};

/*
 * Read a name as a user wrote it. What is wrong is reported as a usage error
 * and STATUS_USAGE returned; STATUS_NOT_FOUND and STATUS_FAILED where the file of `ftok:`
 * cannot be looked at.
 */
enum status name_parse(struct name *name, enum name_kind kind, const char *text);

/* Would one of them be read as a name of NAME_FAMILY_SYSTEM_V? */
bool name_any_is_system_v(enum name_kind kind, int count, char **texts);

/* The memory that a semaphore or lock of NAME_FAMILY_IN_MEMORY lies in. */
void name_of_memory(struct name *memory, const struct name *inside);

#endif

/*
 * Names of objects, by one rule for every mechanism.
 *
 * POSIX: `jobs`, `/jobs` and the path the system shows it under
 * (/dev/mqueue/jobs, /dev/shm/x, /dev/shm/sem.s) are one object. Refused before
 * any system call: an empty name, `/` inside, `.`, `..`, more than 255
 * bytes (251 for a semaphore, whose file is called sem.NAME).
 * See mq_overview(7), shm_overview(7), sem_overview(7).
 */
#ifndef NAME_H
#define NAME_H

#include "applet.h"

enum name_kind { NAME_QUEUE, NAME_MEMORY, NAME_SEMAPHORE };

/* The family an object belongs to: which system calls reach it. */
enum name_family { FAMILY_POSIX };

enum { NAME_BYTES_MAX = 255 };

struct name {
	enum name_family family;
	char text[1 + NAME_BYTES_MAX + 1]; /* POSIX: "/jobs"; as messages show it */
};

/*
 * Read a name as a user wrote it. What is wrong is reported as a usage error
 * and STATUS_USAGE returned.
 */
enum status name_parse(struct name *name, enum name_kind kind, const char *text);

#endif

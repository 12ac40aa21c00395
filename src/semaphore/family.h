/* SPDX-License-Identifier: MIT */
/*
 * The table of functions that each family of semaphores fills in; semaphore/semaphore.c
 * calls them. The contracts are those of the functions in semaphore/semaphore.h.
 */
#ifndef SEMAPHORE_FAMILY_H
#define SEMAPHORE_FAMILY_H

#include <stdbool.h>
#include <stdint.h>

#include "semaphore/semaphore.h"

struct semaphore_family {
	const char *limit; /* the name of max in the manual pages */
	int64_t max;       /* the maximum value */
	enum status (*create)(const struct name *name,
	                      const struct semaphore_attributes *attributes,
	                      struct semaphore_created *created);
	/* name and family are set, the rest is zeros */
	enum status (*open)(struct semaphore *semaphore, enum semaphore_access access);
	void (*close)(struct semaphore *semaphore);
	enum status (*unlink)(const struct name *name, bool missing_is_fine);
	int (*wait)(const struct semaphore *semaphore, int64_t count,
	            const struct deadline *deadline);
	int (*await)(const struct semaphore *semaphore, int64_t count,
	             const struct deadline *deadline);
	int (*post)(const struct semaphore *semaphore, int64_t count, int64_t *after);
	int64_t (*value)(const struct semaphore *semaphore);
	int (*facts)(const struct semaphore *semaphore, struct semaphore_facts *facts);
	int (*set_value)(const struct semaphore *semaphore, int64_t value);
	/* the next three are NULL if the family does not have the operation */
	int (*values)(const struct semaphore *set, unsigned short **values,
	              size_t *count);
	int (*op)(const struct semaphore *set, struct sembuf *operations, size_t count,
	          const struct deadline *deadline);
	enum status (*op_error)(const struct semaphore *set,
	                        const struct sembuf *operations, size_t count);
	/* report an errno for which semaphore_error() has no message of its own; NULL:
	 * error_errno() */
	enum status (*error)(const struct semaphore *semaphore);
};

extern const struct semaphore_family semaphore_posix_family, semaphore_sysv_family,
    semaphore_memory_family;

/* semaphore/run_sysv.c: semaphore_run() of a System V semaphore. */
enum status semaphore_sysv_run(const struct semaphore *semaphore,
                               const struct deadline *deadline, char **argv);

/*
 * semaphore/words.c: for the families whose semaphores are words in memory. They are in
 * the file at the offset of the name.
 */
bool semaphore_words_are_zeros(const void *words);
/* Open a file; never waits, and does not follow a symbolic link. -1 with errno. */
int semaphore_words_open(const char *path, enum semaphore_access access);
/* reserve: allocate the memory first, as touching a hole on a full system is SIGBUS. */
enum status semaphore_words_map(struct semaphore *semaphore, int fd, bool reserve);
void semaphore_words_close(struct semaphore *semaphore);
int semaphore_words_wait(const struct semaphore *semaphore, int64_t count,
                         const struct deadline *deadline);
int semaphore_words_await(const struct semaphore *semaphore, int64_t count,
                          const struct deadline *deadline);
int semaphore_words_post(const struct semaphore *semaphore, int64_t count,
                         int64_t *after);
int semaphore_words_set(const struct semaphore *semaphore, int64_t value);
/* semaphore_futex_wake_if_available(); nothing if the object was truncated */
void semaphore_words_wake(const struct semaphore *semaphore);
int64_t semaphore_words_value(const struct semaphore *semaphore);
int semaphore_words_facts(const struct semaphore *semaphore,
                          struct semaphore_facts *facts);

/* The layout of the system's C library: musl's if only musl is installed, else glibc's.
 */
const struct semaphore_layout *semaphore_words_layout(void);

#endif

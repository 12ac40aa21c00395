/*
 * What a family of semaphores is made of; semaphore/semaphore.c calls it. The functions
 * are those of semaphore/semaphore.h, which has their contract.
 */
#ifndef SEMAPHORE_FAMILY_H
#define SEMAPHORE_FAMILY_H

#include <stdbool.h>
#include <stdint.h>

#include "semaphore/semaphore.h"

struct semaphore_family {
	const char *limit; /* what the manual calls the highest value */
	int64_t max;
	enum status (*create)(const struct name *name,
	                      const struct semaphore_shape *shape,
	                      struct semaphore_made *made);
	/* name and family are filled in, the rest is zeros */
	enum status (*open)(struct semaphore *semaphore, enum semaphore_access access);
	void (*close)(struct semaphore *semaphore);
	enum status (*unlink)(const struct name *name, bool missing_is_fine);
	int (*take)(const struct semaphore *semaphore, int64_t count,
	            const struct deadline *deadline);
	int (*give)(const struct semaphore *semaphore, int64_t count);
	int64_t (*value)(const struct semaphore *semaphore);
	int (*facts)(const struct semaphore *semaphore, struct semaphore_facts *facts);
	/* errno, where semaphore/semaphore.c has no words of its own for it; NULL: those
	 * of errno do */
	enum status (*failed)(const struct semaphore *semaphore);
};

extern const struct semaphore_family semaphores_posix, semaphores_system_v,
    semaphores_in_memory;

/* semaphore/run_sysv.c */
enum status set_run(const struct semaphore *semaphore, const struct deadline *deadline,
                    char **argv);

/* For the families whose semaphores are words in memory: semaphore/words.c,
 * semaphore/run.c. The offset of the name is where in the file they are. */
bool words_are_zeros(const void *words);
/* Open a file: a FIFO or a device without waiting, a link not at all. -1 with errno. */
int words_open(const char *path, enum semaphore_access access);
/* Take its memory first: to touch a hole on a full system is SIGBUS. */
enum status words_map(struct semaphore *semaphore, int fd, bool reserve);
void words_close(struct semaphore *semaphore);
int words_take(const struct semaphore *semaphore, int64_t count,
               const struct deadline *deadline);
int words_give(const struct semaphore *semaphore, int64_t count);
int64_t words_value(const struct semaphore *semaphore);
int words_facts(const struct semaphore *semaphore, struct semaphore_facts *facts);

/* The layout of the system's own library: glibc's, but where only musl is there. */
const struct sem_layout *words_layout(void);

#endif

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
	                      const struct semaphore_attributes *attributes,
	                      struct semaphore_created *created);
	/* name and family are filled in, the rest is zeros */
	enum status (*open)(struct semaphore *semaphore, enum semaphore_access access);
	void (*close)(struct semaphore *semaphore);
	enum status (*unlink)(const struct name *name, bool missing_is_fine);
	int (*wait)(const struct semaphore *semaphore, int64_t count,
	            const struct deadline *deadline);
	int (*post)(const struct semaphore *semaphore, int64_t count);
	int64_t (*value)(const struct semaphore *semaphore);
	int (*facts)(const struct semaphore *semaphore, struct semaphore_facts *facts);
	/* errno, where semaphore/semaphore.c has no words of its own for it; NULL: those
	 * of errno do */
	enum status (*error)(const struct semaphore *semaphore);
};

extern const struct semaphore_family semaphore_posix_family, semaphore_sysv_family,
    semaphore_memory_family;

/* semaphore/run_sysv.c */
enum status semaphore_sysv_run(const struct semaphore *semaphore,
                               const struct deadline *deadline, char **argv);

/* For the families whose semaphores are words in memory: semaphore/words.c,
 * semaphore/run.c. The offset of the name is where in the file they are. */
bool semaphore_words_are_zeros(const void *words);
/* Open a file: a FIFO or a device without waiting, a link not at all. -1 with errno. */
int semaphore_words_open(const char *path, enum semaphore_access access);
/* Take its memory first: to touch a hole on a full system is SIGBUS. */
enum status semaphore_words_map(struct semaphore *semaphore, int fd, bool reserve);
void semaphore_words_close(struct semaphore *semaphore);
int semaphore_words_wait(const struct semaphore *semaphore, int64_t count,
                         const struct deadline *deadline);
int semaphore_words_post(const struct semaphore *semaphore, int64_t count);
int64_t semaphore_words_value(const struct semaphore *semaphore);
int semaphore_words_facts(const struct semaphore *semaphore,
                          struct semaphore_facts *facts);

/* The layout of the system's own library: glibc's, but where only musl is there. */
const struct semaphore_layout *semaphore_words_layout(void);

#endif

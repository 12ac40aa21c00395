/* SPDX-License-Identifier: MIT */
/*
 * System V semaphore sets: what the files of this family share. See semget(2), semop(2),
 * semctl(2).
 */
#ifndef SEMAPHORE_SYSV_H
#define SEMAPHORE_SYSV_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/sem.h>

#include "io/limit.h"
#include "object/sysv.h"
#include "semaphore/semaphore.h"

/* SEMVMX of <linux/sem.h>, the maximum value; also SEMAEM, that of an undo adjustment. */
enum { SEMAPHORE_SYSV_VALUE_MAX = 32767 };

/* ---------------------------------------------- semaphore/sysv_state.c: a set's state */

extern const struct sysv_kind semaphore_sysv_kind;

/* The limits of the system: IPC_INFO of semctl(2). */
struct seminfo semaphore_sysv_limits(void);

/* io/limit.h, for kernel.sem: all four numbers, of which some are higher than now. */
const char *semaphore_sysv_limit_advice(struct limit_advice *advice,
                                        const struct seminfo *higher);

/* IPC_STAT: 0, or -1 with errno; *set is then zeros. */
int semaphore_sysv_stat(int id, struct semid_ds *set);

/*
 * Wait while the semaphore is 0 because its set is new and may not have its values yet,
 * for at_most milliseconds. Then a caller that has read a 0 must read once more: the set
 * may have been initialized between the two. False if a termination signal came.
 *
 * The set of a creator that has been killed, or of a program that leaves zeros,
 * looks the same, so a caller that is not to wait allows little time.
 */
enum semaphore_sysv_init_time {
	SEMAPHORE_SYSV_INIT_BRIEF = 20,    /* milliseconds: to read a value, or -n */
	SEMAPHORE_SYSV_INIT_WAIT = 200,    /* to change it, or to wait for zero */
	SEMAPHORE_SYSV_INIT_ENSURE = 3000, /* to decide that its creator was killed */
};
bool semaphore_sysv_wait_until_initialized(int id, int index,
                                           enum semaphore_sysv_init_time at_most);

/* Report that the set has no semaphore with this index. */
enum status semaphore_sysv_index_error(const struct semaphore *semaphore, int index);

/* The `error` of family.h: report errno. */
enum status semaphore_sysv_error(const struct semaphore *semaphore);

/* --------------------------------------------------------- semaphore/sysv_create.c */

enum status semaphore_sysv_create(const struct name *name,
                                  const struct semaphore_attributes *attributes,
                                  struct semaphore_created *created);

/* ------------------------------------------------------------- semaphore/sysv_op.c */

int semaphore_sysv_op(const struct semaphore *set, struct sembuf *operations,
                      size_t count, const struct deadline *deadline);
enum status semaphore_sysv_op_error(const struct semaphore *set,
                                    const struct sembuf *operations, size_t count);
int semaphore_sysv_wait(const struct semaphore *semaphore, int64_t count,
                        const struct deadline *deadline);
int semaphore_sysv_await(const struct semaphore *semaphore, int64_t count,
                         const struct deadline *deadline);
int semaphore_sysv_post(const struct semaphore *semaphore, int64_t count, int64_t *after);

#endif

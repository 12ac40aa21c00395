/* SPDX-License-Identifier: MIT */
/*
 * Cells: 64-bit numbers in POSIX shared memory objects, with atomic operations.
 *
 * A cell is what a C program calls _Atomic uint64_t: the operations are those of C11,
 * sequentially consistent, and the two exclude each other. It has the byte order of the
 * machine and is aligned to 8 bytes, which name_parse() checks (NAME_CELL). It needs no
 * initialization: a new object holds zeros.
 *
 * A process that changes a cell wakes those that wait for it by FUTEX_WAKE on the half
 * with the low bits, cell_futex(). One that does not, such as a plain store of C11, is
 * noticed by the waiters within CELL_INTERVAL.
 *
 * Functions that return a status have reported their failure; the others return -1 with
 * errno, which cell_error() reports: EFAULT if another process truncated the object.
 */
#ifndef SHM_CELL_H
#define SHM_CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/deadline.h"
#include "base/status.h"
#include "object/name.h"
#include "shm/segment.h"

/* In nanoseconds: how often a waiter checks a cell that no process has woken it for. */
enum { CELL_INTERVAL = 50000000 };

struct cell {
	const struct name *name; /* NAME_CELL; the caller's; must outlive the cell */
	struct name memory;      /* of the object */
	struct segment segment;
	struct segment_mapping mapping;
};

/*
 * Open a cell in an existing object. SEGMENT_READ suffices for cell_get() and
 * cell_wait(), and requires permission to read only; otherwise SEGMENT_MAP. A cell that
 * was not opened, or is all zeros, may be closed.
 */
enum status cell_open(struct cell *cell, const struct name *name,
                      enum segment_access access);
void cell_close(struct cell *cell);

int cell_get(const struct cell *cell, uint64_t *value);
int cell_set(const struct cell *cell, uint64_t value);

/* Add, modulo 2^64; *value is the new value. */
int cell_add(const struct cell *cell, uint64_t n, uint64_t *value);

/*
 * If the value is *expected, set it to `value`: 1. Otherwise 0, and *expected is the
 * value found.
 */
int cell_compare_and_set(const struct cell *cell, uint64_t *expected, uint64_t value);

/* "ge 5" is {CELL_GE, 5}. Values are compared as unsigned numbers. */
enum cell_test { CELL_EQ, CELL_NE, CELL_LT, CELL_LE, CELL_GT, CELL_GE };

struct cell_condition {
	enum cell_test test;
	uint64_t value;
};

/* From "=", "==" or "eq", "!=" or "ne", "<" or "lt" …; false: none of these. */
bool cell_test_parse(const char *text, enum cell_test *test);

bool cell_condition_holds(const struct cell_condition *condition, uint64_t value);

/*
 * Wait until the condition holds; *value is a value of the cell for which it holds, or at
 * the end of the wait the last one seen. -1 with errno EAGAIN, ETIMEDOUT or EINTR of
 * base/deadline.h too.
 */
int cell_wait(const struct cell *cell, const struct cell_condition *condition,
              const struct deadline *deadline, uint64_t *value);

/*
 * The word on which the waiters sleep, for a wait for several things at once: FUTEX_WAIT
 * on it while it has the low bits of a value of cell_get() for which the condition does
 * not hold, for at most CELL_INTERVAL.
 */
const uint32_t *cell_futex(const struct cell *cell);

/*
 * A value from text as value_c_unsigned() of base/value.h reads it; -N is 2^64 - N. NULL,
 * or the reason for a refusal.
 */
const char *cell_value_parse(const char *text, uint64_t *value);

/*
 * Report errno: "shm:/m: would block: the value is 3", and return its status. Silent
 * after a termination signal.
 */
enum status cell_error(const struct cell *cell, uint64_t value);

#endif

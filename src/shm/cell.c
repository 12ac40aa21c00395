/* SPDX-License-Identifier: MIT */
/*
 * A waiter sleeps while neither half of the number has changed since it was read
 * (futex_waitv(2)). No wake is lost: a change before the waiter is in the queue of the
 * low half makes the comparison of one of the halves fail, and a wake on the low half
 * after that finds the waiter. "Sleep on the low half alone" was rejected: a change of
 * the high half between the read and the sleep would go unnoticed. It is the method where
 * the kernel has no futex_waitv(2), and CELL_INTERVAL the limit of what is missed.
 *
 * Waiters are not recorded, since all the bits are the user's: each change is followed
 * by a system call that wakes.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/futex.h"
#include "base/sigbus.h"
#include "base/termsig.h"
#include "base/value.h"
#include "io/error.h"
#include "shm/cell.h"

/* -------------------------------------------------------------- open, close */

enum status cell_open(struct cell *cell, const struct name *name,
                      enum segment_access access)
{
	*cell = (struct cell){.name = name};
	name_of_memory(&cell->memory, name);
	enum status status = segment_open(&cell->segment, &cell->memory, access);
	if (status != STATUS_OK)
		return status;
	status =
	    segment_map(&cell->mapping, &cell->segment, name->offset, sizeof(uint64_t));
	if (status == STATUS_OK)
		return STATUS_OK;
	segment_close(&cell->segment);
	*cell = (struct cell){0};
	return status;
}

void cell_close(struct cell *cell)
{
	if (cell->mapping.base == NULL)
		return;
	segment_unmap(&cell->mapping);
	segment_close(&cell->segment);
	*cell = (struct cell){0};
}

/* --------------------------------------------------------------- operations */

static uint64_t *cell_number(const struct cell *cell)
{
	return cell->mapping.address;
}

const uint32_t *cell_futex(const struct cell *cell)
{
	return futex_low_half(cell_number(cell));
}

static void cell_begin_access(const struct cell *cell, struct sigbus *sigbus)
{
	sigbus_begin(sigbus, cell->mapping.base, cell->mapping.length);
}

/* After an operation; changed: from a value to another. */
static int cell_end_access(const struct cell *cell, struct sigbus *sigbus, bool changed)
{
	int result = sigbus_end(sigbus, 0);
	if (result == 0 && changed)
		futex_wake(cell_futex(cell), INT_MAX);
	return result;
}

int cell_get(const struct cell *cell, uint64_t *value)
{
	struct sigbus sigbus;
	cell_begin_access(cell, &sigbus);
	*value = __atomic_load_n(cell_number(cell), __ATOMIC_SEQ_CST);
	return cell_end_access(cell, &sigbus, false);
}

int cell_set(const struct cell *cell, uint64_t value)
{
	struct sigbus sigbus;
	cell_begin_access(cell, &sigbus);
	uint64_t old = __atomic_exchange_n(cell_number(cell), value, __ATOMIC_SEQ_CST);
	return cell_end_access(cell, &sigbus, old != value);
}

int cell_add(const struct cell *cell, uint64_t n, uint64_t *value)
{
	struct sigbus sigbus;
	cell_begin_access(cell, &sigbus);
	*value = __atomic_add_fetch(cell_number(cell), n, __ATOMIC_SEQ_CST);
	return cell_end_access(cell, &sigbus, n != 0);
}

int cell_compare_and_set(const struct cell *cell, uint64_t *expected, uint64_t value)
{
	struct sigbus sigbus;
	uint64_t old = *expected;
	cell_begin_access(cell, &sigbus);
	bool done = __atomic_compare_exchange_n(cell_number(cell), expected, value, false,
	                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	int result = cell_end_access(cell, &sigbus, done && old != value);
	return result < 0 ? result : done;
}

/* ------------------------------------------------------------------ waiting */

bool cell_test_parse(const char *text, enum cell_test *test)
{
	static const char *const names[][3] = {
	    [CELL_EQ] = {"=", "eq", "=="}, [CELL_NE] = {"!=", "ne"},
	    [CELL_LT] = {"<", "lt"},       [CELL_LE] = {"<=", "le"},
	    [CELL_GT] = {">", "gt"},       [CELL_GE] = {">=", "ge"},
	};
	for (int i = CELL_EQ; i <= CELL_GE; i++)
		for (int k = 0; k < 3 && names[i][k] != NULL; k++)
			if (strcmp(text, names[i][k]) == 0) {
				*test = (enum cell_test)i;
				return true;
			}
	return false;
}

bool cell_condition_holds(const struct cell_condition *condition, uint64_t value)
{
	switch (condition->test) {
	case CELL_EQ: return value == condition->value;
	case CELL_NE: return value != condition->value;
	case CELL_LT: return value < condition->value;
	case CELL_LE: return value <= condition->value;
	case CELL_GT: return value > condition->value;
	case CELL_GE: break;
	}
	return value >= condition->value;
}

/* 0 to look at the value again, or -1 with errno. */
static int cell_sleep(const struct cell *cell, uint64_t seen,
                      const struct deadline *deadline)
{
	if (sigbus_is_cut()) {
		errno = EFAULT;
		return -1;
	}
	if (deadline_left(deadline) <= CELL_INTERVAL)
		return deadline_futex_wait_long(deadline, cell_number(cell), seen);
	struct deadline soon = deadline_in(CELL_INTERVAL);
	int result = deadline_futex_wait_long(&soon, cell_number(cell), seen);
	return result < 0 && errno == ETIMEDOUT ? 0 : result;
}

/* The value is looked at once more after the deadline. */
static int cell_wait_blocking(const struct cell *cell,
                              const struct cell_condition *condition,
                              const struct deadline *deadline, uint64_t *value)
{
	int result = 0;
	while (result == 0) {
		result = cell_sleep(cell, *value, deadline);
		if (result < 0 && errno != ETIMEDOUT)
			return result;
		*value = __atomic_load_n(cell_number(cell), __ATOMIC_SEQ_CST);
		if (cell_condition_holds(condition, *value))
			return 0;
	}
	return result;
}

int cell_wait(const struct cell *cell, const struct cell_condition *condition,
              const struct deadline *deadline, uint64_t *value)
{
	struct sigbus sigbus;
	struct termsig termsig;
	if (cell_get(cell, value) < 0)
		return -1;
	if (cell_condition_holds(condition, *value))
		return 0;
	if (deadline->timeout.kind == TIMEOUT_ZERO) {
		errno = EAGAIN;
		return -1;
	}
	termsig_begin(&termsig);
	cell_begin_access(cell, &sigbus);
	int result = cell_wait_blocking(cell, condition, deadline, value);
	result = sigbus_end(&sigbus, result);
	int error = errno;
	termsig_end(&termsig, STATUS_OK);
	errno = error;
	return result;
}

/* --------------------------------------------------------- values and errors */

const char *cell_value_parse(const char *text, uint64_t *value)
{
	bool negative = *text == '-';
	uint64_t number;
	const char *why = value_c_unsigned(text + negative, &number);
	if (why == NULL)
		*value = negative ? -number : number;
	return why;
}

/* The memory is missing: the object was truncated, or the file system is full. */
static enum status cell_fault(const struct cell *cell)
{
	struct stat st;
	if (fstat(cell->segment.fd, &st) == 0 &&
	    st.st_size - cell->name->offset >= (int64_t)sizeof(uint64_t)) {
		errno = ENOSPC;
		return error_errno("%s", cell->name->text);
	}
	return error_truncated(cell->name->text);
}

enum status cell_error(const struct cell *cell, uint64_t value)
{
	const char *name = cell->name->text;
	switch (errno) {
	case EFAULT: return cell_fault(cell);
	case EAGAIN:
		return error_as(STATUS_WOULD_BLOCK, "%s: would block: the value is %llu",
		                name, (unsigned long long)value);
	case ETIMEDOUT:
		return error_as(STATUS_TIMED_OUT, "%s: timed out: the value is %llu",
		                name, (unsigned long long)value);
	default: return error_errno("%s", name);
	}
}

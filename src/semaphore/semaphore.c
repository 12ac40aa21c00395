/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/trace.h"
#include "io/error.h"
#include "semaphore/family.h"

static const struct semaphore_family *semaphore_family_of(const struct name *name)
{
	static const struct semaphore_family *const families[] = {
	    [NAME_FAMILY_POSIX] = &semaphore_posix_family,
	    [NAME_FAMILY_SYSTEM_V] = &semaphore_sysv_family,
	    [NAME_FAMILY_IN_MEMORY] = &semaphore_memory_family,
	};
	return families[name->family];
}

int64_t semaphore_max(const struct name *name)
{
	return semaphore_family_of(name)->max;
}

enum status semaphore_create(const struct name *name,
                             const struct semaphore_attributes *attributes,
                             struct semaphore_created *created)
{
	trace_call(__func__, name->text);
	*created = (struct semaphore_created){.is_new = false};
	return semaphore_family_of(name)->create(name, attributes, created);
}

enum status semaphore_open(struct semaphore *semaphore, const struct name *name,
                           enum semaphore_access access)
{
	trace_call(__func__, name->text);
	*semaphore =
	    (struct semaphore){.name = name, .family = semaphore_family_of(name)};
	return semaphore->family->open(semaphore, access);
}

void semaphore_close(struct semaphore *semaphore)
{
	if (semaphore->family == NULL)
		return;
	trace_call(__func__, semaphore->name->text);
	semaphore->family->close(semaphore);
}

enum status semaphore_unlink(const struct name *name, bool missing_is_fine)
{
	trace_call(__func__, name->text);
	return semaphore_family_of(name)->unlink(name, missing_is_fine);
}

int semaphore_wait(const struct semaphore *semaphore, int64_t count,
                   const struct deadline *deadline)
{
	trace_call(__func__, semaphore->name->text);
	return semaphore->family->wait(semaphore, count, deadline);
}

int semaphore_await(const struct semaphore *semaphore, int64_t count,
                    const struct deadline *deadline)
{
	trace_call(__func__, semaphore->name->text);
	return semaphore->family->await(semaphore, count, deadline);
}

int semaphore_post(const struct semaphore *semaphore, int64_t count, int64_t *after)
{
	trace_call(__func__, semaphore->name->text);
	return semaphore->family->post(semaphore, count, after);
}

int64_t semaphore_value(const struct semaphore *semaphore)
{
	trace_call(__func__, semaphore->name->text);
	return semaphore->family->value(semaphore);
}

int semaphore_facts(const struct semaphore *semaphore, struct semaphore_facts *facts)
{
	trace_call(__func__, semaphore->name->text);
	return semaphore->family->facts(semaphore, facts);
}

enum status semaphore_error(const struct semaphore *semaphore, int64_t count)
{
	const char *name = semaphore->name->text;
	const char *reason = errno == ETIMEDOUT ? "timed out" : "would block";
	if (errno == EOVERFLOW)
		return error_as(STATUS_FAILED, "%s: adding %lld would exceed %s (%lld)",
		                name, (long long)count, semaphore->family->limit,
		                (long long)semaphore->family->max);
	if (errno == EFAULT)
		return error_truncated(name);
	if (errno != EAGAIN && errno != ETIMEDOUT)
		return semaphore->family->error != NULL
		           ? semaphore->family->error(semaphore)
		           : error_errno("%s", name);
	if (count == 1)
		return error_as(error_status(errno), "%s: %s: the value is 0", name,
		                reason);
	return error_as(error_status(errno), "%s: %s: the value is less than %lld", name,
	                reason, (long long)count);
}

int semaphore_set_value(const struct semaphore *semaphore, int64_t value)
{
	trace_call(__func__, semaphore->name->text);
	return semaphore->family->set_value(semaphore, value);
}

int semaphore_values(const struct semaphore *set, unsigned short **values, size_t *count)
{
	trace_call(__func__, set->name->text);
	if (set->family->values != NULL)
		return set->family->values(set, values, count);
	errno = EOPNOTSUPP;
	return -1;
}

int semaphore_op(const struct semaphore *set, struct sembuf *operations, size_t count,
                 const struct deadline *deadline)
{
	trace_call(__func__, set->name->text);
	if (set->family->op != NULL)
		return set->family->op(set, operations, count, deadline);
	errno = EOPNOTSUPP;
	return -1;
}

enum status semaphore_op_error(const struct semaphore *set,
                               const struct sembuf *operations, size_t count)
{
	return set->family->op_error != NULL
	           ? set->family->op_error(set, operations, count)
	           : semaphore_error(set, 1);
}

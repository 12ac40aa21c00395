#include <errno.h>

#include "io/report.h"
#include "semaphore/family.h"

static const struct semaphore_family *family_of(const struct name *name)
{
	static const struct semaphore_family *const families[] = {
	    [FAMILY_POSIX] = &semaphores_posix,
	    [FAMILY_SYSTEM_V] = &semaphores_system_v,
	    [FAMILY_IN_MEMORY] = &semaphores_in_memory,
	};
	return families[name->family];
}

int64_t semaphore_max(const struct name *name)
{
	return family_of(name)->max;
}

enum status semaphore_create(const struct name *name, const struct semaphore_shape *shape,
                             struct semaphore_made *made)
{
	*made = (struct semaphore_made){.is_new = false};
	return family_of(name)->create(name, shape, made);
}

enum status semaphore_open(struct semaphore *semaphore, const struct name *name,
                           enum semaphore_access access)
{
	*semaphore = (struct semaphore){.name = name, .family = family_of(name)};
	return semaphore->family->open(semaphore, access);
}

void semaphore_close(struct semaphore *semaphore)
{
	semaphore->family->close(semaphore);
}

enum status semaphore_unlink(const struct name *name, bool missing_is_fine)
{
	return family_of(name)->unlink(name, missing_is_fine);
}

int semaphore_take(const struct semaphore *semaphore, int64_t count,
                   const struct deadline *deadline)
{
	return semaphore->family->take(semaphore, count, deadline);
}

int semaphore_give(const struct semaphore *semaphore, int64_t count)
{
	return semaphore->family->give(semaphore, count);
}

int64_t semaphore_value(const struct semaphore *semaphore)
{
	return semaphore->family->value(semaphore);
}

int semaphore_facts(const struct semaphore *semaphore, struct semaphore_facts *facts)
{
	return semaphore->family->facts(semaphore, facts);
}

enum status semaphore_failed(const struct semaphore *semaphore, int64_t count)
{
	const char *name = semaphore->name->text;
	const char *still = errno == ETIMEDOUT ? "timed out: " : "";
	if (errno == EOVERFLOW)
		return fail_as(STATUS_FAILED,
		               "%s: %lld more would make the value pass %s (%lld)", name,
		               (long long)count, semaphore->family->limit,
		               (long long)semaphore->family->max);
	if (errno != EAGAIN && errno != ETIMEDOUT)
		return semaphore->family->failed != NULL
		           ? semaphore->family->failed(semaphore)
		           : fail("%s", name);
	if (count == 1)
		return fail_as(status_of(errno), "%s: %sthe value is zero", name, still);
	return fail_as(status_of(errno), "%s: %sthe value is less than %lld", name, still,
	               (long long)count);
}

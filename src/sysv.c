#include <errno.h>
#include <stdio.h>

#include "report.h"
#include "sysv.h"

enum status sysv_failed(const struct name *name, const char *object, const char *before)
{
	if (errno == EIDRM)
		return fail_as(STATUS_MISSING, "%s: %sthe %s was removed", name->text,
		               before, object);
	if (errno == ENOENT || errno == EINVAL)
		return fail_as(STATUS_MISSING, "%s: %sthere is no such %s", name->text,
		               before, object);
	if (errno == EINTR)
		return fail("%s", name->text);
	return fail_as(status_of(errno), "%s: %s%s", name->text, before,
	               error_text(errno));
}

enum status sysv_names_one(const struct name *name)
{
	if (name->address != PRIVATE)
		return STATUS_DONE;
	return usage_error("private: makes a new object each time and names none that "
	                   "exists; take the id: that making it printed");
}

enum status sysv_can_create(const struct name *name)
{
	if (name->address != BY_ID)
		return STATUS_DONE;
	return usage_error(
	    "'%s': an id is the kernel's to give; key:, ftok: and private: "
	    "make objects",
	    name->text);
}

const char *sysv_key(int32_t key, char text[SYSV_KEY_BYTES])
{
	if (key == 0)
		return NULL;
	sprintf(text, "0x%08x", (unsigned)key);
	return text;
}

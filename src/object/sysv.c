#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>

#include "io/output.h"
#include "io/report.h"
#include "object/sysv.h"

static bool is_missing(int error)
{
	return error == ENOENT || error == EINVAL || error == EIDRM;
}

enum status sysv_failed(const struct name *name, const struct sysv_kind *kind,
                        const char *before)
{
	if (errno == EIDRM)
		return fail_as(STATUS_MISSING, "%s: %sthe %s was removed", name->text,
		               before, kind->object);
	if (is_missing(errno))
		return fail_as(STATUS_MISSING, "%s: %sthere is no such %s", name->text,
		               before, kind->object);
	/* with the colon that ends it */
	int length = *before == '\0' ? 0 : (int)(strlen(before) - strlen(": "));
	return fail("%s%s%.*s", name->text, length > 0 ? ": " : "", length, before);
}

int sysv_look_up(const struct name *name, const struct sysv_kind *kind)
{
	return name->address == BY_ID ? name->number : kind->get(name->number);
}

static enum status names_one(const struct name *name)
{
	if (name->address != PRIVATE)
		return STATUS_DONE;
	return usage_error("private: makes a new object each time and names none that "
	                   "exists; take the id: that making it printed");
}

enum status sysv_find(int *id, const struct name *name, const struct sysv_kind *kind)
{
	enum status status = names_one(name);
	if (status != STATUS_DONE)
		return status;
	*id = sysv_look_up(name, kind);
	return *id >= 0 ? STATUS_DONE : sysv_failed(name, kind, "");
}

/*
 * Without permission to read it as lsipc(1) does. That call looks only at a part of the
 * id, and returns the whole of it.
 */
int sysv_ask(int id, const struct sysv_kind *kind, void *facts)
{
	if (kind->control(id, IPC_STAT, facts) == 0)
		return 0;
	if (errno != EACCES)
		return -1;
	int found = kind->control(id, kind->stat_any, facts);
	if (found == id)
		return 0;
	errno = found < 0 ? EACCES : EIDRM;
	return -1;
}

enum status sysv_unlink(const struct name *name, const struct sysv_kind *kind,
                        bool missing_is_fine)
{
	enum status status = names_one(name);
	if (status != STATUS_DONE)
		return status;
	int id = sysv_look_up(name, kind);
	if (id >= 0 && kind->control(id, IPC_RMID, NULL) == 0)
		return STATUS_DONE;
	if (missing_is_fine && is_missing(errno))
		return STATUS_MISSING;
	return sysv_failed(name, kind, "");
}

void sysv_discard(int id, const struct sysv_kind *kind)
{
	int error = errno;
	kind->control(id, IPC_RMID, NULL);
	errno = error;
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

enum status sysv_print_id(int32_t id, bool is_new,
                          enum status (*unlink)(const struct name *, bool))
{
	const struct name name = {
	    .family = FAMILY_SYSTEM_V, .address = BY_ID, .number = id};
	enum status status = output_print("id:%d\n", (int)id);
	if (status != STATUS_DONE && is_new)
		unlink(&name, true);
	return status;
}

const char *sysv_key(int32_t key, char text[SYSV_KEY_BYTES])
{
	if (key == 0)
		return NULL;
	sprintf(text, "0x%08x", (unsigned)key);
	return text;
}

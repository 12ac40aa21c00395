/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>

#include "io/error.h"
#include "io/output.h"
#include "io/owner.h"
#include "object/sysv.h"

static bool means_no_object(int error)
{
	return error == ENOENT || error == EINVAL || error == EIDRM;
}

static enum status report_missing(const struct name *name, const struct sysv_kind *kind,
                                  const char *before, bool with_maker)
{
	return error_as(STATUS_NOT_FOUND, "%s: %sno such %s%s%s%s", name->text, before,
	                kind->object, with_maker ? " (" : "",
	                with_maker ? kind->maker : "", with_maker ? " makes one)" : "");
}

enum status sysv_error(const struct name *name, const struct sysv_kind *kind,
                       const char *before)
{
	if (errno == EIDRM)
		return error_as(STATUS_NOT_FOUND, "%s: %sthe %s was removed", name->text,
		                before, kind->object);
	if (means_no_object(errno))
		/* the id of a new object cannot be chosen */
		return report_missing(name, kind, before,
		                      *before == '\0' && name->address == NAME_BY_KEY);
	/* `before` without the colon and blank at its end */
	int length = *before == '\0' ? 0 : (int)(strlen(before) - strlen(": "));
	return error_errno("%s%s%.*s", name->text, length > 0 ? ": " : "", length,
	                   before);
}

int sysv_get(const struct name *name, const struct sysv_kind *kind)
{
	return name->address == NAME_BY_ID ? name->number : kind->get(name->number);
}

static enum status check_not_private(const struct name *name)
{
	if (name->address != NAME_PRIVATE)
		return STATUS_OK;
	return error_usage("private: always creates a new object; use the id: that was "
	                   "printed when it was created");
}

enum status sysv_find(int *id, const struct name *name, const struct sysv_kind *kind)
{
	enum status status = check_not_private(name);
	if (status != STATUS_OK)
		return status;
	*id = sysv_get(name, kind);
	return *id >= 0 ? STATUS_OK : sysv_error(name, kind, "");
}

/*
 * Without read permission, MSG_STAT_ANY (SHM_STAT_ANY, SEM_STAT_ANY) gives the figures,
 * as for lsipc(1). It uses only the index part of the id, and returns the whole id.
 */
int sysv_stat(int id, const struct sysv_kind *kind, void *facts)
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
	enum status status = check_not_private(name);
	if (status != STATUS_OK)
		return status;
	int id = sysv_get(name, kind);
	if (id >= 0 && kind->control(id, IPC_RMID, NULL) == 0)
		return STATUS_OK;
	if (missing_is_fine && means_no_object(errno))
		return STATUS_NOT_FOUND;
	return errno == ENOENT ? report_missing(name, kind, "", false)
	                       : sysv_error(name, kind, "");
}

void sysv_discard(int id, const struct sysv_kind *kind)
{
	int error = errno;
	kind->control(id, IPC_RMID, NULL);
	errno = error;
}

enum status sysv_check_create(const struct name *name)
{
	if (name->address != NAME_BY_ID)
		return STATUS_OK;
	return error_usage("'%s': an id cannot be chosen; use key:, ftok: or private:",
	                   name->text);
}

enum status sysv_print_id(int32_t id, bool is_new,
                          enum status (*unlink)(const struct name *, bool))
{
	const struct name name = {
	    .family = NAME_FAMILY_SYSTEM_V, .address = NAME_BY_ID, .number = id};
	enum status status = output_printf("id:%d\n", (int)id);
	if (status != STATUS_OK && is_new)
		unlink(&name, true);
	return status;
}

enum status sysv_check_owner(const struct name *name, const struct ipc_perm *perm,
                             mode_t wanted)
{
	const struct owner_ids ids = {.owner = perm->uid,
	                              .creator = perm->cuid,
	                              .owner_group = perm->gid,
	                              .creator_group = perm->cgid};
	return owner_check_ids(name->text, &ids, wanted);
}

const char *sysv_key_text(int32_t key, char text[SYSV_KEY_BYTES])
{
	if (key == 0)
		return NULL;
	sprintf(text, "0x%08x", (unsigned)key);
	return text;
}

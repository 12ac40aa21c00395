/* SPDX-License-Identifier: MIT */
/*
 * ipcset - change the mode, owner or capacity of objects that exist
 *
 * All objects are opened and checked before one is changed; if a change fails, those
 * before it are undone. See fchmod(2), fchownat(2), msgctl(2).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "applet.h"
#include "base/fd.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/report.h"
#include "object/access.h"
#include "queue/queue.h"
#include "semaphore/semaphore.h"
#include "semaphore/sysv.h"
#include "shm/posix.h"
#include "shm/sysv.h"

struct ipcset {
	const char *mode, *owner;
	int64_t bytes; /* 0: not given */
	bool verbose;
};

static const struct option_row options[] = {
    STRING('m', "mode", ipcset, mode, 0, "MODE",
           "permission bits, octal or symbolic, relative to the present ones"),
    STRING(0, "owner", ipcset, owner, 0, "USER[:GROUP]",
           "the owner and the group, names or numbers; also :GROUP"),
    SIZE(0, "bytes", ipcset, bytes, 0, "N", 1,
         "the capacity of a System V queue (msg_qbytes)"),
    VERBOSE(ipcset, verbose),
    END_OF_OPTIONS,
};

/* The change that is made to all objects. */
struct ipcset_change {
	const struct ipcset *given;
	uid_t uid; /* -1: unchanged */
	gid_t gid;
};

static const struct ipcset_kind {
	const char *prefix;
	enum name_kind kind;
	const struct sysv_kind *sysv;
	enum status (*open_node)(const struct name *name, int *fd);
} kinds[] = {
    {"mq:", NAME_QUEUE, &queue_sysv_kind, queue_open_node},
    {"shm:", NAME_MEMORY, &shm_sysv_kind, shm_posix_open_node},
    {"sem:", NAME_SEMAPHORE, &semaphore_sysv_kind, semaphore_open_node},
};

struct ipcset_object {
	const struct ipcset_kind *kind;
	struct name name;
	struct access_object access;
	struct access_values wanted;
};

static const struct ipcset_kind *ipcset_find_kind(const char *operand)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strncmp(operand, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
			return &kinds[i];
	return NULL;
}

/* The whole operand, before anything is opened. */
static enum status ipcset_parse(struct ipcset_object *object, const struct ipcset *given,
                                const char *operand)
{
	const struct ipcset_kind *kind = ipcset_find_kind(operand);
	struct name *name = &object->name;
	object->access = (struct access_object){.name = name, .fd = -1, .id = -1};
	object->kind = kind;
	if (kind == NULL) {
		error_usage("'%s' is not mq:NAME, shm:NAME or sem:NAME", operand);
		return STATUS_USAGE;
	}
	enum status status = name_parse(name, kind->kind, operand + strlen(kind->prefix));
	if (status != STATUS_OK)
		return status;
	if (name->family == NAME_FAMILY_IN_MEMORY)
		return error_usage(
		    "'%s': a semaphore in memory has the owner and the mode of its "
		    "object, shm:NAME",
		    operand);
	if (name->has_index)
		return error_usage("'%s': [INDEX] cannot be used: the whole set is meant",
		                   operand);
	if (name->family == NAME_FAMILY_SYSTEM_V)
		object->access.kind = kind->sysv;
	if (given->bytes > 0 && object->access.kind != &queue_sysv_kind)
		return error_usage("'%s': --bytes requires a System V queue", operand);
	return STATUS_OK;
}

static enum status ipcset_open(struct ipcset_object *object)
{
	struct access_object *access = &object->access;
	enum status status = access->kind != NULL
	                         ? sysv_find(&access->id, &object->name, access->kind)
	                         : object->kind->open_node(&object->name, &access->fd);
	return status == STATUS_OK ? access_read(access) : status;
}

static void ipcset_plan(struct ipcset_object *object, const struct ipcset_change *change)
{
	const struct access_values *present = &object->access.values;
	struct value_mode mode = {.bits = present->mode & 0777};
	object->wanted = *present;
	if (change->given->mode != NULL && value_mode(change->given->mode, &mode) == NULL)
		object->wanted.mode = (present->mode & ~(mode_t)0777) | mode.bits;
	if (change->uid != (uid_t)-1)
		object->wanted.uid = change->uid;
	if (change->gid != (gid_t)-1)
		object->wanted.gid = change->gid;
	if (change->given->bytes > 0)
		object->wanted.bytes = change->given->bytes;
}

static void ipcset_report(const struct ipcset_object *object, const char *operand)
{
	const struct access_values *old = &object->access.values, *new = &object->wanted;
	struct access_owner_text before, after;
	char bytes[64] = "";
	if (old->bytes > 0)
		snprintf(bytes, sizeof bytes, ", bytes %lld -> %lld",
		         (long long)old->bytes, (long long)new->bytes);
	report_info("%s: mode %04o -> %04o, owner %s -> %s%s", operand,
	            (unsigned)old->mode, (unsigned)new->mode,
	            access_owner_text(&before, old->uid, old->gid),
	            access_owner_text(&after, new->uid, new->gid), bytes);
}

static enum status ipcset_change_all(struct ipcset_object *objects, int count)
{
	struct termsig termsig;
	enum status status = STATUS_OK;
	int done = 0;
	termsig_block(&termsig);
	while (done < count && status == STATUS_OK) {
		status = access_change(&objects[done].access, &objects[done].wanted);
		done += status == STATUS_OK;
	}
	while (status != STATUS_OK && done > 0)
		access_restore(&objects[--done].access);
	return termsig_end(&termsig, status);
}

static enum status ipcset_set(struct ipcset_object *objects, int count, char **operands,
                              const struct ipcset_change *change)
{
	enum status status = STATUS_OK;
	for (int i = 0; i < count && status == STATUS_OK; i++)
		status = ipcset_parse(&objects[i], change->given, operands[i]);
	for (int i = 0; i < count && status == STATUS_OK; i++) {
		status = ipcset_open(&objects[i]);
		ipcset_plan(&objects[i], change);
	}
	if (status == STATUS_OK)
		status = ipcset_change_all(objects, count);
	for (int i = 0; i < count && change->given->verbose && status == STATUS_OK; i++)
		ipcset_report(&objects[i], operands[i]);
	return status;
}

static enum status ipcset_run(const void *opts, int argc, char **argv)
{
	struct ipcset_change change = {.given = opts, .uid = (uid_t)-1, .gid = (gid_t)-1};
	struct value_mode mode = {.bits = 0};
	const struct ipcset *given = opts;
	enum status status = STATUS_OK;
	if (given->mode == NULL && given->owner == NULL && given->bytes == 0)
		return error_usage("one of -m, --owner and --bytes is required");
	const char *wrong = given->mode != NULL ? value_mode(given->mode, &mode) : NULL;
	if (wrong != NULL)
		return error_usage("option '-m': '%s' is %s", given->mode, wrong);
	if (given->owner != NULL)
		status = access_parse_owner(given->owner, &change.uid, &change.gid);
	if (status != STATUS_OK)
		return status;
	struct ipcset_object *objects = calloc((size_t)argc, sizeof *objects);
	if (objects == NULL)
		return error_as(STATUS_FAILED, "cannot allocate memory for %d objects",
		                argc);
	for (int i = 0; i < argc; i++)
		objects[i].access.fd = -1;
	status = ipcset_set(objects, argc, argv, &change);
	for (int i = 0; i < argc; i++)
		fd_close_keep_errno(objects[i].access.fd);
	free(objects);
	return status;
}

APPLET(ipcset, .summary = "change the mode, owner or capacity of objects that exist",
       .group = APPLETS_SEEING_AND_WAITING,
       .example = "ipcset -m g+r -v mq:/jobs sem:/count",
       .self = {.operands = "KIND:NAME...",
                .operand_kinds = {OPERAND_OBJECT | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(ipcset),
                .run = ipcset_run});

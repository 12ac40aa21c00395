/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/value.h"
#include "io/error.h"
#include "io/file.h"
#include "io/limit.h"
#include "object/access.h"

/* The result of IPC_STAT; each begins with the permissions. */
union access_ds {
	struct ipc_perm perm;
	struct msqid_ds queue;
	struct shmid_ds segment;
	struct semid_ds set;
};

/* ------------------------------------------------------------------- owner */

const char *access_owner_text(struct access_owner_text *text, uid_t uid, gid_t gid)
{
	const struct passwd *user = getpwuid(uid);
	const struct group *group = getgrgid(gid);
	char *end = text->text;
	size_t half = sizeof text->text / 2;
	end += user != NULL ? snprintf(end, half, "%.32s", user->pw_name)
	                    : snprintf(end, half, "%u", (unsigned)uid);
	if (group != NULL)
		snprintf(end, half, ":%.32s", group->gr_name);
	else
		snprintf(end, half, ":%u", (unsigned)gid);
	return text->text;
}

/* 4294967295 is (uid_t)-1, "unchanged" of chown(2). */
static bool parse_id(const char *text, uint32_t *id)
{
	struct value_error reason;
	int64_t number;
	if (!value_is_digit(*text) ||
	    value_number(text, 0, UINT32_MAX - 1, &number, &reason) != NULL)
		return false;
	*id = (uint32_t)number;
	return true;
}

enum status access_parse_owner(const char *text, uid_t *uid, gid_t *gid)
{
	char user[64];
	size_t length = strcspn(text, ":");
	const char *group = text[length] == ':' ? text + length + 1 : NULL;
	if (length >= sizeof user || (length == 0 && group == NULL) ||
	    (group != NULL && *group == '\0'))
		return error_usage("option '--owner': '%s' is not USER, USER:GROUP or "
		                   ":GROUP",
		                   text);
	snprintf(user, sizeof user, "%.*s", (int)length, text);
	const struct passwd *entry = length > 0 ? getpwnam(user) : NULL;
	if (entry != NULL)
		*uid = entry->pw_uid;
	else if (length > 0 && !parse_id(user, uid))
		return error_usage("option '--owner': no such user: '%s'", user);
	const struct group *group_entry = group != NULL ? getgrnam(group) : NULL;
	if (group_entry != NULL)
		*gid = group_entry->gr_gid;
	else if (group != NULL && !parse_id(group, gid))
		return error_usage("option '--owner': no such group: '%s'", group);
	return STATUS_OK;
}

/* -------------------------------------------------------------------- read */

/* capget(2): the headers of the kernel are not those of every C library. */
enum { CAPGET_VERSION = 0x20080522, CAP_FOWNER = 3, CAP_SYS_ADMIN = 21 };

struct capget_header {
	uint32_t version;
	int pid;
};

struct capget_data {
	uint32_t effective, permitted, inheritable;
};

static bool has_capability(unsigned number)
{
	struct capget_header header = {CAPGET_VERSION, 0};
	struct capget_data data[2] = {{0}};
	return syscall(SYS_capget, &header, data) == 0 &&
	       (data[number / 32].effective & (UINT32_C(1) << (number % 32))) != 0;
}

static enum status read_posix(struct access_object *object)
{
	const char *name = object->name->text;
	struct stat st;
	if (fstat(object->fd, &st) < 0)
		return error_errno("%s", name);
	if (!S_ISREG(st.st_mode))
		return error_as(STATUS_FAILED, "%s: is %s, not an object", name,
		                file_type_text(st.st_mode));
	if (st.st_nlink > 1)
		return error_as(STATUS_FAILED,
		                "%s: has %lu names: another user may have linked it here",
		                name, (unsigned long)st.st_nlink);
	object->creator = st.st_uid;
	object->values = (struct access_values){
	    .uid = st.st_uid, .gid = st.st_gid, .mode = st.st_mode & 07777};
	return STATUS_OK;
}

static enum status read_sysv(struct access_object *object)
{
	union access_ds ds;
	if (sysv_stat(object->id, object->kind, &ds) < 0)
		return sysv_error(object->name, object->kind, "");
	object->creator = ds.perm.cuid;
	object->values = (struct access_values){
	    .uid = ds.perm.uid, .gid = ds.perm.gid, .mode = ds.perm.mode & 0777};
	if (object->kind->stat_any == MSG_STAT_ANY)
		object->values.bytes = (int64_t)ds.queue.msg_qbytes;
	return STATUS_OK;
}

/* Only the words are decided here: the kernel decides again at the change. */
static enum status check_permitted(const struct access_object *object)
{
	struct access_owner_text text;
	uid_t self = geteuid();
	bool is_posix = object->kind == NULL;
	if (self == object->values.uid || self == object->creator ||
	    has_capability(is_posix ? CAP_FOWNER : CAP_SYS_ADMIN))
		return STATUS_OK;
	return error_as(
	    STATUS_FAILED,
	    "%s: Operation not permitted: it belongs to %s, and only its owner%s or root "
	    "can change it",
	    object->name->text,
	    access_owner_text(&text, object->values.uid, object->values.gid),
	    is_posix ? "" : ", its creator");
}

enum status access_read(struct access_object *object)
{
	enum status status =
	    object->kind == NULL ? read_posix(object) : read_sysv(object);
	return status == STATUS_OK ? check_permitted(object) : status;
}

/* ------------------------------------------------------------------ change */

/* fchmod(2) refuses an O_PATH descriptor, and Linux before 6.6 has no fchmodat2(2). */
static int change_file_mode(int fd, mode_t mode)
{
	char path[40];
	int result = fchmod(fd, mode);
	if (result == 0 || errno != EBADF)
		return result;
#ifdef SYS_fchmodat2
	result = (int)syscall(SYS_fchmodat2, fd, "", mode, AT_EMPTY_PATH);
	if (result == 0 || errno != ENOSYS)
		return result;
#endif
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	result = chmod(path, mode);
	if (result < 0)
		procfs_correct_errno();
	return result;
}

static int change_file_owner(int fd, uid_t uid, gid_t gid)
{
	return fchownat(fd, "", uid, gid, AT_EMPTY_PATH);
}

static enum status report_refusal(const struct access_object *object,
                                  const struct access_values *values)
{
	const char *name = object->name->text;
	struct limit_advice advice;
	int64_t limit = procfs_sysctl("kernel/msgmnb");
	if (errno == EPERM && values->bytes > object->values.bytes && limit >= 0 &&
	    values->bytes > limit)
		return error_as(STATUS_FAILED,
		                "%s: %lld bytes exceed kernel.msgmnb (%lld)%s", name,
		                (long long)values->bytes, (long long)limit,
		                limit_sysctl(&advice, "kernel.msgmnb", "%lld",
		                             (long long)values->bytes));
	if (errno == EPERM && object->kind == NULL && values->uid != object->values.uid)
		return error_as(
		    STATUS_FAILED,
		    "%s: Operation not permitted: only root can give it to another user",
		    name);
	if (errno == EPERM && object->kind == NULL && values->gid != object->values.gid)
		return error_as(STATUS_FAILED,
		                "%s: Operation not permitted: only a member of the group "
		                "%u can give it to that",
		                name, (unsigned)values->gid);
	return object->kind != NULL ? sysv_error(object->name, object->kind, "")
	                            : error_errno("%s", name);
}

/* Owner and group first: the new bits are not for the old ones. -1 with errno. */
static int change_posix(int fd, const struct access_values *from,
                        const struct access_values *to)
{
	bool changes_owner = from->uid != to->uid || from->gid != to->gid;
	if (changes_owner && change_file_owner(fd, to->uid, to->gid) < 0)
		return -1;
	/* chown(2) may clear bits of the mode */
	if ((!changes_owner && from->mode == to->mode) ||
	    change_file_mode(fd, to->mode) == 0)
		return 0;
	int error = errno;
	if (changes_owner)
		change_file_owner(fd, from->uid, from->gid);
	errno = error;
	return -1;
}

static int change_sysv(const struct access_object *object,
                       const struct access_values *values)
{
	union access_ds ds;
	if (sysv_stat(object->id, object->kind, &ds) < 0)
		return -1;
	ds.perm.uid = values->uid;
	ds.perm.gid = values->gid;
	ds.perm.mode = (unsigned short)values->mode;
	if (object->kind->stat_any == MSG_STAT_ANY)
		ds.queue.msg_qbytes = (unsigned long)values->bytes;
	return object->kind->control(object->id, IPC_SET, &ds);
}

enum status access_change(const struct access_object *object,
                          const struct access_values *values)
{
	int result = object->kind == NULL
	                 ? change_posix(object->fd, &object->values, values)
	                 : change_sysv(object, values);
	return result == 0 ? STATUS_OK : report_refusal(object, values);
}

enum status access_restore(const struct access_object *object)
{
	const struct access_values *values = &object->values;
	/* as if all had been changed */
	struct access_values changed = {
	    .uid = values->uid + 1, .gid = values->gid, .mode = values->mode};
	int result = object->kind == NULL ? change_posix(object->fd, &changed, values)
	                                  : change_sysv(object, values);
	if (result == 0)
		return STATUS_OK;
	struct access_owner_text text;
	int error = errno;
	/* to look a name up changes errno */
	access_owner_text(&text, values->uid, values->gid);
	errno = error;
	return error_errno("%s: cannot restore the owner %s and the mode %04o",
	                   object->name->text, text.text, (unsigned)values->mode);
}

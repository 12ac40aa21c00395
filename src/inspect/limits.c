/* SPDX-License-Identifier: MIT */
#include "inspect/limits.h"

#include <limits.h>
#include <stdio.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/value.h"
#include "io/record.h"
#include "object/shm_path.h"
#include "object/sysv.h"
#include "queue/list.h"

enum { SEM_NUMBERS = 4 }; /* of kernel.sem */

/* The figures that the kernel reports at one moment. */
enum limits_used {
	USED_NONE, /* a limit on each object, or not reported */
	USED_QUEUES,
	USED_QUEUE_BYTES, /* of this user */
	USED_SYSV_QUEUES,
	USED_SEGMENTS,
	USED_PAGES,
	USED_SEMAPHORES,
	USED_SETS,
	USED_SIGNALS,
	USED_FILE_SYSTEM,
	USED_COUNT
};

struct limits_row {
	const char *name;
	const char *sysctl; /* below /proc/sys; NULL: none */
	unsigned char word; /* of the sysctl, from 0 */
	unsigned char used; /* enum limits_used */
	uint64_t highest;   /* that the kernel accepts */
};

static const struct limits_row rows[] = {
    {"fs.mqueue.queues_max", "fs/mqueue/queues_max", 0, USED_QUEUES, INT_MAX},
    {"fs.mqueue.msg_max", "fs/mqueue/msg_max", 0, USED_NONE, 65536},
    {"fs.mqueue.msgsize_max", "fs/mqueue/msgsize_max", 0, USED_NONE, 16777216},
    {"RLIMIT_MSGQUEUE", NULL, RLIMIT_MSGQUEUE, USED_QUEUE_BYTES, INT64_MAX},
    {"kernel.msgmni", "kernel/msgmni", 0, USED_SYSV_QUEUES, SYSV_IDS_MAX},
    {"kernel.msgmax", "kernel/msgmax", 0, USED_NONE, INT_MAX},
    {"kernel.msgmnb", "kernel/msgmnb", 0, USED_NONE, INT_MAX},
    {"kernel.shmmni", "kernel/shmmni", 0, USED_SEGMENTS, SYSV_IDS_MAX},
    {"kernel.shmmax", "kernel/shmmax", 0, USED_NONE, INT64_MAX},
    {"kernel.shmall", "kernel/shmall", 0, USED_PAGES, INT64_MAX},
    {"kernel.sem (SEMMSL)", "kernel/sem", 0, USED_NONE, 65536},
    {"kernel.sem (SEMMNS)", "kernel/sem", 1, USED_SEMAPHORES, INT_MAX},
    {"kernel.sem (SEMOPM)", "kernel/sem", 2, USED_NONE, INT_MAX},
    {"kernel.sem (SEMMNI)", "kernel/sem", 3, USED_SETS, SYSV_IDS_MAX},
    {"RLIMIT_SIGPENDING", NULL, RLIMIT_SIGPENDING, USED_SIGNALS, INT64_MAX},
    {SHM_PATH_DIRECTORY, SHM_PATH_DIRECTORY, 0, USED_FILE_SYSTEM, INT64_MAX},
};

static const struct record_column columns[] = {
    {"limit", -21}, {"used", 12}, {"max", 20}, {"raised by", -1}, {0}};
static const struct record_column members[] = {
    {"limit", 0}, {"used", 0}, {"max", 0}, {"raised_by", 0}, {0}};

/* POSIX queues; -1 if they cannot be listed by this user. */
static void count_queues(int64_t used[USED_COUNT])
{
	struct object_list list = {0};
	uint64_t device;
	if (queue_list(&list, &device)) {
		used[USED_QUEUES] = used[USED_QUEUE_BYTES] = 0;
		for (size_t i = 0; i < list.count; i++) {
			const struct object *object = &list.objects[i];
			if (object->identity.system_v)
				continue;
			used[USED_QUEUES]++;
			if (object->uid == getuid())
				used[USED_QUEUE_BYTES] += object->cost;
		}
	}
	object_list_free(&list);
}

/* The *_INFO commands require no permission: msgctl(2), shmctl(2), semctl(2). */
static void count_sysv(int64_t used[USED_COUNT])
{
	union {
		struct msginfo msg;
		struct shm_info shm;
		struct seminfo sem;
	} info;
	if (msgctl(0, MSG_INFO, (void *)&info) >= 0)
		used[USED_SYSV_QUEUES] = info.msg.msgpool;
	if (shmctl(0, SHM_INFO, (void *)&info) >= 0) {
		used[USED_SEGMENTS] = info.shm.used_ids;
		used[USED_PAGES] = (int64_t)info.shm.shm_tot;
	}
	if (semctl(0, 0, SEM_INFO, &info) >= 0) {
		used[USED_SETS] = info.sem.semusz;
		used[USED_SEMAPHORES] = info.sem.semaem;
	}
}

/* Signals that are queued for this user. */
static void count_signals(int64_t used[USED_COUNT])
{
	char text[4096];
	const char *queued;
	if (procfs_read("/proc/self/status", text, sizeof text) > 0 &&
	    (queued = procfs_find_field(text, "\nSigQ:\t")) != NULL)
		used[USED_SIGNALS] = (int64_t)value_strtoull(queued, NULL, 10);
}

/* The numbers of a sysctl, 0 for those that it has not: false if it cannot be read. */
static bool read_sysctl(const char *name, uint64_t numbers[SEM_NUMBERS])
{
	char path[64], text[128];
	const char *end = text;
	snprintf(path, sizeof path, "/proc/sys/%s", name);
	bool found = procfs_read(path, text, sizeof text) > 0;
	for (int i = 0; i < SEM_NUMBERS; i++)
		numbers[i] = value_strtoull(end, &end, 10);
	return found;
}

/* The command that doubles it. */
static void format_command(char text[128], const struct limits_row *row,
                           const uint64_t numbers[SEM_NUMBERS], uint64_t limit)
{
	unsigned long long next = limit > row->highest / 2 ? row->highest : limit * 2;
	unsigned long long n[SEM_NUMBERS];
	for (int i = 0; i < SEM_NUMBERS; i++)
		n[i] = i == row->word ? next : numbers[i];
	if (row->sysctl == NULL)
		snprintf(text, 128, "ulimit -%c %llu",
		         row->used == USED_SIGNALS ? 'i' : 'q', next);
	else if (row->used == USED_FILE_SYSTEM)
		snprintf(text, 128, "mount -o remount,size=%llu " SHM_PATH_DIRECTORY,
		         next);
	else if (numbers[1] != 0)
		snprintf(text, 128, "sysctl kernel.sem='%llu %llu %llu %llu'", n[0], n[1],
		         n[2], n[3]);
	else
		snprintf(text, 128, "sysctl %s=%llu", row->name, next);
}

/* False if the kernel has no such limit. */
static bool read_limit(const struct limits_row *row, int64_t used[USED_COUNT],
                       uint64_t numbers[SEM_NUMBERS], uint64_t *limit)
{
	struct rlimit resource;
	struct statfs fs;
	numbers[1] = 0;
	*limit = UINT64_MAX;
	if (row->sysctl == NULL) {
		if (getrlimit(row->word, &resource) < 0)
			return false;
		if (resource.rlim_cur != RLIM_INFINITY)
			*limit = resource.rlim_cur;
	} else if (row->used == USED_FILE_SYSTEM) {
		if (statfs(row->sysctl, &fs) < 0)
			return false;
		*limit = fs.f_blocks * (uint64_t)fs.f_bsize;
		used[USED_FILE_SYSTEM] =
		    (int64_t)((fs.f_blocks - fs.f_bfree) * (uint64_t)fs.f_bsize);
	} else {
		if (!read_sysctl(row->sysctl, numbers))
			return false;
		*limit = numbers[row->word];
	}
	return true;
}

static enum status print_limit(const struct limits_row *row, int64_t used[USED_COUNT],
                               bool json)
{
	struct record record;
	uint64_t numbers[SEM_NUMBERS] = {0}, limit;
	char command[128];
	if (!read_limit(row, used, numbers, &limit))
		return STATUS_OK;
	record_begin(&record, json ? members : columns, json);
	record_text(&record, row->name);
	record_count(&record, used[row->used]);
	if (limit == UINT64_MAX)
		record_none(&record);
	else
		record_unsigned(&record, limit);
	format_command(command, row, numbers, limit);
	record_text(&record, limit < row->highest ? command : NULL);
	return record_end(&record);
}

enum status limits_print(bool json)
{
	int64_t used[USED_COUNT];
	bool headed = false;
	for (int i = 0; i < USED_COUNT; i++)
		used[i] = -1;
	count_queues(used);
	count_sysv(used);
	count_signals(used);
	enum status status = record_heading(columns, json, &headed);
	for (size_t i = 0; i < sizeof rows / sizeof *rows && status == STATUS_OK; i++)
		status = print_limit(&rows[i], used, json);
	return status;
}

/* SPDX-License-Identifier: MIT */
#include "census.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONTENTS = 400, MESSAGE = 65536, QUEUE_MESSAGES = 1000 };

/* Neither . nor .. */
static int is_entry(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static const char *type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFIFO: return "fifo";
	case S_IFSOCK: return "socket";
	case S_IFDIR: return "folder";
	case S_IFLNK: return "link";
	default: return "file";
	}
}

/* Does anybody still hold a lock on it? */
static void add_locks(struct text *text, int fd)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		text_add(text, " LOCKED(flock)");
	if (fcntl(fd, F_OFD_GETLK, &all) == 0 && all.l_type != F_UNLCK)
		text_add(text, " LOCKED(record)");
}

static void add_entry(struct text *text, const char *kind, int folder, const char *name,
                      bool show)
{
	struct stat st;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	text_add(text, "%s %s %s %04o", kind, name, type_of(st.st_mode),
	         st.st_mode & 07777);
	if (S_ISREG(st.st_mode)) {
		struct text contents = {0};
		text_add(text, " %lld", (long long)st.st_size);
		if ((st.st_mode & 0600) != 0600)
			(void)fchmodat(folder, name, 0600, 0);
		int fd = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
		if (fd >= 0) {
			text_add_file(&contents, fd, show ? CONTENTS : 0);
			text_add(text, " \"");
			text_add_escaped(text, text_of(&contents), contents.length);
			text_add(text, "\"");
			add_locks(text, fd);
			close(fd);
		}
		text_free(&contents);
	}
	text_add(text, "\n");
}

static void add_message(struct text *text, long number, const void *bytes, size_t length)
{
	text_add(text, " %ld:\"", number);
	text_add_escaped(text, bytes, length);
	text_add(text, "\"");
}

static void add_queue(struct text *text, int folder, const char *name)
{
	static char message[MESSAGE];
	char path[300];
	struct stat st;
	struct mq_attr attributes;
	unsigned int priority;
	ssize_t length;
	if (fstatat(folder, name, &st, 0) < 0)
		return;
	(void)fchmodat(folder, name, 0600, 0);
	snprintf(path, sizeof path, "/%s", name);
	mqd_t queue = mq_open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (queue == (mqd_t)-1 || mq_getattr(queue, &attributes) < 0) {
		text_add(text, "queue %s: %s\n", name, strerror(errno));
		return;
	}
	text_add(text, "queue %s %04o depth %ld size %ld:", name, st.st_mode & 07777,
	         attributes.mq_maxmsg, attributes.mq_msgsize);
	while ((length = mq_receive(queue, message, sizeof message, &priority)) >= 0)
		add_message(text, (long)priority, message, (size_t)length);
	text_add(text, "\n");
	mq_close(queue);
}

static void remove_tree(int folder, const char *name)
{
	struct dirent **list = NULL;
	if (unlinkat(folder, name, 0) == 0 || (errno != EISDIR && errno != EPERM))
		return;
	(void)fchmodat(folder, name, 0700, 0);
	int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int count = fd < 0 ? 0 : scandirat(fd, ".", &list, is_entry, alphasort);
	for (int i = 0; i < count; i++) {
		remove_tree(fd, list[i]->d_name);
		free(list[i]);
	}
	if (count >= 0 && fd >= 0)
		free(list);
	if (fd >= 0)
		close(fd);
	(void)unlinkat(folder, name, AT_REMOVEDIR);
}

/* Each entry of a folder, to a list and out of the way. */
static void take_folder(struct text *text, const char *kind, const char *path,
                        bool contents)
{
	struct dirent **list = NULL;
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int count = folder < 0 ? -1 : scandirat(folder, ".", &list, is_entry, alphasort);
	for (int i = 0; i < count; i++) {
		if (text != NULL && strcmp(kind, "queue") == 0)
			add_queue(text, folder, list[i]->d_name);
		else if (text != NULL)
			add_entry(text, kind, folder, list[i]->d_name, contents);
		remove_tree(folder, list[i]->d_name);
		free(list[i]);
	}
	if (count >= 0)
		free(list);
	if (folder >= 0)
		close(folder);
}

static void add_key(struct text *text, const char *kind, key_t key, unsigned int mode)
{
	if (key == IPC_PRIVATE)
		text_add(text, "%s private %04o", kind, mode & 0777);
	else
		text_add(text, "%s %#x %04o", kind, (unsigned int)key, mode & 0777);
}

static void take_message_queues(struct text *text)
{
	static struct {
		long type;
		char bytes[MESSAGE];
	} message;
	struct msqid_ds queue;
	struct msginfo info;
	int highest = msgctl(0, MSG_INFO, (struct msqid_ds *)(void *)&info);
	for (int index = 0; index <= highest; index++) {
		int id = msgctl(index, MSG_STAT_ANY, &queue);
		if (id < 0)
			continue;
		if (text != NULL) {
			add_key(text, "message queue", queue.msg_perm.__key,
			        queue.msg_perm.mode);
			text_add(text, " bytes %lu:", queue.msg_qbytes);
			ssize_t length;
			for (int n = 0; n < QUEUE_MESSAGES; n++) {
				length = msgrcv(id, &message, sizeof message.bytes, 0,
				                IPC_NOWAIT);
				if (length < 0)
					break;
				add_message(text, message.type, message.bytes,
				            (size_t)length);
			}
			text_add(text, "\n");
		}
		(void)msgctl(id, IPC_RMID, NULL);
	}
}

static void take_segments(struct text *text)
{
	struct shmid_ds segment;
	struct shm_info info;
	int highest = shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&info);
	for (int index = 0; index <= highest; index++) {
		int id = shmctl(index, SHM_STAT_ANY, &segment);
		if (id < 0)
			continue;
		if (text != NULL) {
			add_key(text, "segment", segment.shm_perm.__key,
			        segment.shm_perm.mode);
			text_add(text, " %zu attached %lu \"", segment.shm_segsz,
			         segment.shm_nattch);
			const void *bytes = shmat(id, NULL, SHM_RDONLY);
			if ((intptr_t)bytes != -1) {
				text_add_escaped(text, bytes,
				                 segment.shm_segsz < CONTENTS
				                     ? segment.shm_segsz
				                     : CONTENTS);
				(void)shmdt(bytes);
			}
			text_add(text, "\"\n");
		}
		(void)shmctl(id, IPC_RMID, NULL);
	}
}

static void take_sets(struct text *text)
{
	struct semid_ds set;
	struct seminfo info;
	int highest = semctl(0, 0, SEM_INFO, &info);
	for (int index = 0; index <= highest; index++) {
		int id = semctl(index, 0, SEM_STAT_ANY, &set);
		if (id < 0)
			continue;
		if (text != NULL) {
			add_key(text, "set", set.sem_perm.__key, set.sem_perm.mode);
			for (int i = 0; i < (int)set.sem_nsems; i++)
				text_add(text, " %d(%d,%d)", semctl(id, i, GETVAL),
				         semctl(id, i, GETNCNT), semctl(id, i, GETZCNT));
			text_add(text, "\n");
		}
		(void)semctl(id, 0, IPC_RMID);
	}
}

static void take(struct text *text, const char *folder, bool contents)
{
	const char *queues = getenv("IPCTOOL_MQUEUE");
	take_folder(text, "entry", folder, contents);
	take_folder(text, "memory", "/dev/shm", contents);
	if (queues != NULL)
		take_folder(text, "queue", queues, contents);
	take_message_queues(text);
	take_segments(text);
	take_sets(text);
}

void census_take(struct text *text, const char *folder, bool contents)
{
	take(text, folder, contents);
}

void census_remove(const char *folder)
{
	take(NULL, folder, false);
}

/* SPDX-License-Identifier: MIT */
/*
 * sysv VERB KEY [ARGUMENT...]: the C calls on the other end of System V objects.
 *
 *   send KEY TYPE TEXT           msgsnd(2)
 *   receive KEY TYPE [COUNT]     msgrcv(2): "TYPE TEXT" and a newline for each
 *   feed KEY COUNT TAG           send "TAG.1" to "TAG.COUNT", type 1
 *   queue KEY                    msgctl(2): "MODE QBYTES MESSAGES"
 *   bytes KEY BYTES              msgctl(2): set msg_qbytes
 *   mode KEY MODE                msgctl(2): set the permission bits
 *   owner KEY UID [GID]          msgctl(2): make this user, and this group, the owner
 *   segment KEY SIZE             shmget(2) with IPC_CREAT | IPC_EXCL, mode 0600
 *   write KEY OFFSET TEXT        shmat(2), and copy to it
 *   read KEY OFFSET LENGTH       the other way
 *   hold KEY                     shmat(2): "attached", until standard input ends
 *   attached KEY                 shmctl(2): "MODE SIZE ATTACHED"
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/shm.h>
#include <unistd.h>

struct message {
	long type;
	char text[65536];
};

static long number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 0);
	if (end == text || *end != '\0')
		errx(2, "%s: not a number", text);
	return value;
}

static int queue(const char *key)
{
	int id = msgget((key_t)number(key), 0);
	if (id < 0)
		err(1, "msgget %s", key);
	return id;
}

static void send_text(int id, long type, const char *text)
{
	static struct message message;
	message.type = type;
	memcpy(message.text, text, strlen(text));
	if (msgsnd(id, &message, strlen(text), 0) < 0)
		err(1, "msgsnd");
}

static void receive(int id, long type, long count)
{
	static struct message message;
	while (count-- > 0) {
		ssize_t length = msgrcv(id, &message, sizeof message.text, type, 0);
		if (length < 0)
			err(1, "msgrcv");
		printf("%ld %.*s\n", message.type, (int)length, message.text);
		fflush(stdout);
	}
}

static void feed(int id, long count, const char *tag)
{
	for (long i = 1; i <= count; i++) {
		char text[64];
		snprintf(text, sizeof text, "%s.%ld", tag, i);
		send_text(id, 1, text);
	}
}

static struct msqid_ds facts_of_queue(int id)
{
	struct msqid_ds ds;
	/* its owner may change what he may not read */
	if (msgctl(id, IPC_STAT, &ds) < 0 && msgctl(id, MSG_STAT_ANY, &ds) < 0)
		err(1, "msgctl");
	return ds;
}

static void set_bytes(int id, long bytes)
{
	struct msqid_ds ds = facts_of_queue(id);
	ds.msg_qbytes = (msglen_t)bytes;
	if (msgctl(id, IPC_SET, &ds) < 0)
		err(1, "msgctl");
}

static void set_mode(int id, long mode)
{
	struct msqid_ds ds = facts_of_queue(id);
	ds.msg_perm.mode = (unsigned short)mode;
	if (msgctl(id, IPC_SET, &ds) < 0)
		err(1, "msgctl");
}

static void set_owner(int id, long uid, const char *gid)
{
	struct msqid_ds ds = facts_of_queue(id);
	ds.msg_perm.uid = (uid_t)uid;
	if (gid != NULL)
		ds.msg_perm.gid = (gid_t)number(gid);
	if (msgctl(id, IPC_SET, &ds) < 0)
		err(1, "msgctl");
}

static int segment(const char *key)
{
	int id = shmget((key_t)number(key), 0, 0);
	if (id < 0)
		err(1, "shmget %s", key);
	return id;
}

static char *attach(const char *key)
{
	char *at = shmat(segment(key), NULL, 0);
	if (at == (void *)-1)
		err(1, "shmat %s", key);
	return at;
}

static void hold(const char *key)
{
	char byte;
	attach(key);
	printf("attached\n");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		continue;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 2 ? argv[1] : "";
	if (strcmp(verb, "send") == 0 && argc == 5) {
		send_text(queue(argv[2]), number(argv[3]), argv[4]);
	} else if (strcmp(verb, "receive") == 0 && (argc == 4 || argc == 5)) {
		receive(queue(argv[2]), number(argv[3]), argc == 5 ? number(argv[4]) : 1);
	} else if (strcmp(verb, "feed") == 0 && argc == 5) {
		feed(queue(argv[2]), number(argv[3]), argv[4]);
	} else if (strcmp(verb, "queue") == 0 && argc == 3) {
		struct msqid_ds ds = facts_of_queue(queue(argv[2]));
		printf("%04o %lu %lu\n", ds.msg_perm.mode, ds.msg_qbytes, ds.msg_qnum);
	} else if (strcmp(verb, "bytes") == 0 && argc == 4) {
		set_bytes(queue(argv[2]), number(argv[3]));
	} else if (strcmp(verb, "mode") == 0 && argc == 4) {
		set_mode(queue(argv[2]), number(argv[3]));
	} else if (strcmp(verb, "owner") == 0 && argc >= 4) {
		set_owner(queue(argv[2]), number(argv[3]), argv[4]);
	} else if (strcmp(verb, "segment") == 0 && argc == 4) {
		if (shmget((key_t)number(argv[2]), (size_t)number(argv[3]),
		           IPC_CREAT | IPC_EXCL | 0600) < 0)
			err(1, "shmget %s", argv[2]);
	} else if (strcmp(verb, "write") == 0 && argc == 5) {
		memcpy(attach(argv[2]) + number(argv[3]), argv[4], strlen(argv[4]));
	} else if (strcmp(verb, "read") == 0 && argc == 5) {
		fwrite(attach(argv[2]) + number(argv[3]), 1, (size_t)number(argv[4]),
		       stdout);
	} else if (strcmp(verb, "hold") == 0 && argc == 3) {
		hold(argv[2]);
	} else if (strcmp(verb, "attached") == 0 && argc == 3) {
		struct shmid_ds ds;
		if (shmctl(segment(argv[2]), IPC_STAT, &ds) < 0)
			err(1, "shmctl");
		printf("%04o %zu %lu\n", ds.shm_perm.mode, ds.shm_segsz, ds.shm_nattch);
	} else {
		errx(2, "sysv VERB KEY [ARGUMENT...]");
	}
	return 0;
}

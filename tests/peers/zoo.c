/* SPDX-License-Identifier: MIT */
/*
 * zoo NAME KEY: have one object of each kind, print "ready", and keep them until the end
 * of standard input. /NAME is a queue, a shared memory object and a semaphore; KEY a
 * System V queue, a segment and a set; NAME.fifo, NAME.lock and NAME.socket files here,
 * @NAME a listener. Descriptors from 40 on are the objects, in the order of the calls of
 * main().
 */
#include <err.h>
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int next = 40;

/* Move a descriptor to the next number of the zoo. */
static int keep(int fd, const char *what)
{
	if (fd < 0 || dup2(fd, next) < 0)
		err(1, "%s", what);
	close(fd);
	return next++;
}

static void check(long result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
}

static void queues(const char *slash, key_t key)
{
	struct mq_attr attr = {.mq_maxmsg = 3, .mq_msgsize = 64};
	struct {
		long type;
		char text[4];
	} message = {1, "one"};
	int fd = keep(mq_open(slash, O_CREAT | O_EXCL | O_RDWR, 0640, &attr), "mq_open");
	check(mq_send(fd, "one", 3, 0), "mq_send");
	check(mq_send(fd, "two", 3, 0), "mq_send");
	int id = msgget(key, IPC_CREAT | IPC_EXCL | 0620);
	check(id, "msgget");
	check(msgsnd(id, &message, 3, 0), "msgsnd");
}

static void *map(int fd, size_t size)
{
	void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mapped == MAP_FAILED)
		err(1, "mmap");
	return mapped;
}

/* The first is mapped only, the second is unlinked, the third read-only. */
static void memory(const char *slash, key_t key)
{
	int fd = shm_open(slash, O_CREAT | O_EXCL | O_RDWR, 0600);
	check(fd, "shm_open");
	check(ftruncate(fd, 65536), "ftruncate");
	*(char *)map(fd, 65536) = 'x';
	int again = keep(shm_open(slash, O_RDONLY, 0), "shm_open");
	(void)again;
	close(fd);
	char ghost[300];
	snprintf(ghost, sizeof ghost, "%s.ghost", slash);
	fd = keep(shm_open(ghost, O_CREAT | O_EXCL | O_RDWR, 0600), "shm_open");
	check(ftruncate(fd, 100), "ftruncate");
	check(shm_unlink(ghost), "shm_unlink");
	int id = shmget(key, 8192, IPC_CREAT | IPC_EXCL | 0600);
	check(id, "shmget");
	char *segment = shmat(id, NULL, 0);
	if (segment == (void *)-1)
		err(1, "shmat");
	*segment = 'x';
	fd = keep(memfd_create("zoo", MFD_CLOEXEC), "memfd_create");
	check(ftruncate(fd, 12288), "ftruncate");
}

static void semaphores(const char *slash, key_t key)
{
	unsigned short values[] = {1, 0, 3};
	if (sem_open(slash, O_CREAT | O_EXCL, 0600, 3) == SEM_FAILED)
		err(1, "sem_open");
	int id = semget(key, 3, IPC_CREAT | IPC_EXCL | 0600);
	check(id, "semget");
	check(semctl(id, 0, SETALL, values), "semctl");
}

static void pipes(const char *name)
{
	char path[300];
	int ends[2];
	snprintf(path, sizeof path, "%s.fifo", name);
	check(mkfifo(path, 0600), "mkfifo");
	keep(open(path, O_RDWR), path);
	check(pipe(ends), "pipe");
	keep(ends[0], "pipe");
	keep(ends[1], "pipe");
}

static int bound(int type, const char *name, int listens)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(name);
	memcpy(address.sun_path, name, length);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, type, 0);
	check(fd, "socket");
	check(bind(fd, (struct sockaddr *)&address,
	           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
	      name);
	if (listens)
		check(listen(fd, 5), "listen");
	return fd;
}

static void sockets(const char *name)
{
	char abstract[100], path[100];
	struct sockaddr_un address;
	socklen_t length = sizeof address;
	snprintf(abstract, sizeof abstract, "@%s", name);
	snprintf(path, sizeof path, "%s.socket", name);
	int listener = keep(bound(SOCK_STREAM, abstract, 1), "socket");
	keep(bound(SOCK_DGRAM, path, 0), "socket");
	check(getsockname(listener, (struct sockaddr *)&address, &length), "getsockname");
	int client = keep(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	check(connect(client, (struct sockaddr *)&address, length), "connect");
	int server = keep(accept(listener, NULL, NULL), "accept");
	check(write(client, "unread", 6), "write");
	(void)server;
	/* one that waits */
	client = keep(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	check(connect(client, (struct sockaddr *)&address, length), "connect");
}

static void locks(const char *name)
{
	char path[300];
	struct flock range = {
	    .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5};
	snprintf(path, sizeof path, "%s.lock", name);
	int fd = keep(open(path, O_RDWR | O_CREAT, 0600), path);
	check(flock(fd, LOCK_SH), "flock");
	check(fcntl(fd, F_OFD_SETLK, &range), "fcntl");
	range.l_start = 20;
	range.l_len = 0;
	check(fcntl(fd, F_SETLK, &range), "fcntl");
}

int main(int argc, char **argv)
{
	char slash[256], c;
	if (argc != 3)
		errx(2, "usage: zoo NAME KEY");
	snprintf(slash, sizeof slash, "/%s", argv[1]);
	key_t key = (key_t)strtoul(argv[2], NULL, 0);
	queues(slash, key);
	memory(slash, key);
	semaphores(slash, key);
	pipes(argv[1]);
	sockets(argv[1]);
	keep(eventfd(28, 0), "eventfd");
	locks(argv[1]);
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		continue;
	return 0;
}

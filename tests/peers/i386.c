/* SPDX-License-Identifier: MIT */
/*
 * i386 [VERB [ARGUMENT]]: a 32-bit program without a C library, so that a compiler
 * with -m32 is all that it takes. It prints "ready", then waits by the system call of the
 * verb; its calls are those of the C libraries of i386.
 *   queue /NAME    mq_timedreceive(2) with a time of 64 bits
 *   msgrcv KEY     a message of type 7, by ipc(2)
 *   semop KEY      1 of [0] and 3 of [1], by ipc(2)
 *   setlkw FILE    bytes 8 to 17; setlkw32: the same with the old struct flock
 *   flock FILE     shared
 *   semaphore NAME by a futex in /dev/shm/sem.NAME
 *   fifo FILE      until it is opened for writing
 *   poll, select   for an eventfd; select in its old form
 *   events         of asynchronous input and output, io_getevents(2)
 *   accept NAME    a connection to @NAME, by socketcall(2)
 *   hold NAME      a signal, having /NAME as a queue and as shared memory, an eventfd,
 *                  and a lock on the file NAME.lock
 *   talk KEY NAME  not at all: calls that ipctrace decodes; /dev/shm/NAME is left
 * Without a verb it ends at once.
 */
#ifdef __i386__

#include <stddef.h>
#include <stdint.h>

/* The numbers of i386. */
enum {
	EXIT = 1,
	WRITE = 4,
	OPEN = 5,
	PAUSE = 29,
	FCNTL = 55,
	IO_SETUP = 245,
	IO_GETEVENTS = 247,
	OLD_SELECT = 82,
	SOCKETCALL = 102,
	IPC = 117,
	FLOCK = 143,
	POLL = 168,
	MMAP2 = 192,
	FTRUNCATE64 = 194,
	FCNTL64 = 221,
	FUTEX = 240,
	MQ_OPEN = 277,
	MQ_TIMEDSEND = 279,
	EVENTFD2 = 328,
	MQ_TIMEDRECEIVE_TIME64 = 419
};

/* The kernel's ipc(2) and socketcall(2). */
enum {
	SEMOP = 1,
	SEMGET = 2,
	SEMCTL = 3,
	MSGSND = 11,
	MSGRCV = 12,
	MSGGET = 13,
	MSGCTL = 14
};
enum {
	SOCKET = 1,
	BIND = 2,
	LISTEN = 4,
	ACCEPT = 5,
	SOCKETPAIR = 8,
	SEND = 9,
	RECV = 10
};

enum {
	READ_ONLY = 0,
	READ_WRITE = 2,
	CREATE = 0100,
	LOCK_SHARED = 1,
	SETLK = 6,
	SETLKW = 7,
	SETLK64 = 13,
	SETLKW64 = 14,
	READ_LOCK = 0,
	WRITE_LOCK = 1,
	PROTECTION = 3, /* to read and write */
	SHARED = 1,
	RMID = 0x100, /* with IPC_64 */
	SETVAL = 0x110,
	NOWAIT = 04000,
	UNIX = 1,
	STREAM = 1,
	POLL_IN = 1
};

static int call(int number, long first, long second, long third, long fourth, long fifth)
{
	int result;
	/* the sixth argument, of mmap2 the offset, is 0 */
	__asm__ volatile("push %%ebp; xor %%ebp, %%ebp; int $0x80; pop %%ebp"
	                 : "=a"(result)
	                 : "0"(number), "b"(first), "c"(second), "d"(third), "S"(fourth),
	                   "D"(fifth)
	                 : "memory");
	return result;
}

static size_t length(const char *text)
{
	size_t count = 0;
	while (text[count] != '\0')
		count++;
	return count;
}

static void say(const char *text)
{
	call(WRITE, 1, (long)text, (long)length(text), 0, 0);
}

static _Noreturn void leave(int status)
{
	for (;;)
		call(EXIT, status, 0, 0, 0, 0);
}

static int need(int result, const char *what)
{
	if (result < 0) {
		say(what);
		say(" failed\n");
		leave(1);
	}
	return result;
}

static long number(const char *text)
{
	unsigned long value = 0;
	for (text += 2; *text != '\0'; text++) /* after 0x */
		value = value * 16 +
		        (unsigned long)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
	return (long)value;
}

static int equal(const char *one, const char *other)
{
	while (*one != '\0' && *one == *other) {
		one++;
		other++;
	}
	return *one == *other;
}

/* "before name after" */
static const char *join(const char *before, const char *name, const char *after)
{
	static char text[256];
	const char *parts[] = {before, name, after};
	char *end = text;
	for (size_t i = 0; i < 3; i++)
		for (const char *at = parts[i];
		     *at != '\0' && end < text + sizeof text - 1;)
			*end++ = *at++;
	*end = '\0';
	return text;
}

static int open_file(const char *path, int flags)
{
	return need(call(OPEN, (long)path, flags, 0600, 0, 0), path);
}

static int open_queue(const char *slash)
{
	return need(call(MQ_OPEN, (long)(slash + 1), READ_WRITE, 0, 0, 0), "mq_open");
}

static int eventfd(void)
{
	return need(call(EVENTFD2, 0, 0, 0, 0, 0), "eventfd2");
}

static int ipc(int which, long first, long second, long third, const void *pointer)
{
	return call(IPC, which, first, second, third, (long)pointer);
}

static int socketcall(int which, long first, long second, long third, long fourth)
{
	long words[] = {first, second, third, fourth};
	return call(SOCKETCALL, which, (long)words, 0, 0, 0);
}

/* struct flock64, and the old struct flock */
static int lock(int fd, int command, short type, int start, int count)
{
	struct __attribute__((packed, aligned(4))) {
		short type, whence;
		int64_t start, length;
		int pid;
	} range = {type, 0, start, count, 0};
	return call(FCNTL64, fd, command, (long)&range, 0, 0);
}

static int old_lock(int fd, int command, short type, int start, int count)
{
	struct {
		short type, whence;
		int start, length, pid;
	} range = {type, 0, start, count, 0};
	return call(FCNTL, fd, command, (long)&range, 0, 0);
}

static void *map(int fd, int bytes)
{
	return (void *)(long)call(MMAP2, 0, bytes, PROTECTION, SHARED, fd);
}

struct operation {
	unsigned short index;
	short change, flags;
};

struct old_message {
	void *message;
	long type;
};

struct message {
	long type;
	char text[8];
};

static int accept_at(const char *name)
{
	struct {
		unsigned short family;
		char path[108];
	} address = {UNIX, ""};
	size_t count = length(name);
	for (size_t i = 0; i < count; i++)
		address.path[1 + i] = name[i];
	int fd = need(socketcall(SOCKET, UNIX, STREAM, 0, 0), "socket");
	need(socketcall(BIND, fd, (long)&address, (long)(3 + count), 0), "bind");
	need(socketcall(LISTEN, fd, 5, 0, 0), "listen");
	return fd;
}

static void hold(const char *name)
{
	open_queue(join("/", name, ""));
	map(open_file(join("/dev/shm/", name, ""), READ_WRITE), 4096);
	eventfd();
	need(lock(open_file(join("", name, ".lock"), READ_WRITE | CREATE), SETLK64,
	          WRITE_LOCK, 0, 0),
	     "fcntl");
}

static void talk(long key, const char *name)
{
	struct message message = {7, "hello"};
	struct old_message old = {&message, 7};
	struct operation operation = {1, -2, NOWAIT};
	long value = 5;
	int pair[2] = {-1, -1};
	int id = need(ipc(MSGGET, key, 01600, 0, NULL), "msgget");
	ipc(MSGSND, id, 5, 0, &message);
	ipc(MSGRCV, id, 8, 0, &old);
	ipc(MSGCTL, id, RMID, 0, NULL);
	id = need(ipc(SEMGET, key, 2, 01600, NULL), "semget");
	ipc(SEMCTL, id, 1, SETVAL, &value);
	ipc(SEMOP, id, 1, 0, &operation);
	ipc(SEMCTL, id, 0, RMID, &value);
	need(socketcall(SOCKETPAIR, UNIX, STREAM, 0, (long)pair), "socketpair");
	socketcall(SEND, pair[0], (long)"data", 4, 0);
	socketcall(RECV, pair[1], (long)message.text, 8, 0);
	int fd = open_file(join("/dev/shm/", name, ""), READ_WRITE | CREATE);
	call(FTRUNCATE64, fd, 0x2000, 1, 0, 0); /* 4 GiB and 8 KiB */
	old_lock(fd, SETLK, WRITE_LOCK, 3, 4);
	lock(fd, SETLK64, READ_LOCK, 5, 6);
}

static int wait_by(const char *verb, const char *argument)
{
	struct message message;
	struct old_message old = {&message, 7};
	struct operation operations[] = {{0, -1, 0}, {1, -3, 0}};
	struct {
		int fd;
		short events, result;
	} polled = {-1, POLL_IN, 0};
	volatile unsigned long set[32] = {0};
	unsigned queue_priority;
	char text[8192];
	int fd;
	if (equal(verb, "queue")) {
		fd = open_queue(argument);
		say("ready\n");
		return call(MQ_TIMEDRECEIVE_TIME64, fd, (long)text, sizeof text,
		            (long)&queue_priority, 0);
	}
	if (equal(verb, "msgrcv")) {
		fd = need(ipc(MSGGET, number(argument), 0, 0, NULL), "msgget");
		say("ready\n");
		return ipc(MSGRCV, fd, sizeof message.text, 0, &old);
	}
	if (equal(verb, "semop")) {
		fd = need(ipc(SEMGET, number(argument), 0, 0, NULL), "semget");
		say("ready\n");
		return ipc(SEMOP, fd, 2, 0, operations);
	}
	if (equal(verb, "setlkw") || equal(verb, "setlkw32")) {
		fd = open_file(argument, READ_WRITE);
		say("ready\n");
		return equal(verb, "setlkw") ? lock(fd, SETLKW64, WRITE_LOCK, 8, 10)
		                             : old_lock(fd, SETLKW, WRITE_LOCK, 8, 10);
	}
	if (equal(verb, "flock")) {
		fd = open_file(argument, READ_WRITE);
		say("ready\n");
		return call(FLOCK, fd, LOCK_SHARED, 0, 0, 0);
	}
	if (equal(verb, "semaphore")) {
		int *word =
		    map(open_file(join("/dev/shm/sem.", argument, ""), READ_WRITE), 32);
		say("ready\n");
		return call(FUTEX, (long)word, 0, *word, 0, 0);
	}
	if (equal(verb, "fifo")) {
		say("ready\n");
		return call(OPEN, (long)argument, READ_ONLY, 0, 0, 0);
	}
	if (equal(verb, "poll")) {
		polled.fd = eventfd();
		say("ready\n");
		return call(POLL, (long)&polled, 1, -1, 0, 0);
	}
	if (equal(verb, "select")) {
		fd = eventfd();
		long words[] = {fd + 1, (long)set, 0, 0, 0};
		set[0] = 1ul << fd;
		say("ready\n");
		return call(OLD_SELECT, (long)words, 0, 0, 0, 0);
	}
	if (equal(verb, "accept")) {
		fd = accept_at(argument);
		say("ready\n");
		return socketcall(ACCEPT, fd, 0, 0, 0);
	}
	if (equal(verb, "events")) {
		unsigned long context = 0;
		need(call(IO_SETUP, 1, (long)&context, 0, 0, 0), "io_setup");
		say("ready\n");
		return call(IO_GETEVENTS, (long)context, 1, 1, (long)text, 0);
	}
	if (equal(verb, "hold"))
		hold(argument);
	say("ready\n");
	return call(PAUSE, 0, 0, 0, 0, 0);
}

__attribute__((used)) static void run(long *stack)
{
	char **argv = (char **)(stack + 1);
	if (*stack == 4 && equal(argv[1], "talk"))
		talk(number(argv[2]), argv[3]);
	else if (*stack > 1)
		wait_by(argv[1], *stack > 2 ? argv[2] : "");
	leave(0);
}

__asm__(".globl _start\n"
        "_start:\n"
        "	mov %esp, %eax\n"
        "	xor %ebp, %ebp\n"
        "	and $-16, %esp\n"
        "	sub $12, %esp\n"
        "	push %eax\n"
        "	call run\n");

#else

/* What the linters compile. */
int main(void)
{
	return 1;
}

#endif

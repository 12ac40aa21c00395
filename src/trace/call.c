#include <string.h>
#include <sys/syscall.h>

#include "trace/call.h"

#define ROW(name_, i386, subject_, detail_, kind_, flow_)                                \
	{                                                                                \
#name_, SYS_##name_, i386, TRACE_SUBJECT_##subject_,                     \
		    TRACE_DETAIL_##detail_, TRACE_KIND_##kind_, TRACE_FLOW_##flow_       \
	}

/* The same call by another number of i386, which other architectures do not have. */
#define I386(name_, i386, subject_, detail_, kind_, flow_)                               \
	{                                                                                \
#name_, TRACE_CALL_NONE, i386, TRACE_SUBJECT_##subject_,                 \
		    TRACE_DETAIL_##detail_, TRACE_KIND_##kind_, TRACE_FLOW_##flow_       \
	}

static const struct trace_call calls[] = {
    /* those that most programs call most often */
    ROW(read, 3, STREAM, READ, PIPE, TAKES),
    ROW(write, 4, STREAM, WRITE, PIPE, GIVES),
    ROW(readv, 145, STREAM, RECEIVE, PIPE, TAKES),
    ROW(writev, 146, STREAM, NONE, PIPE, GIVES),
    ROW(splice, 313, STREAM, RECEIVE, PIPE, TAKES),
    ROW(openat, 295, PATH_AT, OPEN_AT, FIFO, NONE),
    ROW(mmap, TRACE_CALL_NONE, MAPPED, SIZE, MEMORY, NONE),
    ROW(futex, 240, ADDRESS, FUTEX, MEMORY, NONE),
    I386(futex, 422, ADDRESS, FUTEX, MEMORY, NONE),
    ROW(fcntl, 221, FILE, FCNTL, LOCK, NONE),
    I386(fcntl, 55, FILE, FCNTL, LOCK, NONE),
    ROW(flock, 143, FILE, FLOCK, LOCK, NONE),
    ROW(ftruncate, 93, MEMORY, SIZE, MEMORY, NONE),
    I386(ftruncate, 194, MEMORY, SIZE, MEMORY, NONE),
    I386(mmap, 192, MAPPED, SIZE, MEMORY, NONE),

    ROW(mq_open, 277, QUEUE_NAME, OPEN, QUEUE, NONE),
    ROW(mq_unlink, 278, QUEUE_NAME, NONE, QUEUE, NONE),
    ROW(mq_timedsend, 279, QUEUE, MQ_SEND, QUEUE, GIVES),
    I386(mq_timedsend, 418, QUEUE, MQ_SEND, QUEUE, GIVES),
    ROW(mq_timedreceive, 280, QUEUE, MQ_RECEIVE, QUEUE, TAKES),
    I386(mq_timedreceive, 419, QUEUE, MQ_RECEIVE, QUEUE, TAKES),
    ROW(mq_notify, 281, QUEUE, NONE, QUEUE, NONE),
    ROW(mq_getsetattr, 282, QUEUE, NONE, QUEUE, NONE),
    ROW(msgget, 399, KEY, GET, QUEUE, NONE),
    ROW(msgsnd, 400, ID, MSGSND, QUEUE, GIVES),
    ROW(msgrcv, 401, ID, MSGRCV, QUEUE, TAKES),
    ROW(msgctl, 402, ID, CONTROL, QUEUE, NONE),
    ROW(semget, 393, KEY, GET_SIZE, SEMAPHORE, NONE),
    ROW(semop, TRACE_CALL_NONE, ID, SEMOP, SEMAPHORE, TAKES),
    ROW(semtimedop, 420, ID, SEMOP, SEMAPHORE, TAKES),
    ROW(semctl, 394, ID, SEMCTL, SEMAPHORE, GIVES),
    ROW(shmget, 395, KEY, GET_SIZE, MEMORY, NONE),
    ROW(shmat, 397, ID, NONE, MEMORY, NONE),
    ROW(shmdt, 398, ADDRESS, NONE, MEMORY, NONE),
    ROW(shmctl, 396, ID, CONTROL, MEMORY, NONE),
    ROW(memfd_create, 356, RESULT, NONE, MEMFD, NONE),

    ROW(eventfd2, 328, RESULT, VALUE, EVENTFD, NONE),
    ROW(pipe2, 331, NONE, PAIR, PIPE, NONE),
    ROW(mknodat, 297, PATH_AT, NONE, FIFO, NONE),
    ROW(unlinkat, 301, PATH_AT, NONE, FIFO, NONE),
    ROW(linkat, 303, PATH_TO_AT, NONE, FIFO, NONE),
    ROW(renameat2, 353, PATH_TO_AT, NONE, FIFO, NONE),

    ROW(socket, 359, RESULT, NONE, SOCKET, NONE),
    ROW(socketpair, 360, NONE, PAIR_AT, SOCKET, NONE),
    ROW(bind, 361, SOCKET, ADDRESS, SOCKET, NONE),
    ROW(connect, 362, SOCKET, ADDRESS, SOCKET, NONE),
    ROW(listen, 363, SOCKET, NUMBER, SOCKET, NONE),
    ROW(accept, TRACE_CALL_NONE, SOCKET, NONE, SOCKET, TAKES),
    ROW(accept4, 364, SOCKET, NONE, SOCKET, TAKES),
    ROW(sendto, 369, SOCKET, SEND, SOCKET, GIVES),
    ROW(sendmsg, 370, SOCKET, NONE, SOCKET, GIVES),
    ROW(recvfrom, 371, SOCKET, RECEIVE, SOCKET, TAKES),
    ROW(recvmsg, 372, SOCKET, RECEIVE, SOCKET, TAKES),
    ROW(shutdown, 373, SOCKET, NUMBER, SOCKET, NONE),

    ROW(kill, 37, PROCESS, SIGNAL, PROCESS, NONE),
    ROW(tkill, 238, PROCESS, SIGNAL, PROCESS, NONE),
    ROW(tgkill, 270, PROCESS, SIGNAL_2, PROCESS, NONE),
    ROW(rt_sigqueueinfo, 178, PROCESS, SIGQUEUE, PROCESS, NONE),
    ROW(rt_tgsigqueueinfo, 335, PROCESS, SIGNAL_2, PROCESS, NONE),
    ROW(pidfd_send_signal, 424, PIDFD, SIGNAL, PROCESS, NONE),

/* architectures that came later do not have these */
#ifdef SYS_open
    ROW(open, 5, PATH, OPEN, FIFO, NONE),
    ROW(unlink, 10, PATH, NONE, FIFO, NONE),
    ROW(link, 9, PATH_TO, NONE, FIFO, NONE),
    ROW(rename, 38, PATH_TO, NONE, FIFO, NONE),
    ROW(mknod, 14, PATH, NONE, FIFO, NONE),
    ROW(pipe, 42, NONE, PAIR, PIPE, NONE),
    ROW(eventfd, 323, RESULT, VALUE, EVENTFD, NONE),
#endif
};

enum { CALLS = sizeof calls / sizeof *calls };

const struct trace_call *trace_call_find(uint64_t number, bool compat)
{
	for (size_t i = 0; i < CALLS; i++)
		if ((compat ? calls[i].number_i386 : calls[i].number) == number &&
		    number != TRACE_CALL_NONE)
			return &calls[i];
	return NULL;
}

const struct trace_call *trace_call_named(const char *name, size_t length)
{
	for (size_t i = 0; i < CALLS; i++)
		if (strncmp(calls[i].name, name, length) == 0 &&
		    calls[i].name[length] == '\0')
			return &calls[i];
	return NULL;
}

const struct trace_call *trace_call_at(size_t index)
{
	return index < CALLS ? &calls[index] : NULL;
}

/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sys/syscall.h>

#include "trace/call.h"

/*
 * name, number, number of a call of i386, subject, detail, kind, flow. The first ones are
 * those that most programs call most often.
 */
#define CALLS(ROW)                                                                       \
	ROW(read, SYS_read, 3, STREAM, READ, PIPE, TAKES)                                \
	ROW(write, SYS_write, 4, STREAM, WRITE, PIPE, GIVES)                             \
	ROW(readv, SYS_readv, 145, STREAM, RECEIVE, PIPE, TAKES)                         \
	ROW(writev, SYS_writev, 146, STREAM, NONE, PIPE, GIVES)                          \
	ROW(splice, SYS_splice, 313, STREAM, RECEIVE, PIPE, TAKES)                       \
	ROW(openat, SYS_openat, 295, PATH_AT, OPEN_AT, FIFO, NONE)                       \
	ROW(mmap, SYS_mmap, TRACE_CALL_NONE, MAPPED, SIZE, MEMORY, NONE)                 \
	ROW(futex, SYS_futex, 240, ADDRESS, FUTEX, MEMORY, NONE)                         \
	ROW(futex, TRACE_CALL_NONE, 422, ADDRESS, FUTEX, MEMORY, NONE)                   \
	ROW(fcntl, SYS_fcntl, 221, FILE, FCNTL, LOCK, NONE)                              \
	ROW(fcntl, TRACE_CALL_NONE, 55, FILE, FCNTL, LOCK, NONE)                         \
	ROW(flock, SYS_flock, 143, FILE, FLOCK, LOCK, NONE)                              \
	ROW(ftruncate, SYS_ftruncate, 93, MEMORY, SIZE, MEMORY, NONE)                    \
	ROW(ftruncate, TRACE_CALL_NONE, 194, MEMORY, SIZE, MEMORY, NONE)                 \
	ROW(mmap, TRACE_CALL_NONE, 192, MAPPED, SIZE, MEMORY, NONE)                      \
	ROW(mq_open, SYS_mq_open, 277, QUEUE_NAME, OPEN, QUEUE, NONE)                    \
	ROW(mq_unlink, SYS_mq_unlink, 278, QUEUE_NAME, NONE, QUEUE, NONE)                \
	ROW(mq_timedsend, SYS_mq_timedsend, 279, QUEUE, MQ_SEND, QUEUE, GIVES)           \
	ROW(mq_timedsend, TRACE_CALL_NONE, 418, QUEUE, MQ_SEND, QUEUE, GIVES)            \
	ROW(mq_timedreceive, SYS_mq_timedreceive, 280, QUEUE, MQ_RECEIVE, QUEUE, TAKES)  \
	ROW(mq_timedreceive, TRACE_CALL_NONE, 419, QUEUE, MQ_RECEIVE, QUEUE, TAKES)      \
	ROW(mq_notify, SYS_mq_notify, 281, QUEUE, NONE, QUEUE, NONE)                     \
	ROW(mq_getsetattr, SYS_mq_getsetattr, 282, QUEUE, NONE, QUEUE, NONE)             \
	ROW(msgget, SYS_msgget, 399, KEY, GET, QUEUE, NONE)                              \
	ROW(msgsnd, SYS_msgsnd, 400, ID, MSGSND, QUEUE, GIVES)                           \
	ROW(msgrcv, SYS_msgrcv, 401, ID, MSGRCV, QUEUE, TAKES)                           \
	ROW(msgctl, SYS_msgctl, 402, ID, CONTROL, QUEUE, NONE)                           \
	ROW(semget, SYS_semget, 393, KEY, GET_SIZE, SEMAPHORE, NONE)                     \
	ROW(semtimedop, SYS_semtimedop, 420, ID, SEMOP, SEMAPHORE, TAKES)                \
	ROW(semctl, SYS_semctl, 394, ID, SEMCTL, SEMAPHORE, GIVES)                       \
	ROW(shmget, SYS_shmget, 395, KEY, GET_SIZE, MEMORY, NONE)                        \
	ROW(shmat, SYS_shmat, 397, ID, NONE, MEMORY, NONE)                               \
	ROW(shmdt, SYS_shmdt, 398, ADDRESS, NONE, MEMORY, NONE)                          \
	ROW(shmctl, SYS_shmctl, 396, ID, CONTROL, MEMORY, NONE)                          \
	ROW(memfd_create, SYS_memfd_create, 356, RESULT, NONE, MEMFD, NONE)              \
	ROW(eventfd2, SYS_eventfd2, 328, RESULT, VALUE, EVENTFD, NONE)                   \
	ROW(pipe2, SYS_pipe2, 331, NONE, PAIR, PIPE, NONE)                               \
	ROW(mknodat, SYS_mknodat, 297, PATH_AT, NONE, FIFO, NONE)                        \
	ROW(unlinkat, SYS_unlinkat, 301, PATH_AT, NONE, FIFO, NONE)                      \
	ROW(linkat, SYS_linkat, 303, PATH_TO_AT, NONE, FIFO, NONE)                       \
	ROW(renameat2, SYS_renameat2, 353, PATH_TO_AT, NONE, FIFO, NONE)                 \
	ROW(socket, SYS_socket, 359, RESULT, NONE, SOCKET, NONE)                         \
	ROW(socketpair, SYS_socketpair, 360, NONE, PAIR_AT, SOCKET, NONE)                \
	ROW(bind, SYS_bind, 361, SOCKET, ADDRESS, SOCKET, NONE)                          \
	ROW(connect, SYS_connect, 362, SOCKET, ADDRESS, SOCKET, NONE)                    \
	ROW(listen, SYS_listen, 363, SOCKET, NUMBER, SOCKET, NONE)                       \
	ROW(accept4, SYS_accept4, 364, SOCKET, NONE, SOCKET, TAKES)                      \
	ROW(sendto, SYS_sendto, 369, SOCKET, SEND, SOCKET, GIVES)                        \
	ROW(sendmsg, SYS_sendmsg, 370, SOCKET, NONE, SOCKET, GIVES)                      \
	ROW(recvfrom, SYS_recvfrom, 371, SOCKET, RECEIVE, SOCKET, TAKES)                 \
	ROW(recvmsg, SYS_recvmsg, 372, SOCKET, RECEIVE, SOCKET, TAKES)                   \
	ROW(shutdown, SYS_shutdown, 373, SOCKET, NUMBER, SOCKET, NONE)                   \
	ROW(kill, SYS_kill, 37, PROCESS, SIGNAL, PROCESS, NONE)                          \
	ROW(tkill, SYS_tkill, 238, PROCESS, SIGNAL, PROCESS, NONE)                       \
	ROW(tgkill, SYS_tgkill, 270, PROCESS, SIGNAL_2, PROCESS, NONE)                   \
	ROW(rt_sigqueueinfo, SYS_rt_sigqueueinfo, 178, PROCESS, SIGQUEUE, PROCESS, NONE) \
	ROW(rt_tgsigqueueinfo, SYS_rt_tgsigqueueinfo, 335, PROCESS, SIGNAL_2, PROCESS,   \
	    NONE)                                                                        \
	ROW(pidfd_send_signal, SYS_pidfd_send_signal, 424, PIDFD, SIGNAL, PROCESS, NONE)

/* Architectures that came later do not have these. */
#ifdef SYS_open
#define OLD_CALLS(ROW)                                                                   \
	ROW(open, SYS_open, 5, PATH, OPEN, FIFO, NONE)                                   \
	ROW(unlink, SYS_unlink, 10, PATH, NONE, FIFO, NONE)                              \
	ROW(link, SYS_link, 9, PATH_TO, NONE, FIFO, NONE)                                \
	ROW(rename, SYS_rename, 38, PATH_TO, NONE, FIFO, NONE)                           \
	ROW(mknod, SYS_mknod, 14, PATH, NONE, FIFO, NONE)                                \
	ROW(pipe, SYS_pipe, 42, NONE, PAIR, PIPE, NONE)                                  \
	ROW(eventfd, SYS_eventfd, 323, RESULT, VALUE, EVENTFD, NONE)
#else
#define OLD_CALLS(ROW)
#endif

/* Nor does s390x have these. */
#ifdef SYS_semop
#define MORE_CALLS(ROW)                                                                  \
	ROW(semop, SYS_semop, TRACE_CALL_NONE, ID, SEMOP, SEMAPHORE, TAKES)              \
	ROW(accept, SYS_accept, TRACE_CALL_NONE, SOCKET, NONE, SOCKET, TAKES)
#else
#define MORE_CALLS(ROW)
#endif

#define ALL_CALLS(ROW) CALLS(ROW) MORE_CALLS(ROW) OLD_CALLS(ROW)

#define NAME_OF_ROW(name, ...) #name "\0"
#define ROW_OF_TABLE(name, number, i386, subject, detail, kind, flow)                    \
	{number,                                                                         \
	 i386,                                                                           \
	 TRACE_SUBJECT_##subject,                                                        \
	 TRACE_DETAIL_##detail,                                                          \
	 TRACE_KIND_##kind,                                                              \
	 TRACE_FLOW_##flow},

static const char call_names[] = ALL_CALLS(NAME_OF_ROW);
static const struct trace_call calls[] = {ALL_CALLS(ROW_OF_TABLE)};

enum { CALLS_COUNT = sizeof calls / sizeof *calls };

const struct trace_call *trace_call_find(uint64_t number, bool compat)
{
	for (size_t i = 0; i < CALLS_COUNT; i++)
		if ((compat ? calls[i].number_i386 : calls[i].number) == number &&
		    number != TRACE_CALL_NONE)
			return &calls[i];
	return NULL;
}

const char *trace_call_name(const struct trace_call *call)
{
	const char *name = call_names;
	for (const struct trace_call *at = calls; at < call; at++)
		name += strlen(name) + 1;
	return name;
}

const struct trace_call *trace_call_named(const char *name, size_t length)
{
	const char *at = call_names;
	for (size_t i = 0; i < CALLS_COUNT; i++, at += strlen(at) + 1)
		if (strncmp(at, name, length) == 0 && at[length] == '\0')
			return &calls[i];
	return NULL;
}

const struct trace_call *trace_call_at(size_t index)
{
	return index < CALLS_COUNT ? &calls[index] : NULL;
}

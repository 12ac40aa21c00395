/* SPDX-License-Identifier: MIT */
/*
 * The system calls that are traced: a row for each, that says where its object is found
 * and what its arguments are.
 */
#ifndef TRACE_CALL_H
#define TRACE_CALL_H

#include <stdint.h>

#include "trace/object.h"

/* How the object is found: by argument 0, unless another is named. */
enum trace_subject {
	TRACE_SUBJECT_NONE,
	TRACE_SUBJECT_QUEUE_NAME,
	TRACE_SUBJECT_QUEUE,      /* descriptor */
	TRACE_SUBJECT_STREAM,     /* descriptor: only of a FIFO, pipe, socket, eventfd */
	TRACE_SUBJECT_SOCKET,     /* descriptor */
	TRACE_SUBJECT_MEMORY,     /* descriptor: only of shared memory */
	TRACE_SUBJECT_MAPPED,     /* the same in argument 4 */
	TRACE_SUBJECT_FILE,       /* descriptor of what is locked */
	TRACE_SUBJECT_ID,         /* System V, of the row's kind */
	TRACE_SUBJECT_KEY,        /* the same */
	TRACE_SUBJECT_ADDRESS,    /* shared memory */
	TRACE_SUBJECT_PATH,       /* below /dev/shm, or a FIFO */
	TRACE_SUBJECT_PATH_AT,    /* the same in arguments 0 and 1 */
	TRACE_SUBJECT_PATH_TO,    /* the same in argument 1 */
	TRACE_SUBJECT_PATH_TO_AT, /* the same in arguments 2 and 3 */
	TRACE_SUBJECT_PROCESS,
	TRACE_SUBJECT_PIDFD,
	TRACE_SUBJECT_RESULT, /* the descriptor that is returned */
};

/* The values that are shown beside it; numbers are those of the arguments. */
enum trace_detail {
	TRACE_DETAIL_NONE,
	TRACE_DETAIL_OPEN,       /* flags 1, mode 2 */
	TRACE_DETAIL_OPEN_AT,    /* flags 2, mode 3 */
	TRACE_DETAIL_SEND,       /* size 2 */
	TRACE_DETAIL_MQ_SEND,    /* size 2, priority 3 */
	TRACE_DETAIL_RECEIVE,    /* size is the result */
	TRACE_DETAIL_MQ_RECEIVE, /* the same, priority at 3 */
	TRACE_DETAIL_MSGSND,     /* type at 1, size 2 */
	TRACE_DETAIL_MSGRCV,     /* type 3, then that at 1 */
	TRACE_DETAIL_GET,        /* flags 1 */
	TRACE_DETAIL_GET_SIZE,   /* size 1, flags 2 */
	TRACE_DETAIL_CONTROL,    /* command 1 */
	TRACE_DETAIL_SEMCTL,     /* index 1, command 2, value 3 */
	TRACE_DETAIL_SEMOP,      /* operations at 1, their number 2 */
	TRACE_DETAIL_SIZE,       /* size 1 */
	TRACE_DETAIL_FUTEX,      /* operation 1 */
	TRACE_DETAIL_FLOCK,      /* operation 1 */
	TRACE_DETAIL_FCNTL,      /* command 1, struct flock at 2 */
	TRACE_DETAIL_READ,       /* the result; the number of an eventfd at 1 */
	TRACE_DETAIL_WRITE,      /* size 2; the number of an eventfd at 1 */
	TRACE_DETAIL_SIGNAL,     /* 1 */
	TRACE_DETAIL_SIGNAL_2,   /* 2, of a thread */
	TRACE_DETAIL_SIGQUEUE,   /* 1, siginfo_t at 2 */
	TRACE_DETAIL_ADDRESS,    /* of a socket, at 1, length 2 */
	TRACE_DETAIL_VALUE,      /* 0 */
	TRACE_DETAIL_NUMBER,     /* 1 */
	TRACE_DETAIL_PAIR,       /* two descriptors at 0 */
	TRACE_DETAIL_PAIR_AT,    /* two descriptors at 3 */
};

enum { TRACE_CALL_NONE = 0xffff };

struct trace_call {
	unsigned short number, number_i386; /* TRACE_CALL_NONE: none */
	unsigned short subject : 5, detail : 5, kind : 4, flow : 2;
};

/* The row of a call; NULL: it is not traced. `compat`: by a call of i386. */
const struct trace_call *trace_call_find(uint64_t number, bool compat);

/* The same by the name, for calls that the kernel names. */
const struct trace_call *trace_call_named(const char *name, size_t length);

const char *trace_call_name(const struct trace_call *call);

/* The rows in turn; NULL after the last one. */
const struct trace_call *trace_call_at(size_t index);

#endif

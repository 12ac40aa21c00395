/* SPDX-License-Identifier: MIT */
/*
 * Message queues: one interface to both families, POSIX and System V.
 *
 * See mq_overview(7), sysvipc(7). Functions that return a status have reported their
 * failure, with the name and the value of the limit that was exceeded. Sending, receiving
 * and waiting return -1 with errno instead; queue_error() reports it.
 */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/deadline.h"
#include "base/status.h"
#include "object/name.h"
#include "object/sysv.h"
#include "stream/frame.h"

/* Which message to receive. All but the first kind require System V, see msgop(2). */
enum queue_choice_kind {
	QUEUE_CHOOSE_FIRST,  /* the oldest; POSIX: the oldest of the highest priority */
	QUEUE_CHOOSE_TYPE,   /* the first of type `number` */
	QUEUE_CHOOSE_LOWEST, /* the first of the lowest type that is at most `number` */
	QUEUE_CHOOSE_EXCEPT, /* the first that is not of type `number` */
	QUEUE_CHOOSE_COPY,   /* a copy of the message at position `number`, counted from
	                        0; never waits */
};

struct queue_choice {
	enum queue_choice_kind kind;
	int64_t number;
};

/* Bytes before the buffer of queue_receive(), for the type of a System V message. */
enum { QUEUE_HEADROOM = sizeof(int64_t) };

struct queue_msgbuf;

struct queue {
	const struct name *name; /* must outlive the queue */
	int fd;                  /* POSIX: the descriptor, which can be polled; else -1 */
	int32_t id;              /* System V */
	bool may_send;
	int64_t depth;          /* maximum number of messages; -1: no such limit */
	int64_t size;           /* bytes of the longest message: size of a buffer */
	const char *size_limit; /* the limit of size; NULL: the queue's message size */
	struct queue_choice choice;    /* what to receive: set it after opening */
	struct queue_msgbuf *outgoing; /* System V: a buffer to send from */
};

/* The priorities that a message can have; System V: the types. */
const struct frame_priorities *queue_priorities(const struct name *name);

/* Attributes of a new queue; 0: the default of the kernel. */
struct queue_attributes {
	int64_t depth, size; /* POSIX */
	int64_t bytes;       /* System V: bytes of all messages together, msg_qbytes */
};

struct queue_facts {
	mode_t mode;
	uid_t uid, creator; /* POSIX: the same */
	gid_t gid, creator_group;
	int64_t depth; /* -1: no such limit */
	int64_t size, messages;
	int64_t bytes; /* of all messages; -1: unknown, no permission to read */
	pid_t notify;  /* process registered for notification; 0: none, -1: unknown */
	/* System V */
	int64_t capacity; /* maximum of bytes */
	int32_t id, key;  /* key 0: none */
	pid_t sender;     /* process that sent the last message; 0: none yet */
	pid_t receiver;   /* process that received the last message; 0: none yet */
};

enum queue_access {
	QUEUE_SEND,    /* depth and size may be 0: see queue_get_attributes() */
	QUEUE_RECEIVE, /* and send, if permitted: to put a message back */
	QUEUE_INSPECT, /* facts and poll; permission to read or to write is enough */
};

/*
 * Create a queue with exactly these permission bits, and open it for QUEUE_INSPECT. On
 * failure no queue is left. STATUS_EXISTS, reported, if it exists.
 */
enum status queue_create(struct queue *queue, const struct name *name,
                         const struct queue_attributes *attributes, mode_t mode);

/*
 * The same, but succeed if a queue of this user or root exists with these permission bits
 * and the attributes that are not 0; *is_new is false then. STATUS_EXISTS, reported with
 * the differences, if the existing queue is another one.
 */
enum status queue_ensure(struct queue *queue, const struct name *name,
                         const struct queue_attributes *attributes, mode_t mode,
                         bool *is_new);

enum status queue_open(struct queue *queue, const struct name *name,
                       enum queue_access access);
void queue_close(struct queue *queue);

/* Fill in depth and size, if opening has not done so. */
enum status queue_get_attributes(struct queue *queue);
enum status queue_facts(const struct queue *queue, struct queue_facts *facts);

extern const struct sysv_kind queue_sysv_kind;

/*
 * POSIX: a descriptor for fchmod(2) and fchownat(2), which is to be closed. A queue that
 * this process can neither read nor write is reached only through a mounted mqueue file
 * system. A failure is reported.
 */
enum status queue_open_node(const struct name *name, int *fd);

/* Remove the name, or the System V queue. STATUS_NOT_FOUND: reported, unless
 * missing_is_fine. */
enum status queue_unlink(const struct name *name, bool missing_is_fine);

/*
 * Send a message, waiting until the deadline for room. At least one try is made, also
 * after a termination signal, so that a message can be put back. 0, or -1 with errno:
 * EAGAIN or ETIMEDOUT at the deadline, EINTR after a termination signal, EMSGSIZE, EBADF
 * …
 */
int queue_send(const struct queue *queue, const void *message, size_t length,
               int64_t priority, const struct deadline *deadline);

/*
 * Receive the message of queue->choice, waiting until the deadline for it: its length.
 * buffer holds queue->size bytes and is aligned as an int64_t; System V: the
 * QUEUE_HEADROOM bytes before it are overwritten. -1 with errno as above, and EPIPE if
 * the reader of the output (a descriptor, or -1) closed it during the wait; no message is
 * received then, nor after a termination signal.
 */
ssize_t queue_receive(const struct queue *queue, void *buffer, int64_t *priority,
                      const struct deadline *deadline, int reader);

/*
 * Wait until the deadline for a message of queue->choice, and receive none: 0, or -1 with
 * errno as above. A System V queue that is open for QUEUE_RECEIVE: an empty message is
 * received and sent again, so permission to write is required too (EACCES).
 */
int queue_await(const struct queue *queue, const struct deadline *deadline);

/* A queue without a descriptor, which cannot notify, is a usage error. */
enum status queue_check_pollable(const struct name *name);

/*
 * Report errno of one of these functions ("/jobs: the queue is empty"), and return its
 * status. `before` is printed before the reason, see error_after(). Silent after a
 * termination signal and for EPIPE.
 */
enum queue_action { QUEUE_SENDING, QUEUE_RECEIVING };
enum status queue_error(const struct queue *queue, enum queue_action action,
                        const char *before);

#endif

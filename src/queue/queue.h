/*
 * Message queues: one interface, a family of system calls behind it.
 *
 * See mq_overview(7). Functions that return a status have reported their
 * failure in words, with the limit's name and value where a limit was met.
 * Those of the hot path return -1 with errno; queue_error() reports it.
 */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/deadline.h"
#include "base/status.h"
#include "base/value.h"
#include "object/name.h"
#include "stream/frame.h"

/* Which message to receive. The others than the first are System V's, see msgop(2). */
enum queue_choice_kind {
	QUEUE_CHOOSE_FIRST,  /* the oldest; in POSIX the oldest of the highest priority */
	QUEUE_CHOOSE_TYPE,   /* the first of type `number` */
	QUEUE_CHOOSE_LOWEST, /* the first of the lowest type, which is at most `number` */
	QUEUE_CHOOSE_EXCEPT, /* the first that is not of type `number` */
	QUEUE_CHOOSE_COPY, /* that at `number`, from 0: it stays there, nothing is waited
	                      for */
};

struct queue_choice {
	enum queue_choice_kind kind;
	int64_t number;
};

enum { QUEUE_HEADROOM = sizeof(int64_t) };

struct queue_msgbuf;

struct queue {
	const struct name *name; /* the caller's; must outlive the queue */
	int fd;                  /* POSIX: the descriptor, for poll(2) too; else -1 */
	int32_t id;              /* System V */
	bool may_send;
	int64_t depth;              /* messages at most; -1: no limit of its own */
	int64_t size;               /* bytes a message at most: what a buffer must hold */
	const char *size_limit;     /* which limit that is; NULL: the queue's own size */
	struct queue_choice choice; /* what to receive: set it after opening */
	struct queue_msgbuf *outgoing; /* System V: room to send from */
};

/* What a message can bear on such a queue: priorities, or types in System V. */
const struct frame_priorities *queue_priorities(const struct name *name);

/* What mqcreate asks for; 0 is the kernel's default. */
struct queue_attributes {
	int64_t depth, size; /* POSIX */
	int64_t bytes;       /* System V: of all messages together, msg_qbytes */
};

struct queue_facts {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	int64_t depth; /* -1: no limit of its own */
	int64_t size, messages;
	int64_t bytes; /* -1: unknown without read permission; notify too */
	pid_t notify;  /* who is registered for notification; 0: nobody */
	/* System V */
	int64_t capacity; /* bytes that all messages together may have */
	int32_t id, key;  /* key 0: none */
	pid_t sender;     /* the last one; 0: nobody yet */
	pid_t receiver;   /* the same */
};

enum queue_access {
	QUEUE_SEND,    /* depth and size may be 0: see queue_get_attributes() */
	QUEUE_RECEIVE, /* and, where permitted, send: to put back */
	QUEUE_INSPECT, /* facts and poll; any permission will do */
};

/*
 * Make a queue with exactly these permission bits, and open it to be looked at; nothing
 * is left behind on failure. Where it is there already that is STATUS_EXISTS: reported,
 * unless existing_is_fine; then that one is opened.
 */
enum status queue_create(struct queue *queue, const struct name *name,
                         const struct queue_attributes *attributes, mode_t mode,
                         bool existing_is_fine);

enum status queue_open(struct queue *queue, const struct name *name,
                       enum queue_access access);
void queue_close(struct queue *queue);

/* See that depth and size are known; a failure is reported. */
enum status queue_get_attributes(struct queue *queue);
enum status queue_facts(const struct queue *queue, struct queue_facts *facts);

/* STATUS_NOT_FOUND is reported too, unless missing_is_fine. */
enum status queue_unlink(const struct name *name, bool missing_is_fine);

/*
 * Wait until the deadline for room. At least one try is made, so that a message can
 * be put back when a signal has asked to end. -1: errno EAGAIN or ETIMEDOUT at the
 * deadline, EINTR when asked to end, EMSGSIZE, EBADF …
 */
int queue_send(const struct queue *queue, const void *message, size_t length,
               int64_t priority, const struct deadline *deadline);

/*
 * Wait until the deadline for a message and take the one of queue->choice; buffer holds
 * queue->size bytes, is aligned, and has QUEUE_HEADROOM bytes in front of it that are
 * written to; returns its length, 0 for an empty one. -1 with errno
 * as above, and EPIPE where it was waiting and the reader of the output (a descriptor, or
 * -1) has left: then nothing was taken, and nothing is once a signal has asked to end.
 */
ssize_t queue_receive(const struct queue *queue, void *buffer, int64_t *priority,
                      const struct deadline *deadline, int reader);

/*
 * A usage error for a queue that has no descriptor: a System V queue can neither be
 * waited for without taking from it, nor notify.
 */
enum status queue_check_pollable(const struct name *name);

/*
 * Wait until the deadline for a message in any of the queues and take none: the
 * index of the first queue that has one, or -1 with errno as above.
 */
int queue_wait(const struct queue *queues, int count, const struct deadline *deadline);

/*
 * Report errno of one of these, in words ("/jobs: the queue is empty"), and return
 * its status. `before` is what to say in front of the reason, "" for nothing.
 * Silent where a signal asked to end or a reader left.
 */
enum queue_action { QUEUE_SENDING, QUEUE_RECEIVING };
enum status queue_error(const struct queue *queue, enum queue_action action,
                        const char *before);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The functions of a family of message queues; queue/queue.c chooses the family by the
 * name. Their contracts are those of the functions in queue/queue.h. For queue/queue.c
 * and the families alone.
 */
#ifndef QUEUE_FAMILY_H
#define QUEUE_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "queue/queue.h"

struct queue_family {
	struct frame_priorities priorities;
	/* *is_new false: the queue exists, and is open for QUEUE_INSPECT; is_new NULL:
	 * that is STATUS_EXISTS */
	enum status (*create)(struct queue *queue, const struct name *name,
	                      const struct queue_attributes *attributes, mode_t mode,
	                      bool *is_new);
	enum status (*open)(struct queue *queue, const struct name *name,
	                    enum queue_access access);
	void (*close)(struct queue *queue);
	enum status (*get_attributes)(struct queue *queue); /* NULL: open does it */
	enum status (*facts)(const struct queue *queue, struct queue_facts *facts);
	enum status (*unlink)(const struct name *name, bool missing_is_fine);
	int (*send)(const struct queue *queue, const void *message, size_t length,
	            int64_t priority, const struct deadline *deadline);
	ssize_t (*receive)(const struct queue *queue, void *buffer, int64_t *priority,
	                   const struct deadline *deadline, int reader);
	int (*await)(const struct queue *queue, const struct deadline *deadline);
	/* errors that queue_error() does not know; NULL: the text of errno is reported */
	enum status (*error)(const struct queue *queue, const char *before);
};

/*
 * queue/attributes.c: STATUS_EXISTS, reported with the differences, unless the existing
 * queue has an owner that is trusted, these permission bits, and the attributes that are
 * not 0.
 */
enum status queue_check_existing(const struct name *name, const struct queue_facts *facts,
                                 const struct queue_attributes *attributes, mode_t mode);

/*
 * queue/posix.c: the bytes that a queue counts against RLIMIT_MSGQUEUE (getrlimit(2)), on
 * 64 bit: the messages, a struct msg_msg for each, and a tree node for each possible
 * priority.
 */
struct mq_attr;
int64_t queue_posix_cost(const struct mq_attr *attr);

extern const struct queue_family queue_posix_family, queue_sysv_family;

#endif

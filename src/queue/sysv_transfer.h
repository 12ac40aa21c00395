/* SPDX-License-Identifier: MIT */
/*
 * The functions of the System V family that move messages, see queue/family.h. For
 * queue/sysv.c alone.
 */
#ifndef QUEUE_SYSV_TRANSFER_H
#define QUEUE_SYSV_TRANSFER_H

#include "queue/queue.h"

/* The struct msgbuf of msgop(2). */
struct queue_msgbuf {
	long type;
	char text[];
};

_Static_assert(sizeof(struct queue_msgbuf) == QUEUE_HEADROOM,
               "a buffer of queue_receive() has room for the type");

int queue_sysv_send(const struct queue *queue, const void *message, size_t length,
                    int64_t type, const struct deadline *deadline);
ssize_t queue_sysv_receive(const struct queue *queue, void *buffer, int64_t *type,
                           const struct deadline *deadline, int reader);
int queue_sysv_await(const struct queue *queue, const struct deadline *deadline);

#endif

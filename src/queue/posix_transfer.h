/* SPDX-License-Identifier: MIT */
/*
 * The functions of the POSIX family that move messages, see queue/family.h. For
 * queue/posix.c alone.
 */
#ifndef QUEUE_POSIX_TRANSFER_H
#define QUEUE_POSIX_TRANSFER_H

#include "queue/queue.h"

int queue_posix_send(const struct queue *queue, const void *message, size_t length,
                     int64_t priority, const struct deadline *deadline);
ssize_t queue_posix_receive(const struct queue *queue, void *buffer, int64_t *priority,
                            const struct deadline *deadline, int reader);
int queue_posix_await(const struct queue *queue, const struct deadline *deadline);

#endif

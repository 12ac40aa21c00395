/* SPDX-License-Identifier: MIT */
/*
 * For inspect/waits.c: waiting for descriptors, one or a set of them. Of those that are
 * no objects themselves it is found out which descriptors an epoll set has, and which
 * process a pidfd refers to.
 */
#ifndef INSPECT_WAITS_FD_H
#define INSPECT_WAITS_FD_H

#include "inspect/waits_thread.h"

/* The object that a descriptor of the process refers to, or OBJECT_NONE. */
int waits_fd_object(const struct waits_thread *thread, int fd);

/* A wait for a descriptor, of BLOCKED_DATA, BLOCKED_ROOM … */
void waits_fd_add(struct waits_thread *thread, int fd, enum blocked_on on);

/* At those of the sets of poll(2) and select(2), by the arguments of the call. */
void waits_fd_add_poll(struct waits_thread *thread);
void waits_fd_add_select(struct waits_thread *thread);

/* A wait for signals: one for SIGCHLD is a wait for children. */
void waits_fd_add_signals(const struct waits_thread *thread, uint64_t signals);

#endif

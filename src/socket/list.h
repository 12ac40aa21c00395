/* SPDX-License-Identifier: MIT */
/*
 * All local sockets of the network namespace, for ipcls: see object/list.h, sock_diag(7).
 *
 * The name is the ADDRESS of a socket that a peer can reach: one that listens, or a
 * datagram socket that is bound. An accepted connection has the name of its listener too,
 * which is its text.
 */
#ifndef SOCKET_LIST_H
#define SOCKET_LIST_H

#include "object/list.h"

/* Append the sockets; the inode number is their identity. */
void socket_list(struct object_list *list);

/*
 * The same, but only those that listen, which costs little; to be called again and again
 * with what socket_list_open() returned: a descriptor, or -1.
 */
int socket_list_open(void);
void socket_list_listeners(struct object_list *list, int fd);

/*
 * The sockets of one datagram that the kernel sends to answer the request for a list,
 * aligned to 8 bytes: false after the last one. *failed if it is an error.
 */
bool socket_list_parse(struct object_list *list, const char *bytes, size_t length,
                       bool *failed);

/*
 * A socket whose name is not an absolute path: complete it by the working directory of a
 * process that has it (/proc/PID, open), if its file is there.
 */
void socket_list_complete_name(struct object_list *list, struct object *object,
                               int process);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * calls - names of system calls and errors, and which error a call can have
 */
#ifndef CALLS_H
#define CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { CALLS_MAX = 512 };

/* What a descriptor is, as far as it makes a difference to the errors of a call. */
enum descriptor_kind {
	DESCRIPTOR_NONE,
	DESCRIPTOR_FILE,     /* regular, directory, device */
	DESCRIPTOR_PIPE,     /* with a name, or a standard descriptor */
	DESCRIPTOR_OWN_PIPE, /* of pipe(2), to a process of the applet's own */
	DESCRIPTOR_STREAM_SOCKET,
	DESCRIPTOR_PACKET_SOCKET, /* SOCK_DGRAM, SOCK_SEQPACKET: a transfer is a whole
	                             packet */
	DESCRIPTOR_ANONYMOUS,     /* eventfd, signalfd, pidfd, ... : a transfer is a whole
	                             record */
};

/* A system call at its entry. */
struct system_call {
	int number;
	uint64_t argument[6];
	enum descriptor_kind kind; /* of the first argument */
	bool nonblocking;          /* O_NONBLOCK */
	bool interruptible; /* the process catches a signal: without a handler no call
	                       fails with EINTR */
};

const char *call_name(int number); /* "?" for one that has no name here */
int call_number(const char *name); /* -1 */

const char *error_name(int error);  /* "EACCES" */
int error_number(const char *name); /* 0 */

/* The table of errnos, read from a file with lines `CALL ERRNO...`; false: a message was
 * written. */
bool calls_read_errors(const char *path);

/* The errnos of the table for a call, ended by 0; NULL if it is not there. */
const int *call_errors(int number);

/* Fill in .kind and .nonblocking of a call that a traced process is about to make. */
void call_examine(struct system_call *call, pid_t pid);

/* Could the kernel give this error to this call, with these arguments and this
 * descriptor? */
bool call_can_fail_with(const struct system_call *call, int error);

/* Could it give it each time from then on? What only says `try again` passes. */
bool call_can_keep_failing_with(int number, int error);

/* The index of the argument that holds the length of a transfer that may be shorter than
 * was asked for; or -1. */
int call_length_argument(const struct system_call *call);

#endif

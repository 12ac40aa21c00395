/* SPDX-License-Identifier: MIT */
/*
 * An instance of the kernel's event tracing (tracefs) for this process alone.
 *
 * A keeper process removes it when this process has ended, whatever ended it. An instance
 * that was left because both were killed is removed when the next one is made.
 */
#ifndef TRACE_TRACEFS_H
#define TRACE_TRACEFS_H

#include <stdbool.h>
#include <sys/types.h>

struct tracefs {
	int instances, instance; /* directories */
	int pipe;                /* its events as text, non-blocking */
	int keeper_socket;
	pid_t keeper;
	char name[48];
};

/* 0, or -1 with errno: EPERM without the privilege, ENODEV without a tracefs. */
int tracefs_begin(struct tracefs *tracefs);

/* Write to a file of the instance: 0, or -1 with errno. */
int tracefs_write(const struct tracefs *tracefs, const char *file, const char *text);

void tracefs_end(struct tracefs *tracefs);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A line of trace_pipe: see Documentation/trace/events.rst of the kernel.
 *
 *     ipctool-23109   [001] .....  2170.438126: sys_semop(semid: 0x1d, tsops: 0x7f..,
 * nsops: 1) ipctool-23109   [001] .....  2170.438130: sys_semop -> 0x0 sh-23107   [001]
 * d..1.  2170.442105: signal_generate: sig=10 errno=0 code=0 comm=sh pid=23119 grp=1
 * res=0
 *
 * The command stands in the first 16 columns, and may contain any bytes.
 */
#ifndef TRACE_TRACEFS_LINE_H
#define TRACE_TRACEFS_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum tracefs_line_kind {
	TRACEFS_LINE_BEGIN, /* of a call */
	TRACEFS_LINE_END,   /* of a call */
	TRACEFS_LINE_SIGNAL,
	TRACEFS_LINE_LOST, /* events were lost */
};

struct tracefs_line {
	enum tracefs_line_kind kind;
	pid_t thread;
	int64_t time; /* nanoseconds of the trace's clock */
	char command[16];
	const char *call; /* in the text: its name, without "sys_" */
	size_t call_length;
	uint64_t args[6];
	int64_t result;         /* of a call; lost: how many */
	int signal, code, fate; /* fate: TRACE_SIGNAL_... of the kernel */
	pid_t target;
	char target_command[16];
};

/* False: it is none of these. */
bool tracefs_line_parse(struct tracefs_line *line, const char *text);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * In a debug build (make debug), with IPCTOOL_TRACE=1 in the environment: a line on
 * standard error for each wait, each wake-up and each call of a family's functions,
 *
 *     trace 4711 mqrecv: wait poll, at most 1.999998 s
 *     trace 4711 mqrecv: woken poll: 1
 *     trace 4711 mqrecv: queue_receive /jobs
 *
 * In any other build these are empty and generate no code. errno is left unchanged. Not
 * for signal handlers.
 */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include <stdint.h>

#ifdef IPCTOOL_DEBUG

#define TRACE_ENABLED 1

/*
 * A system call begins to wait, for at most `left` nanoseconds; INT64_MAX is without
 * limit. A caller that would have to find out looks at TRACE_ENABLED before.
 */
void trace_wait(const char *call, int64_t left);

/* It returned; a negative result is shown with errno. */
void trace_woken(const char *call, long result);

/* A function of a family is called for an object. */
void trace_call(const char *function, const char *object);

#else

#define TRACE_ENABLED 0

static inline void trace_wait(const char *call, int64_t left)
{
	(void)call;
	(void)left;
}

static inline void trace_woken(const char *call, long result)
{
	(void)call;
	(void)result;
}

static inline void trace_call(const char *function, const char *object)
{
	(void)function;
	(void)object;
}

#endif

#endif

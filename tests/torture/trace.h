/* SPDX-License-Identifier: MIT */
/*
 * trace - run a command as a tracer, note the system calls of its processes, and
 * interfere with one of them
 *
 * What counts are the calls that an applet makes after main has begun. A static program
 * of musl makes exactly these before: arch_prctl(2) (x86_64 only) and set_tid_address(2);
 * so counting begins after the latter. The processes that the applet forks count too,
 * each by itself, until they execute a command.
 */
#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "calls.h"
#include "injection.h"

enum { TRACE_THEN = 6 };

struct trace_plan {
	const char *program;               /* the file of ipctool: whose calls count */
	const char *run;                   /* for sh -c, or to be executed as it is */
	const char *then[TRACE_THEN];      /* for sh -c, one each time that all processes
	                                      sleep; ended by NULL */
	int out, err;                      /* become descriptors 1 and 2 */
	const struct injection *injection; /* NULL: only count */
	bool filtered; /* only the call that is injected stops; or all, as without an
	                  injection */
	int let_go; /* the process, counted from 0 as in an injection, that is not traced:
	               the applet traces it; 0: none */
	double limit; /* seconds after which it hangs */
};

/* A call that was made, in a run without an injection. */
struct moment {
	int process;
	int nth;
	bool returned; /* it was not killed in the call */
	struct system_call call;
};

struct trace {
	int status; /* of waitpid(2), of the applet */
	bool fired;
	bool hung;
	int left; /* processes that the applet started and that still ran a second after
	             it */
	int processes; /* that counted */
	double seconds;
	struct moment *moments;
	size_t count, room;
};

/* false: it could not be run, a message was written. Ends all that is left. */
bool trace_run(struct trace *trace, const struct trace_plan *plan);
void trace_free(struct trace *trace);

#endif

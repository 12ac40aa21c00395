/* SPDX-License-Identifier: MIT */
#include "base/trace.h"

#ifdef IPCTOOL_DEBUG

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/call.h"
#include "base/frontend.h"

static bool trace_is_wanted(void)
{
	const char *value = frontend_get_variable("IPCTOOL_TRACE");
	return value != NULL && strcmp(value, "1") == 0;
}

__attribute__((format(printf, 1, 2))) static void trace_print(const char *format, ...)
{
	char line[512];
	int error = errno;
	if (trace_is_wanted()) {
		int length = snprintf(line, sizeof line, "trace %d %s: ", (int)getpid(),
		                      call_current->name);
		va_list arguments;
		va_start(arguments, format);
		vsnprintf(line + length, sizeof line - (size_t)length - 1, format,
		          arguments);
		va_end(arguments);
		strcat(line, "\n");
		if (write(STDERR_FILENO, line, strlen(line)) < 0)
			errno = 0; /* there is nowhere to report it */
	}
	errno = error;
}

void trace_wait(const char *call, int64_t left)
{
	if (left == INT64_MAX)
		trace_print("wait %s, without limit", call);
	else
		trace_print("wait %s, at most %.6f s", call, (double)left / 1e9);
}

void trace_woken(const char *call, long result)
{
	if (result < 0)
		trace_print("woken %s: %s", call, strerror(errno));
	else
		trace_print("woken %s: %ld", call, result);
}

void trace_call(const char *function, const char *object)
{
	trace_print("%s %s", function, object);
}

#else

/* A file that is empty would be none in C. */
typedef int trace_is_empty;

#endif

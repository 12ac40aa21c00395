/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/call.h"
#include "io/report.h"
#include "io/status_line.h"
#include "io/terminal.h"

void status_line_show(const char *text, bool is_last)
{
	struct report_line line;
	int saved = errno;
	call_ignore_sigpipe();
	report_begin_line(&line);
	report_append(&line, text);
	if (line.length <= REPORT_OVERWRITE_MAX)
		report_overwrite(line.text, line.length);
	if (is_last && call_current->shown != 0 && write(STDERR_FILENO, "\n", 1) == 1)
		call_current->shown = 0;
	errno = saved;
}

size_t status_line_width(void)
{
	size_t columns = terminal_width(STDERR_FILENO);
	size_t used = strlen(call_current->name) + sizeof ": ";
	if (columns > REPORT_OVERWRITE_MAX)
		columns = REPORT_OVERWRITE_MAX;
	/* the last column is left free: some terminals wrap there */
	return columns > used ? columns - used : 0;
}

/* SPDX-License-Identifier: MIT */
#include "io/terminal.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/frontend.h"

size_t terminal_width(int fd)
{
	struct winsize size;
	int saved = errno;
	bool known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
	errno = saved;
	return known ? size.ws_col : TERMINAL_WIDTH_DEFAULT;
}

bool terminal_has_color(int fd)
{
	int saved = errno;
	bool is_terminal = isatty(fd) == 1;
	errno = saved;
	if (!is_terminal)
		return false;
	const char *refusal = frontend_get_variable("NO_COLOR");
	const char *type = frontend_get_variable("TERM");
	return (refusal == NULL || *refusal == '\0') && type != NULL && *type != '\0' &&
	       strcmp(type, "dumb") != 0;
}

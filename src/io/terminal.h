/* SPDX-License-Identifier: MIT */
/*
 * The terminal behind a descriptor: its width, and whether it has colours.
 */
#ifndef IO_TERMINAL_H
#define IO_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

enum { TERMINAL_WIDTH_DEFAULT = 80 };

/* Its columns; TERMINAL_WIDTH_DEFAULT if they are not known. See ioctl_tty(2). */
size_t terminal_width(int fd);

/*
 * Is it a terminal that may be sent colours? Not if NO_COLOR is in the environment and
 * not empty, or if TERM is "dumb" or unset.
 */
bool terminal_has_color(int fd);

#endif
